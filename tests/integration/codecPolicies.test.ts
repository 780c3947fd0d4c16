// Values that the target cannot hold, on a real server: each policy does the same on both paths, and counts it.
import test from 'ava';
import type {ColumnPolicies} from '../../runtime/codec/plan.ts';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {binlogPlace, logRows, planOf, snapshotRows} from '../support/bothPaths.ts';
import {createDatabase} from '../support/mysql.ts';
import {plainOptions} from '../support/sourceTable.ts';

const cellBytesMax = 8 * 1024 * 1024;

interface Case {
  type: string;
  sql: string;
  policies: Partial<ColumnPolicies>;
  targetType?: string;
  /** A code that stops, or the value. */
  expected: RecordValue | {stops: string};
  counted?: 'zeroDates' | 'overLong' | 'invalidText';
}

const byPolicy = test.macro<[string, Case]>({
  title: (_, what) => `${what}, by snapshot and by binlog`,
  exec: async (t, _what, {type, sql, policies, targetType, expected, counted}) => {
    const database = await createDatabase(t);
    await database.query(`SET sql_mode = '', time_zone = '+00:00'`);
    await database.query(`CREATE TABLE v (id INT PRIMARY KEY, c ${type})`);
    const place = await binlogPlace(database);
    await database.query(`INSERT INTO v VALUES (1, ${sql})`);
    const all = {zeroDate: 'null', overLong: 'stop', invalidText: 'stop', ...policies} as const;
    const types = targetType === undefined ? {} : {c: targetType};
    const columns = {...plainOptions.columns, types, policies: {c: all}};
    const plan = await planOf(database, 'v', {columns});
    if (expected !== null && typeof expected === 'object' && 'stops' in expected) {
      const code = {code: expected.stops};
      await t.throwsAsync(snapshotRows(t, database, plan), code);
      await t.throwsAsync(logRows(t, database, plan, place), code);
      return;
    }
    const snapshot = await snapshotRows(t, database, plan);
    const log = await logRows(t, database, plan, place);
    t.true(Buffer.from(String(snapshot.rows[0]![1])).equals(Buffer.from(String(expected))));
    t.true(Buffer.from(String(log.rows[0]![6])).equals(Buffer.from(String(expected))));
    t.deepEqual(log.counters, snapshot.counters);
    if (counted !== undefined) t.is(snapshot.counters[counted][1], 1);
  },
});

test(byPolicy, 'a zero date becomes NULL', {
  type: 'DATE',
  sql: `'0000-00-00'`,
  policies: {},
  expected: null,
  counted: 'zeroDates',
});
for (const [type, text] of [
  ['DATE', '0000-00-00'],
  ['DATETIME(2)', '0000-00-00 00:00:00.00'],
  ['TIMESTAMP(3) NULL', '0000-00-00 00:00:00.000'],
  ['DATETIME', '2026-00-03 04:05:06'],
] as const) {
  test(byPolicy, `${text} of ${type} stays as text`, {
    type,
    sql: `'${text}'`,
    policies: {zeroDate: 'text'},
    targetType: 'STRING',
    expected: text,
    counted: 'zeroDates',
  });
  test(byPolicy, `${text} of ${type} as STRING becomes NULL`, {
    type,
    sql: `'${text}'`,
    policies: {},
    targetType: 'STRING',
    expected: null,
    counted: 'zeroDates',
  });
  test(byPolicy, `${text} of ${type} stops`, {
    type,
    sql: `'${text}'`,
    policies: {zeroDate: 'stop'},
    expected: {stops: 'SYNC3204'},
  });
}

const long = `CONCAT(REPEAT('x', ${cellBytesMax - 1}), '漢字')`;
const longBytes = `REPEAT(x'80', ${cellBytesMax + 1})`;
test(byPolicy, 'text above the limit of a cell stops', {
  type: 'LONGTEXT',
  sql: long,
  policies: {},
  expected: {stops: 'SYNC3205'},
});
test(byPolicy, 'text above the limit of a cell is cut at a character', {
  type: 'LONGTEXT',
  sql: long,
  policies: {overLong: 'truncate'},
  expected: 'x'.repeat(cellBytesMax - 1),
  counted: 'overLong',
});
test(byPolicy, 'text above the limit of a cell becomes NULL', {
  type: 'MEDIUMTEXT',
  sql: long,
  policies: {overLong: 'null'},
  expected: null,
  counted: 'overLong',
});
test(byPolicy, 'text of exactly the limit is kept', {
  type: 'MEDIUMTEXT',
  sql: `REPEAT('y', ${cellBytesMax})`,
  policies: {},
  expected: 'y'.repeat(cellBytesMax),
});
test(byPolicy, 'latin1 text that grows above the limit is cut', {
  type: 'LONGTEXT CHARACTER SET latin1',
  sql: `REPEAT(_latin1 x'e9', ${cellBytesMax / 2 + 1})`,
  policies: {overLong: 'truncate'},
  expected: 'é'.repeat(cellBytesMax / 2),
  counted: 'overLong',
});
test(byPolicy, 'bytes above the limit stop', {
  type: 'LONGBLOB',
  sql: longBytes,
  policies: {},
  expected: {stops: 'SYNC3205'},
});
test(byPolicy, 'bytes above the limit are cut', {
  type: 'LONGBLOB',
  sql: longBytes,
  policies: {overLong: 'truncate'},
  expected: String(Buffer.alloc(cellBytesMax, 0x80)),
  counted: 'overLong',
});
test(byPolicy, 'JSON above the limit becomes NULL', {
  type: 'JSON',
  sql: `CONCAT('"', ${long}, '"')`,
  policies: {overLong: 'null'},
  expected: null,
  counted: 'overLong',
});
test(byPolicy, 'a BIGINT UNSIGNED beyond BIGINT stops', {
  type: 'BIGINT UNSIGNED',
  sql: '9223372036854775808',
  policies: {},
  targetType: 'BIGINT',
  expected: {stops: 'SYNC3207'},
});
