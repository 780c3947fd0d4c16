// UPDATE, DELETE and MERGE INTO: only on transactional and Delta tables, with the checks that DuckDB does not make: one row is
// changed at most once, a primary key stays unique, and partitions that appear are noted.
import type {DuckDBConnection} from '@duckdb/node-api';
import {duckName, partitionName, partitionsOf, type Partition, type Table} from './catalog.ts';
import {tableName, takeWords, type Cursor} from './ddlParser.ts';
import {bringNamed} from './freshTables.ts';
import {enterPartitions, touchPartitions} from './partitionRun.ts';
import {inSchema, resolve, type Job} from './job.ts';
import {comparedAsOdps} from './sqlCompare.ts';
import {parseError, sqlError, type Token} from './sqlTokens.ts';
import {translate} from './sqlTranslate.ts';
import {queryRows, quoteName} from './store.ts';

/** Whether a statement changes rows in place. */
export function isChange(tokens: Token[]): boolean {
  const [first] = tokens;
  return first?.kind === 'word' && /^(UPDATE|DELETE|MERGE)$/i.test(first.text);
}

/** Carries the change out, in one transaction. */
export async function runChange(job: Job, tokens: Token[]): Promise<void> {
  const cursor: Cursor = {sql: job.sql, tokens, at: 0};
  const merges = takeWords(cursor, 'MERGE', 'INTO');
  if (!merges && !takeWords(cursor, 'UPDATE') && !takeWords(cursor, 'DELETE', 'FROM')) {
    throw parseError(job.sql, 0, 'UPDATE, DELETE FROM or MERGE INTO is due');
  }
  const start = tokens[cursor.at]?.start ?? 0;
  const table = resolve(job, tableName(cursor));
  if (table.properties['transactional'] !== 'true' && table.primaryKey.length === 0) {
    const what = `table ${job.store.project}.${table.name} is not a transactional table`;
    throw sqlError('0130071', job.sql, start, 'Semantic analysis exception', what);
  }
  const merge = merges ? parseMerge(job, tokens, cursor.at, start) : null;
  const check = merge === null ? null : await translate(merge.check);
  const change = await translate(merge === null ? job.sql : merge.sql);
  await job.store.write(
    connection =>
      inSchema(connection, job, async () => {
        await bringNamed(connection, job.store, job.catalog, tokens);
        const compared = (text: string) => comparedAsOdps(connection, text);
        const twice = check === null ? [] : await queryRows(connection, await compared(check));
        if (twice.length > 0) {
          const what = 'one row of the target matches several rows of the source';
          throw sqlError('0121095', job.sql, start, 'Invalid argument', what);
        }
        await connection.run(await compared(change));
        await checkKey(connection, job, table, start);
        const fresh = await newPartitions(connection, job, table);
        return touchPartitions(connection, job.catalog, table, fresh, job.nowMs());
      }),
    (touched: Partition[]) => enterPartitions(job.catalog, table, touched),
  );
}

interface Merge {
  /** The statement without the target's name on the left side of SET, which DuckDB does not take. */
  sql: string;
  /** A query with a row for each target row that would be changed more than once. */
  check: string;
}

/** `MERGE INTO target USING source ON condition WHEN MATCHED [AND condition] THEN …`, its parts found by tokens. */
function parseMerge(job: Job, tokens: Token[], afterName: number, targetStart: number): Merge {
  const {sql} = job;
  const places = topWords(tokens, afterName, ['USING', 'ON', 'WHEN', 'THEN']);
  const at = (word: string, from: number) => places.find(i => i >= from && isWord(tokens[i], word));
  const using = at('USING', afterName);
  const on = using === undefined ? undefined : at('ON', using);
  const firstWhen = on === undefined ? undefined : at('WHEN', on);
  if (using === undefined || on === undefined || firstWhen === undefined) {
    throw parseError(sql, targetStart, 'MERGE INTO needs USING, ON and WHEN');
  }
  const between = (from: number, to: number) => sql.slice(tokens[from]!.end, tokens[to]!.start);
  const fired: string[] = [];
  for (let when: number | undefined = firstWhen; when !== undefined; when = at('WHEN', when + 1)) {
    const then = at('THEN', when);
    if (then === undefined) throw parseError(sql, tokens[when]!.start, 'THEN is due after WHEN');
    if (!isWord(tokens[when + 1], 'MATCHED')) continue;
    const and = when + 2;
    fired.push(isWord(tokens[and], 'AND') ? `(${between(and, then)})` : '(1 = 1)');
  }
  const last = tokens[using - 1]!;
  const target = sql.slice(targetStart, tokens[using]!.start);
  const where = fired.length === 0 ? '1 = 0' : fired.join(' OR ');
  const check =
    `SELECT 1 AS twice FROM ${target} JOIN ${between(using, on)} ON (${between(on, firstWhen)}) ` +
    `WHERE ${where} GROUP BY ${sql.slice(last.start, last.end)}.rowid HAVING COUNT(*) > 1 LIMIT 1`;
  return {sql: withoutSetNames(sql, tokens, firstWhen), check};
}

