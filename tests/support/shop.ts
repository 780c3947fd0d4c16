// A shop whose tables hold the types people really use, and writers that change it at random from a seed.
import type {Connection} from 'mysql2/promise';

/** Statements that make the tables, with `rows` orders. */
export function shopSetup(rows: number): string[] {
  return [
    `CREATE TABLE orders (
      id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer INT UNSIGNED NOT NULL, amount DECIMAL(12,2),
      weight DOUBLE, note VARCHAR(200) CHARACTER SET utf8mb4, body TEXT, placed DATETIME(6), changed TIMESTAMP NULL,
      day DATE, detail JSON, state ENUM('new','paid','sent'), token VARBINARY(16)) CHARACTER SET utf8mb4`,
    `CREATE TABLE \`lines\` (
      order_id BIGINT NOT NULL, line SMALLINT NOT NULL, sku VARCHAR(40) NOT NULL, quantity INT UNSIGNED,
      price DECIMAL(10,4), PRIMARY KEY (order_id, line))`,
    `CREATE TABLE visits (at DATETIME(3), page VARCHAR(100), ms FLOAT)`,
    'SET SESSION cte_max_recursion_depth = 10000000',
    `INSERT INTO orders (customer, amount, weight, note, body, placed, changed, day, detail, state, token)
      WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      SELECT i * 7 % 4294967295, i / 100, i / 3, CONCAT('Grüße ', i, ' 🛒'), REPEAT('x', i % 300),
        TIMESTAMP('2026-01-01') + INTERVAL i SECOND + INTERVAL i % 1000000 MICROSECOND,
        IF(i % 5 = 0, NULL, TIMESTAMP('2026-02-01') + INTERVAL i SECOND), DATE('2000-01-01') + INTERVAL i % 9000 DAY,
        JSON_OBJECT('i', i, 'tags', JSON_ARRAY('a', i % 3)), ELT(1 + i % 3, 'new', 'paid', 'sent'), UNHEX(LEFT(SHA2(i, 256), 32))
      FROM n`,
    `INSERT INTO \`lines\` SELECT id, l.line, CONCAT('sku-', id % 97), id % 50, id / 7
      FROM orders, (SELECT 1 AS line UNION ALL SELECT 2) l WHERE id <= ${rows}`,
    `INSERT INTO visits SELECT placed, CONCAT('/page/', id % 10), id / 10 FROM orders WHERE id <= ${Math.min(rows, 5000)}`,
    'INSERT INTO visits SELECT * FROM visits LIMIT 50',
  ];
}

/** Changes the shop at random until `stopped()`: inserts, updates, deletes, key changes, rollbacks, transactions of many rows. */
export async function writeShop(
  mysql: Connection,
  seed: number,
  stopped: () => boolean,
  pauseMs = 2,
): Promise<number> {
  const random = mulberry(seed);
  const below = (n: number) => Math.floor(random() * n);
  let transactions = 0;
  while (!stopped()) {
    await mysql.beginTransaction();
    for (let statements = 1 + below(4); statements > 0; statements--)
      await mysql.query(statement(below));
    if (below(20) === 0) await mysql.rollback();
    else await mysql.commit();
    transactions++;
    await new Promise(resolve => setTimeout(resolve, pauseMs));
  }
  return transactions;
}

function statement(below: (n: number) => number): string {
  const id = `(SELECT id FROM (SELECT id FROM orders WHERE id >= ${below(6000)} ORDER BY id LIMIT 1) x)`;
  const statements = [
    `INSERT INTO orders (customer, amount, note, placed, detail, state) VALUES (${below(1e9)}, ${below(1e6)}.5, 'neu ${below(99)}', NOW(6), '{"n": ${below(9)}}', 'new')`,
    `UPDATE orders SET state = 'paid', amount = amount + 1, changed = NOW() WHERE id = ${id}`,
    `UPDATE orders SET note = CONCAT(IFNULL(note, ''), '!'), detail = JSON_SET(detail, '$.x', ${below(1000)}), weight = NULL WHERE id BETWEEN ${below(5000)} AND ${below(5000) + 20} LIMIT 50`,
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

/** A small seeded generator (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}
