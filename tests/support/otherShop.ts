// A shop that every server of MySQL 5.6 and MariaDB 10.6 on can hold, and a writer that changes it at random from a seed.
import type {Connection} from 'mysql2/promise';
import {createRandom} from './randomRows.ts';

/** The tables of the shop. */
export const otherShopTables = ['orders', 'lines', 'visits'];

/** Statements that make the tables, with `rows` orders. */
export function otherShopSetup(rows: number): string[] {
  const digits =
    'SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 ' +
    'UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9';
  return [
    `CREATE TABLE orders (
      id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer INT UNSIGNED NOT NULL, amount DECIMAL(12,2),
      weight DOUBLE, note VARCHAR(200) CHARACTER SET utf8mb4, name VARCHAR(60) CHARACTER SET latin1, body TEXT CHARACTER SET utf8mb4,
      placed DATETIME(6), changed TIMESTAMP NULL, day DATE, took TIME(3), state ENUM('new','paid','sent'),
      flags SET('a','b','c'), token VARBINARY(16), bits BIT(12), year YEAR) ENGINE=InnoDB`,
    `CREATE TABLE \`lines\` (
      order_id BIGINT NOT NULL, line SMALLINT NOT NULL, sku VARCHAR(40) NOT NULL, quantity INT UNSIGNED,
      price DECIMAL(10,4), PRIMARY KEY (order_id, line)) ENGINE=InnoDB`,
    'CREATE TABLE visits (at DATETIME(3), page VARCHAR(100), ms FLOAT) ENGINE=InnoDB',
    'CREATE TABLE aside (i INT NOT NULL PRIMARY KEY) ENGINE=InnoDB',
    `INSERT INTO aside SELECT a.d + b.d * 10 + c.d * 100 + e.d * 1000 + f.d * 10000 + 1
      FROM (${digits}) a, (${digits}) b, (${digits}) c, (${digits}) e, (${digits}) f
      WHERE a.d + b.d * 10 + c.d * 100 + e.d * 1000 + f.d * 10000 < ${rows}`,
    `INSERT INTO orders (customer, amount, weight, note, name, body, placed, changed, day, took, state, flags, token, bits, year)
      SELECT i * 7 % 4294967295, i / 100, i / 3, CONCAT('Grüße ', i, ' 🛒'), CONCAT('Zoë ', i), REPEAT('x', i % 300),
        TIMESTAMP('2026-01-01') + INTERVAL i SECOND + INTERVAL i % 1000000 MICROSECOND,
        IF(i % 5 = 0, NULL, TIMESTAMP('2026-02-01') + INTERVAL i SECOND), DATE('2000-01-01') + INTERVAL i % 9000 DAY,
        SEC_TO_TIME(i % 9999 + 0.125), ELT(1 + i % 3, 'new', 'paid', 'sent'), i % 8, UNHEX(LEFT(SHA2(i, 256), 32)), i % 4096,
        1950 + i % 100
      FROM aside`,
    `INSERT INTO \`lines\` SELECT i, l.line, CONCAT('sku-', i % 97), i % 50, i / 7
      FROM aside, (SELECT 1 AS line UNION ALL SELECT 2) l`,
    "INSERT INTO visits SELECT placed, CONCAT('/page/', id % 10), id / 10 FROM orders WHERE id <= 900",
    'INSERT INTO visits SELECT * FROM visits LIMIT 50',
  ];
}

/** Changes the shop at random until `stopped()`, then gives how many transactions it made. */
export async function writeOtherShop(
  mysql: Connection,
  seed: number,
  stopped: () => boolean,
): Promise<number> {
  const below = createRandom(seed);
  let transactions = 0;
  while (!stopped()) {
    await mysql.beginTransaction();
    for (let statements = 1 + below(4); statements > 0; statements--)
      await mysql.query(statement(below));
    if (below(20) === 0) await mysql.rollback();
    else await mysql.commit();
    transactions++;
  }
  return transactions;
}

function statement(below: (n: number) => number): string {
  const id = `(SELECT id FROM (SELECT id FROM orders WHERE id >= ${below(3000)} ORDER BY id LIMIT 1) x)`;
  const statements = [
    `INSERT INTO orders (customer, amount, note, name, placed, state, bits) VALUES (${below(1e9)}, ${below(1e6)}.5, 'neu ${below(99)} 🛒', 'é', NOW(6), 'new', ${below(4096)})`,
    `UPDATE orders SET state = 'paid', amount = amount + 1, changed = NOW() WHERE id = ${id}`,
    `UPDATE orders SET note = CONCAT(LEFT(IFNULL(note, ''), 150), '!'), weight = NULL, flags = 'a,c' WHERE id BETWEEN ${below(3000)} AND ${below(3000) + 20} LIMIT 50`,
    `DELETE FROM orders WHERE id = ${id}`,
    `UPDATE IGNORE orders SET id = id + 1000000 + ${below(1e6)} WHERE id = ${id} AND id < 900000`,
    `INSERT IGNORE INTO \`lines\` VALUES (${below(9000)}, ${below(5)}, 'sku-${below(100)}', ${below(100)}, ${below(1000)}.1234)`,
    `UPDATE \`lines\` SET quantity = quantity + 1 WHERE order_id = ${below(3000)}`,
    `DELETE FROM \`lines\` WHERE order_id = ${below(3000)} AND line = 1`,
    `INSERT INTO visits VALUES (NOW(3), '/page/${below(10)}', ${below(100)}.5)`,
    `DELETE FROM visits WHERE page = '/page/${below(10)}' LIMIT 1`,
    `UPDATE visits SET ms = ms + 1 WHERE page = '/page/${below(10)}' LIMIT 2`,
  ];
  return statements[below(statements.length)]!;
}