/** Places of `words` outside brackets and CASE … END. */
function topWords(tokens: Token[], from: number, words: string[]): number[] {
  const found: number[] = [];
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === 'mark' && token.text === '(') depth++;
    else if (token.kind === 'mark' && token.text === ')') depth--;
    else if (isWord(token, 'CASE')) depth++;
    else if (isWord(token, 'END')) depth--;
    else if (depth === 0 && token.kind === 'word' && words.includes(token.text.toUpperCase()))
      found.push(i);
  }
  return found;
}

/** `SET t.a = …, t.b = …` becomes `SET a = …, b = …`; likewise the columns of an INSERT list. */
function withoutSetNames(sql: string, tokens: Token[], from: number): string {
  const cuts: [number, number][] = [];
  let [depth, left] = [0, false];
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i]!;
    const mark = token.kind === 'mark' ? token.text : '';
    if (mark === '(') depth++;
    if (mark === ')') depth--;
    const inList = mark === '(' && depth === 1 && isWord(tokens[i - 1], 'INSERT');
    if (isWord(token, 'SET') || inList) left = true;
    else if (isWord(token, 'WHEN') || isWord(token, 'VALUES')) left = false;
    else if (mark === '=' && depth === 0) left = false;
    else if (mark === ',' && depth === 0 && isAssignment(tokens, i + 1)) left = true;
    if (!left || tokens[i + 2]?.text !== '.') continue;
    if (isWord(token, 'SET') || mark === ',' || inList)
      cuts.push([tokens[i + 1]!.start, tokens[i + 2]!.end]);
  }
  return cuts.reduceRight((text, [start, end]) => text.slice(0, start) + text.slice(end), sql);
}

/** `a =` or `t.a =`. */
function isAssignment(tokens: Token[], at: number): boolean {
  const equals = tokens[at + 1]?.text === '.' ? at + 3 : at + 1;
  return tokens[equals]?.text === '=';
}

async function checkKey(
  connection: DuckDBConnection,
  job: Job,
  table: Table,
  start: number,
): Promise<void> {
  if (table.primaryKey.length === 0) return;
  const keys = [...table.primaryKey, ...table.partitionKeys.map(key => key.name)].map(quoteName);
  const twice = await queryRows(
    connection,
    `SELECT 1 FROM ${duckName(table)} GROUP BY ${keys.join(', ')} HAVING count(*) > 1 LIMIT 1`,
  );
  if (twice.length === 0) return;
  const what = `two rows of ${table.name} would have the same primary key`;
  throw sqlError('0121095', job.sql, start, 'Invalid argument', what);
}

/** Partitions with rows that the catalog does not know yet. */
async function newPartitions(
  connection: DuckDBConnection,
  job: Job,
  table: Table,
): Promise<string[][]> {
  if (table.partitionKeys.length === 0) return [];
  const known = partitionsOf(job.catalog, table);
  const texts = table.partitionKeys.map(
    (key, i) => `CAST(${quoteName(key.name)} AS VARCHAR) AS k${i}`,
  );
  const rows = await queryRows(
    connection,
    `SELECT DISTINCT ${texts.join(', ')} FROM ${duckName(table)}`,
  );
  return rows
    .map(row => texts.map((_, i) => String(row[`k${i}`])))
    .filter(values => !known.has(partitionName(table, values)));
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}
