// The binlogs that the binlog bench reads: one file for each kind of load, written once.
import {setTimeout as sleep} from 'node:timers/promises';
import type {Connection} from 'mysql2/promise';
import {connectTo, type TestServer} from '../support/mysql.ts';

/** One kind of load: its database, the binlog file that holds it and nothing else, and how much is in it. */
export interface Load {
  name: 'bulk' | 'oneRow' | 'mixed' | 'compressed' | 'long';
  database: string;
  file: string;
  /** What the server had executed before it. */
  gtids: string;
  /** Row changes. */
  rows: number;
  /** Row images: an update has two. */
  images: number;
}

const eightColumns = `id BIGINT NOT NULL PRIMARY KEY, customer INT NOT NULL, amount DECIMAL(12,2) NOT NULL,
  name VARCHAR(64) CHARACTER SET utf8mb4 NOT NULL, created DATETIME(6) NOT NULL, changed TIMESTAMP(3) NOT NULL,
  detail TEXT CHARACTER SET utf8mb4 NOT NULL, score DOUBLE`;

const fill = (from: number, count: number) => `INSERT INTO t
  WITH RECURSIVE n AS (SELECT ${from} AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${from + count - 1})
  SELECT i, i * 7919 % 1000000, i / 100, CONCAT('customer ', LEFT(SHA2(i, 256), 32), ' of', i % 97), TIMESTAMP('2026-01-01') + INTERVAL i MICROSECOND,
    TIMESTAMP('2026-02-01') + INTERVAL i SECOND, CONCAT('{"basket": [1, 2, 3], "comment": "this is row number ', i, '", "ok": true, "more": ', i % 1000, '}'),
    IF(i % 5 = 0, NULL, i / 3) FROM n`;

/** Tables of the 3:1:2 mix, as in the test model of the managed service. */
export const mixedTables = 20;

/**
 * Writes all four loads, and where asked `long`, the bulk four times as long; `scale` 1 is a million rows in bulk. `onTables`
 * is told of each while its tables are empty.
 */
export async function writeLoads(
  server: TestServer,
  scale: number,
  onTables: (name: Load['name'], database: string) => Promise<void> = () => Promise.resolve(),
  withLong = false,
): Promise<Load[]> {
  const mysql = await connectTo(server);
  try {
    await mysql.query('SET SESSION cte_max_recursion_depth = 100000000');
    const bulk = Math.round(1e6 * scale);
    const long = 4 * bulk;
    const oneRow = Math.round(2e5 * scale);
    const loops = Math.round(8000 * scale);
    return [
      await writeLoad(mysql, onTables, 'bulk', bulk, bulk, () => writeBulk(mysql, bulk)),
      await writeLoad(mysql, onTables, 'oneRow', oneRow, 2 * oneRow, () =>
        writeUpdates(mysql, oneRow),
      ),
      await writeLoad(
        mysql,
        onTables,
        'mixed',
        loops * 6 * mixedTables,
        loops * 7 * mixedTables,
        () => writeMixed(server, 'bench_mixed', loops),
      ),
      await writeLoad(mysql, onTables, 'compressed', bulk, bulk, async () => {
        await mysql.query('SET SESSION binlog_transaction_compression = ON');
        await writeBulk(mysql, bulk);
        await mysql.query('SET SESSION binlog_transaction_compression = OFF');
      }),
      ...(withLong
        ? [await writeLoad(mysql, onTables, 'long', long, long, () => writeBulk(mysql, long))]
        : []),
    ];
  } finally {
    await mysql.end();
  }
}

interface Status {
  File: string;
  Executed_Gtid_Set: string;
}

async function writeLoad(
  mysql: Connection,
  onTables: (name: Load['name'], database: string) => Promise<void>,
  name: Load['name'],
  rows: number,
  images: number,
  write: () => Promise<void>,
): Promise<Load> {
  const database = `bench_${name}`.toLowerCase();
  await mysql.query(`CREATE DATABASE ${database}`);
  await mysql.query(`USE ${database}`);
  if (name === 'mixed') await makeMixedTables(mysql);
  else await mysql.query(`CREATE TABLE t (${eightColumns})`);
  if (name === 'oneRow') await mysql.query(fill(1, 100_000));
  await onTables(name, database);
  await mysql.query('FLUSH BINARY LOGS');
  const [[status]] = (await mysql.query('SHOW BINARY LOG STATUS')) as unknown as [[Status]];
  await write();
  await mysql.query('FLUSH BINARY LOGS');
  const gtids = status.Executed_Gtid_Set.replaceAll('\n', '');
  return {name, database, file: status.File, gtids, rows, images};
}

async function writeBulk(mysql: Connection, rows: number): Promise<void> {
  for (let from = 1; from <= rows; from += 1000)
    await mysql.query(fill(from, Math.min(1000, rows + 1 - from)));
}

