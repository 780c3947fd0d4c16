// The proof of the quick start: base ⊕ log on the target equals the source, every row and every column of it.
// MySQL is asked by plain SELECTs; the target by the statement of `synctask merge-sql`, in pages by key.
import {join} from 'node:path';
import type {Connection} from 'mysql2/promise';
import {checkoutDir} from '../setup/cache.mjs';
import {silentLog} from '../../runtime/base/log.ts';
import {TargetClient} from '../../runtime/sink/client.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {precheckRetry} from '../../runtime/sink/precheck.ts';
import {run} from '../setup/command.mjs';
import type {Target} from './processes.ts';

/** Rows of one answer are bounded at 10,000. */
const pageRows = 8_000;
const answerMsMax = 120_000;
const synctask = join(checkoutDir, 'bin/synctask');

interface Column {
  name: string;
  type: string;
}

/** Compares one table; gives the number of rows, equal on both sides, or throws with the first difference. */
export async function compareTable(
  connection: Connection,
  client: TargetClient,
  stateDir: string,
  table: string,
): Promise<number> {
  const merged = await run([synctask, 'merge-sql', `shop.${table}`, '--state', stateDir]);
  const {settings, select} = splitStatement(merged);
  const columns = await readColumns(connection, table);
  let count = 0;
  for (const where of await pagesOf(connection, table)) {
    const source = await query(
      connection,
      `SELECT ${columns.map(sourceText).join(', ')} FROM shop.${table} WHERE ${where}`,
    );
    const answer = await ask(
      client,
      `${settings}SELECT ${columns.map(targetText).join(', ')} FROM (${select}) merged WHERE ${where}`,
    );
    const lines = (rows: Record<string, unknown>[]) =>
      rows.map(row => JSON.stringify(columns.map(c => plain(c, row[c.name])))).toSorted();
    refuseDifference(table, lines(source), lines(answer));
    count += source.length;
  }
  return count;
}

/** A client of the target, for `compareTable`. */
export function openTarget(target: Target): TargetClient {
  const {endpoint, project, accessKeyId, accessKeySecret} = target;
  const none = {schema: null, tunnelEndpoint: null, quota: null, region: null};
  const credentials = () => Promise.resolve({accessKeyId, accessKeySecret, securityToken: null});
  return TargetClient.open({endpoint, project, ...none, credentials}, silentLog(), precheckRetry);
}

/** What `synctask sql` prints for one statement. */
export function sqlText(target: Target, sql: string): Promise<string> {
  const {endpoint, project, accessKeyId, accessKeySecret} = target;
  return run([synctask, 'sql', sql, '--endpoint', endpoint, '--project', project], {
    env: {
      ...process.env,
      ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
    },
  });
}

/** Rows of one statement on MySQL. */
export async function query(
  connection: Connection,
  sql: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const [rows] = await connection.query(sql, values);
  return rows as Record<string, unknown>[];
}

async function ask(client: TargetClient, sql: string): Promise<Record<string, string | null>[]> {
  const {columns, rows} = await runSql(client, sql, {signal: AbortSignal.timeout(answerMsMax)});
  return rows.map(row => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
}

/** The SET lines, and the SELECT without its semicolon. */
function splitStatement(text: string): {settings: string; select: string} {
  const settings = (text.match(/^SET .*;\n/gm) ?? []).join('');
  return {settings, select: text.slice(settings.length).trim().replace(/;$/, '')};
}

async function readColumns(connection: Connection, table: string): Promise<Column[]> {
  const rows = await query(
    connection,
    `SELECT COLUMN_NAME AS name, DATA_TYPE AS type FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [table],
  );
  return rows as unknown as Column[];
}

/** Conditions that cut the table into pages by the first column of its key; one for all where it has none. */
async function pagesOf(connection: Connection, table: string): Promise<string[]> {
  const [key] = await query(
    connection,
    `SELECT COLUMN_NAME AS name FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' AND SEQ_IN_INDEX = 1`,
    [table],
  );
  if (key === undefined) return ['1 = 1'];
  const name = String(key['name']);
  const cuts = await query(
    connection,
    `SELECT v FROM (SELECT ${name} AS v, ROW_NUMBER() OVER (ORDER BY ${name}) AS n FROM shop.${table}) t
     WHERE n % ${pageRows} = 0 ORDER BY v`,
  );
  const values = [...new Set(cuts.map(row => String(row['v'])))];
  // The outer pages are open, so that a row which should not be there is met as well.
  return [...values, null].map((value, i) => {
    const from = i === 0 ? [] : [`${name} >= ${values[i - 1]}`];
    const to = value === null ? [] : [`${name} < ${value}`];
    return [...from, ...to].join(' AND ') || '1 = 1';
  });
}

function sourceText({name, type}: Column): string {
  if (type === 'varbinary') return `HEX(\`${name}\`) AS \`${name}\``;
  // As text: mysql2 3.24 builds doubles digit by digit, and the last one can come out wrong.
  return type === 'json' || type === 'double'
    ? `CAST(\`${name}\` AS CHAR) AS \`${name}\``
    : `\`${name}\``;
}

function targetText({name, type}: Column): string {
  return type === 'varbinary' ? `HEX(\`${name}\`) AS \`${name}\`` : `\`${name}\``;
}

/** One way to write a value that both sides write in their own: doubles by value, decimals and times without idle zeros. */
function plain({type}: Column, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = String(value);
  if (type === 'varbinary') return text.toLowerCase();
  if (type === 'double') return String(Number(text));
  if (type === 'decimal') return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  if (type === 'datetime' || type === 'timestamp')
    return text
      .replace('T', ' ')
      .replace(/(Z|\+00(:00)?)$/, '')
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '');
  return text;
}

function refuseDifference(table: string, source: string[], target: string[]): void {
  const at = source.findIndex((line, i) => line !== target[i]);
  if (at === -1 && source.length === target.length) return;
  const i = at === -1 ? source.length : at;
  throw new Error(
    `${table} differs: MySQL has ${source.length} rows, the target ${target.length} here; first difference\n` +
      `  MySQL:  ${source[i] ?? '(no row)'}\n  target: ${target[i] ?? '(no row)'}`,
  );
}
