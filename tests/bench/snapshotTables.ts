// The tables of the snapshot bench: the 8-column one of the speed measurements, and a wide one as applications have them.
import type {TestServer} from '../support/mysql.ts';
import {connectTo} from '../support/mysql.ts';

export const benchDatabase = `bench_snapshot_${process.pid}`;

const narrow = `CREATE TABLE narrow (id BIGINT NOT NULL PRIMARY KEY, customer INT NOT NULL, amount DECIMAL(12,2) NOT NULL,
  name VARCHAR(64) CHARACTER SET utf8mb4 NOT NULL, created DATETIME(6) NOT NULL, changed TIMESTAMP(3) NOT NULL,
  detail TEXT CHARACTER SET utf8mb4 NOT NULL, score DOUBLE)`;
/** Two words of sixteen, chosen by hash. */
const word = (salt: number) =>
  `ELT(1 + (CRC32(CONCAT(i, 'w', ${salt})) & 15), 'alpha', 'beta', '北京', '上海', 'orange', 'kiwi', 'lambda', 'größe', 'sigma', 'omega', 'tensor', 'quartz', 'velvet', '杭州', 'nimbus', 'delta')`;
const words = (count: number, salt: number) =>
  `CONCAT_WS(' ', ${Array.from({length: count}, (_, i) => word(salt * 100 + i)).join(', ')})`;
const hash = (salt: number) => `CRC32(CONCAT(i, 'h', ${salt}))`;
const day = (salt: number) => `TIMESTAMP('2010-01-01') + INTERVAL ${hash(salt)} % 600000000 SECOND`;
const narrowRow = `i, CAST(${hash(1)} AS SIGNED) - 2147483648, (${hash(2)} % 1000000000) / 100,
  LEFT(${words(7, 1)}, 40), ${day(3)} + INTERVAL ${hash(4)} % 1000000 MICROSECOND,
  ${day(5)} + INTERVAL ${hash(6)} % 1000 * 1000 MICROSECOND,
  LEFT(CONCAT('{"a": ', ${hash(7)}, ', "tag": "', ${word(8)}, '", "s": "', ${words(8, 2)}, '"}'), 84),
  IF(i % 5 = 0, NULL, ${hash(9)} / 3)`;

const wide = `CREATE TABLE wide (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, uid BINARY(16) NOT NULL, shop SMALLINT UNSIGNED NOT NULL,
  customer INT UNSIGNED NOT NULL, state ENUM('new','paid','sent','done','returned') NOT NULL, flags SET('gift','express','eu') NOT NULL,
  net DECIMAL(14,4) NOT NULL, tax DECIMAL(14,4) NOT NULL, gross DECIMAL(14,4) NOT NULL, rate FLOAT, weight DOUBLE, items TINYINT NOT NULL,
  ordered DATETIME NOT NULL, paid DATETIME(3), sent DATETIME(3), born DATE, at_time TIME, changed TIMESTAMP(6) NOT NULL, year_of YEAR,
  mail VARCHAR(120) NOT NULL, phone VARCHAR(20), first_name VARCHAR(60), last_name VARCHAR(60), street VARCHAR(120), city VARCHAR(60),
  zip CHAR(10), country CHAR(2) NOT NULL, note TEXT, detail JSON, agent VARCHAR(255) CHARACTER SET latin1, token VARBINARY(32),
  a1 INT, a2 INT, a3 INT, a4 BIGINT, a5 BIGINT, is_test TINYINT(1) NOT NULL, is_open BIT(1) NOT NULL,
  made_by VARCHAR(40), made_at DATETIME NOT NULL, KEY customer (customer))`;
const wideRow = `i, UNHEX(LEFT(SHA2(i, 256), 32)), ${hash(1)} % 400, ${hash(2)} % 4000000, 1 + ${hash(3)} % 5, ${hash(4)} % 8,
  (${hash(5)} % 100000000) / 10000, (${hash(6)} % 10000000) / 10000, (${hash(7)} % 100000000) / 10000, IF(i % 3, ${hash(8)} / 1e6, NULL),
  IF(i % 4, ${hash(9)} / 7, NULL), ${hash(10)} % 20, ${day(11)}, IF(i % 5, ${day(12)}, NULL), IF(i % 2, ${day(13)}, NULL),
  IF(i % 3, DATE(${day(14)}), NULL), IF(i % 6, SEC_TO_TIME(${hash(15)} % 86400), NULL), ${day(16)}, IF(i % 7, 2000 + ${hash(17)} % 25, NULL),
  CONCAT(${word(1)}, '.', i, '@example.org'), IF(i % 4, CONCAT('+49 30 ', ${hash(18)} % 10000000), NULL), ${word(2)}, ${word(3)},
  CONCAT(${word(4)}, ' street ', ${hash(19)} % 300), ${word(5)}, LPAD(${hash(20)} % 100000, 5, '0'), ELT(1 + i % 4, 'DE', 'FR', 'CN', 'US'),
  IF(i % 10, NULL, ${words(30, 3)}), JSON_OBJECT('basket', JSON_ARRAY(${hash(21)} % 100, ${hash(22)} % 100), 'coupon', IF(i % 3, NULL, ${word(6)})),
  CONCAT('Mozilla/5.0 (X11; Linux x86_64) Chrome/', ${hash(23)} % 140), IF(i % 3, UNHEX(LEFT(SHA2(i, 256), 40)), NULL),
  ${hash(24)} % 1000, IF(i % 2, ${hash(25)} % 1000, NULL), NULL, ${hash(26)}, IF(i % 9, NULL, ${hash(27)}), i % 100 = 0, i % 2,
  ${word(7)}, ${day(28)}`;

/** Makes both tables; answers when the server's statistics know them. */
export async function makeTables(
  server: TestServer,
  rows: {narrow: number; wide: number},
): Promise<void> {
  const admin = await connectTo(server);
  await admin.query(`CREATE DATABASE ${benchDatabase}`);
  await admin.query(`USE ${benchDatabase}`);
  await admin.query('SET SESSION cte_max_recursion_depth = 100000000');
  for (const [name, create, row, count] of [
    ['narrow', narrow, narrowRow, rows.narrow],
    ['wide', wide, wideRow, rows.wide],
  ] as const) {
    await admin.query(create);
    const startedMs = performance.now();
    const stepRows = 50_000;
    for (let from = 1; from <= count; from += stepRows)
      await admin.query(`INSERT INTO ${name} WITH RECURSIVE n AS (SELECT ${from} AS i UNION ALL
        SELECT i + 1 FROM n WHERE i < ${Math.min(count, from + stepRows - 1)}) SELECT ${row} FROM n`);
    await admin.query(`ANALYZE TABLE ${name}`);
    console.log(
      `${count} rows of ${name} made in ${Math.round((performance.now() - startedMs) / 1000)} s`,
    );
  }
  await admin.end();
}

/** The narrow table and copies of it, `count` in all. */
export async function copyNarrow(server: TestServer, count: number): Promise<string[]> {
  const admin = await connectTo(server);
  await admin.query(`USE ${benchDatabase}`);
  const names = ['narrow'];
  while (names.length < count) {
    const name = `narrow_${names.length}`;
    await admin.query(`CREATE TABLE ${name} LIKE narrow`);
    await admin.query(`INSERT INTO ${name} SELECT * FROM narrow`);
    await admin.query(`ANALYZE TABLE ${name}`);
    names.push(name);
  }
  await admin.end();
  return names;
}

export async function dropTables(server: TestServer): Promise<void> {
  const admin = await connectTo(server);
  await admin.query(`DROP DATABASE IF EXISTS ${benchDatabase}`);
  await admin.end();
}