async function writeUpdates(mysql: Connection, rows: number): Promise<void> {
  await mysql.query('SET SESSION sql_log_bin = 0');
  await mysql.query(`CREATE PROCEDURE changes(n INT) BEGIN
    DECLARE i INT DEFAULT 1;
    WHILE i <= n DO
      UPDATE t SET customer = customer + 1, amount = amount + 1, score = customer * 1.5 WHERE id = i * 7919 % 100000 + 1;
      SET i = i + 1;
    END WHILE; END`);
  await mysql.query('SET SESSION sql_log_bin = 1');
  await mysql.query('CALL changes(?)', [rows]);
}

/** The tables of the mix, each of rows of about 1 KB. */
export async function makeMixedTables(mysql: Connection): Promise<void> {
  for (let table = 0; table < mixedTables; table++)
    await mysql.query(`CREATE TABLE t${table} (id BIGINT NOT NULL PRIMARY KEY, k INT NOT NULL, amount DECIMAL(12,2) NOT NULL,
      created DATETIME(6) NOT NULL, c CHAR(120) CHARACTER SET latin1 NOT NULL, pad VARCHAR(900) CHARACTER SET utf8mb4 NOT NULL)`);
}

/** `loops` times six changes of each table: three inserts, one update, two deletes, two statements a transaction. */
export async function writeMixed(
  server: TestServer,
  database: string,
  loops: number,
  firstLoop = 0,
): Promise<void> {
  const body: string[] = [];
  for (let table = 0; table < mixedTables; table++) {
    const row = (id: string) =>
      `INSERT INTO t${table} VALUES (${id}, i, i / 100, NOW(6), SUBSTR(texts, 1 + i * 37 % 60000, 119), SUBSTR(texts, 1 + (${id}) * 61 % 60000, 860))`;
    body.push(
      `START TRANSACTION; ${row('3 * i')}; ${row('3 * i + 1')}; COMMIT;`,
      `START TRANSACTION; ${row('3 * i + 2')}; DELETE FROM t${table} WHERE id = 3 * i + 1; COMMIT;`,
      `START TRANSACTION; UPDATE t${table} SET k = k + 1 WHERE id = 3 * i; DELETE FROM t${table} WHERE id = 3 * i + 2; COMMIT;`,
    );
  }
  const mysql = await connectTo(server, {database});
  await mysql.query('SET SESSION sql_log_bin = 0');
  await mysql.query('DROP PROCEDURE IF EXISTS mix');
  await mysql.query(`CREATE PROCEDURE mix(first INT, past INT) BEGIN
    DECLARE i INT DEFAULT first; DECLARE texts LONGTEXT CHARACTER SET latin1 DEFAULT '';
    WHILE LENGTH(texts) < 61000 DO
      SET texts = CONCAT(texts, TO_BASE64(RANDOM_BYTES(30)), ' some words in between ', LENGTH(texts), ' ');
    END WHILE;
    WHILE i < past DO ${body.join('\n')} SET i = i + 1; END WHILE; END`);
  await mysql.end();
  const writers = 2;
  await Promise.all(
    Array.from({length: writers}, async (_, writer) => {
      const from = firstLoop + Math.floor((loops * writer) / writers);
      const past = firstLoop + Math.floor((loops * (writer + 1)) / writers);
      const own = await connectTo(server, {database});
      await own.query('CALL mix(?, ?)', [from, past]);
      await own.end();
    }),
  );
}

/** One transaction of `rows` rows, then one of as many in one compressed payload; about 400 bytes a row. */
export async function writeHuge(server: TestServer, database: string, rows: number): Promise<void> {
  const mysql = await connectTo(server, {database});
  await mysql.query('SET SESSION cte_max_recursion_depth = 100000000');
  const insert = (from: number) => `INSERT INTO huge
    WITH RECURSIVE n AS (SELECT ${from} AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${from + rows - 1})
    SELECT i, CONCAT(SHA2(i, 512), SHA2(i + 1, 512), ' and some words ', i) FROM n`;
  await mysql.query(insert(1));
  await mysql.query('SET SESSION binlog_transaction_compression = ON');
  await mysql.query(insert(rows + 1));
  await mysql.end();
}

/** Inserts about `rowsPerSecond` rows into the four tables of `database` for `seconds`, fifty a transaction. */
export async function writeSteadily(
  server: TestServer,
  database: string,
  rowsPerSecond: number,
  seconds: number,
): Promise<number> {
  const rowsEach = 50;
  const writers = await Promise.all([0, 1, 2, 3].map(() => connectTo(server, {database})));
  const startedMs = performance.now();
  let written = 0;
  await Promise.all(
    writers.map(async (mysql, table) => {
      for (let batch = 0; ; batch++) {
        const dueMs = (batch * rowsEach * writers.length * 1000) / rowsPerSecond;
        const nowMs = performance.now() - startedMs;
        if (nowMs > seconds * 1000) return;
        if (dueMs > nowMs) await sleep(dueMs - nowMs);
        const from = batch * rowsEach + 1;
        const rows = Array.from(
          {length: rowsEach},
          (_, i) => `(${from + i}, NOW(6), 'row ${from + i} of many')`,
        );
        await mysql.query(`INSERT INTO s${table} VALUES ${rows.join(',')}`);
        written += rowsEach;
      }
    }),
  );
  for (const mysql of writers) await mysql.end();
  return written;
}
