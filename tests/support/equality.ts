// The independent check of promise I1: base ⊕ log, merged by a Python program over PyODPS, equals MySQL row for row.
import {readFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import type {Connection} from 'mysql2/promise';
import {finish} from '../../scripts/setup/command.mjs';
import {bringPyodps} from '../../scripts/setup/pyodps.mjs';

export interface Target {
  endpoint: string;
  project: string;
  accessKeyId: string;
  accessKeySecret: string;
  /** Rows of a log may stand twice, with the same record id. */
  atLeastOnce?: boolean;
}

const program = readFileSync(new URL('./merged.py', import.meta.url), 'utf8');

const additional = {
  recordId: 'new_dts_sync_record_id',
  operationFlag: 'new_dts_sync_operation_flag',
  beforeFlag: 'new_dts_sync_before_flag',
  afterFlag: 'new_dts_sync_after_flag',
};

interface Column {
  name: string;
  kind: 'text' | 'hex' | 'float';
  sql: string;
}

/** Fails the test unless the rows of `table` that meet `where` equal its merged target tables. Returns how many rows stand where. */
export async function assertEqualTables(
  t: ExecutionContext<any>,
  mysql: Connection,
  database: string,
  table: string,
  target: Target,
  targetTable = table.toLowerCase(),
  where = 'TRUE',
): Promise<{rows: number; base: number; log: number; doubles: number}> {
  const {columns, key} = await describe(mysql, database, table);
  const {python, env} = await bringPyodps();
  const {atLeastOnce = false} = target;
  const input = JSON.stringify({table: targetTable, key, columns, names: additional, atLeastOnce});
  const {code, stdout, stderr} = await finish([python, '-c', program], {
    input,
    env: {
      ...process.env,
      ...env,
      ODPS_ID: target.accessKeyId,
      ODPS_SECRET: target.accessKeySecret,
      ODPS_PROJECT: target.project,
      ODPS_ENDPOINT: target.endpoint,
    },
  });
  if (code !== 0)
    throw new Error(`merging ${targetTable} ended with ${code}: ${stderr.toString()}`);
  const merged = JSON.parse(stdout.toString()) as {
    rows: (string | null)[][];
    problems: string[];
    base: number;
    log: number;
    doubles: number;
  };
  t.deepEqual(merged.problems, [], `the log of ${table} keeps its invariants`);
  const select = `SELECT ${columns.map((c, i) => `${c.sql} AS c${i}`).join(', ')} FROM \`${database}\`.\`${table}\` WHERE ${where}`;
  const [rows] = await mysql.query({sql: select, rowsAsArray: true});
  const expected = normal(rows as (string | null)[][], columns);
  const found = normal(merged.rows, columns);
  const missing = difference(expected, found);
  const extra = difference(found, expected);
  t.deepEqual(
    {missing: missing.slice(0, 5), extra: extra.slice(0, 5), rows: found.length},
    {missing: [], extra: [], rows: expected.length},
    `${table} merged equals the source (${missing.length} missing, ${extra.length} too many)`,
  );
  const {base, log, doubles} = merged;
  return {rows: found.length, base, log, doubles};
}

async function describe(mysql: Connection, database: string, table: string) {
  const [rows] = await mysql.query(
    `SELECT COLUMN_NAME AS name, DATA_TYPE AS type FROM information_schema.columns
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [database, table],
  );
  const columns = (rows as {name: string; type: string}[]).map(({name, type}): Column => {
    const quoted = `\`${name}\``;
    // Vectors are compared where they are synchronized as BINARY.
    if (/binary|blob|bit|vector/.test(type))
      return {
        name: name.toLowerCase(),
        kind: 'hex',
        sql: `HEX(${type === 'bit' ? `CAST(${quoted} AS BINARY)` : quoted})`,
      };
    if (/float|double/.test(type))
      return {name: name.toLowerCase(), kind: 'float', sql: `CAST(${quoted} AS CHAR)`};
    return {name: name.toLowerCase(), kind: 'text', sql: `CAST(${quoted} AS CHAR)`};
  });
  const [keys] = await mysql.query(
    `SELECT COLUMN_NAME AS name FROM information_schema.key_column_usage
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND CONSTRAINT_NAME = 'PRIMARY' ORDER BY ORDINAL_POSITION`,
    [database, table],
  );
  const key = (keys as {name: string}[]).map(({name}) => name.toLowerCase());
  return {columns, key: key.length > 0 ? key : null};
}

/** Rows as comparable text, sorted. Moments lose trailing zeros of their fraction, floats their spelling. */
function normal(rows: (string | null)[][], columns: Column[]): string[] {
  const cell = (value: string | null, {kind}: Column): string | null => {
    if (value === null) return null;
    if (kind === 'float') return String(Number(value));
    if (kind === 'hex') return value.toUpperCase();
    const moment = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+?)?0*(\+00)?$/.exec(value);
    return moment === null ? value : moment[1]! + (moment[2] ?? '').replace(/^\.0*$/, '');
  };
  return rows.map(row => JSON.stringify(row.map((value, i) => cell(value, columns[i]!)))).sort();
}

/** What is in `left` more often than in `right`. */
function difference(left: string[], right: string[]): string[] {
  const counts = new Map<string, number>();
  for (const row of right) counts.set(row, (counts.get(row) ?? 0) + 1);
  return left.filter(row => {
    const count = counts.get(row) ?? 0;
    counts.set(row, count - 1);
    return count <= 0;
  });
}
