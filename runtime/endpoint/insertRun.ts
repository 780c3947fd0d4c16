// INSERT INTO and INSERT OVERWRITE, with static and dynamic partitions. The rows are staged first, so that a statement that
// reads the table it overwrites sees it as it was.
import {randomUUID} from 'node:crypto';
import type {DuckDBConnection} from '@duckdb/node-api';
import type {OdpsType} from '../codec/odpsType.ts';
import {duckName, type Partition, type Table} from './catalog.ts';
import type {TableName} from './ddl.ts';
import {tableName, takeMark, takeWords, word, type Cursor} from './ddlParser.ts';
import {bringNamed} from './freshTables.ts';
import {enterPartitions, touchPartitions} from './partitionRun.ts';
import {inSchema, resolve, type Job} from './job.ts';
import {partitionCondition, partitionLiteral} from './partitionSpec.ts';
import {widen, wideColumns} from './loadBlocks.ts';
import {parseError, sqlError, tokenize} from './sqlTokens.ts';
import {comparedAsOdps} from './sqlCompare.ts';
import {duckType} from './duckTypes.ts';
import {translate} from './sqlTranslate.ts';
import {refuseView} from './viewRun.ts';
import {queryRows, quoteName, textLiteral} from './store.ts';

export interface InsertHead {
  table: TableName;
  overwrite: boolean;
  /** Partition columns with their value, null for a dynamic one. */
  partition: [string, string | null][];
  /** null: all, in the table's order. */
  columns: string[] | null;
  query: string;
}

/** The head of an INSERT; null when the statement is something else. */
export function insertHead(cursor: Cursor): InsertHead | null {
  if (!takeWords(cursor, 'INSERT')) return null;
  const overwrite = takeWords(cursor, 'OVERWRITE');
  if (!overwrite && !takeWords(cursor, 'INTO')) {
    throw parseError(cursor.sql, 0, 'INTO or OVERWRITE is due after INSERT');
  }
  takeWords(cursor, 'TABLE');
  const head: InsertHead = {
    table: tableName(cursor),
    overwrite,
    partition: takeWords(cursor, 'PARTITION') ? partition(cursor) : [],
    columns: null,
    query: '',
  };
  const first = cursor.tokens[cursor.at + 1]?.text.toUpperCase();
  if (first !== 'SELECT' && first !== 'WITH' && takeMark(cursor, '(')) {
    head.columns = [word(cursor)];
    while (takeMark(cursor, ',')) head.columns.push(word(cursor));
    takeMark(cursor, ')');
  }
  const start = cursor.tokens[cursor.at]?.start;
  if (start === undefined) throw parseError(cursor.sql, cursor.sql.length, 'a query is due');
  head.query = cursor.sql.slice(start);
  return head;
}

/** Carries an INSERT out, in one transaction. */
export async function insert(job: Job, head: InsertHead): Promise<void> {
  const table = resolve(job, head.table);
  refuseView(table);
  const fixed = new Map(head.partition);
  const columns = targetColumns(job, head, table, fixed);
  const translated = await translate(head.query.replace(/^TABLE\s+/i, 'SELECT * FROM '));
  await job.store.write(
    connection =>
      inSchema(connection, job, async () => {
        await bringNamed(connection, job.store, job.catalog, tokenize(job.sql));
        const sql = await comparedAsOdps(connection, translated);
        const stage = quoteName(`stage_${randomUUID()}`);
        const names = columns.map((_, i) => quoteName(`c${i}`));
        await connection.run(
          `CREATE TEMP TABLE ${stage} AS SELECT * FROM (${sql}) AS q(${names.join(', ')})`,
        );
        await checkCount(connection, job, stage, columns.length, head);
        const touched = await fill(connection, job, {table, stage, columns, fixed, head});
        await connection.run(`DROP TABLE ${stage}`);
        return touched;
      }),
    touched => enterPartitions(job.catalog, table, touched),
  );
}

/** DuckDB takes fewer names than a query has columns. */
async function checkCount(
  connection: DuckDBConnection,
  job: Job,
  stage: string,
  due: number,
  head: InsertHead,
): Promise<void> {
  const given = (await queryRows(connection, `DESCRIBE ${stage}`)).length;
  if (given === due) return;
  const what = `wrong columns count ${given} in data source, requires ${due} columns`;
  throw sqlError('0130071', job.sql, head.table.start, 'Semantic analysis exception', what);
}

interface Staged {
  table: Table;
  stage: string;
  /** Columns the staged ones go to, in order. */
  columns: string[];
  fixed: Map<string, string | null>;
  head: InsertHead;
}

async function fill(connection: DuckDBConnection, job: Job, staged: Staged): Promise<Partition[]> {
  const {table, stage, columns, fixed, head} = staged;
  const keys = table.partitionKeys.map((key, i) => {
    const value = fixed.get(key.name);
    if (value === null || value === undefined) return quoteName(`c${columns.indexOf(key.name)}`);
    return partitionLiteral(table, i, value);
  });
  const touched = keys.length === 0 ? [] : await partitionsIn(connection, staged, keys);
  if (head.overwrite) await empty(connection, table, touched);
  const data = columns.filter(name => !table.partitionKeys.some(key => key.name === name));
  const left = table.columns.filter(c => c.defaultValue !== null && !data.includes(c.name));
  const keyNames = table.partitionKeys.map(key => key.name);
  const targets = [...data, ...left.map(column => column.name), ...keyNames].map(quoteName);
  const sources = [
    ...data.map(name => {
      const type = table.columns.find(column => column.name === name)?.type;
      return converted(quoteName(`c${columns.indexOf(name)}`), type);
    }),
    ...left.map(c => `CAST(${textLiteral(c.defaultValue!)} AS ${duckType(c.type)})`),
    ...keys,
  ];
  await widenFor(connection, staged);
  if (table.primaryKey.length > 0) await makeRoom(connection, job, staged, targets, sources);
  await connection.run(
    `INSERT INTO ${duckName(table)} (${targets.join(', ')}) SELECT ${sources.join(', ')} FROM ${stage}`,
  );
  return touchPartitions(connection, job.catalog, table, touched, job.nowMs());
}

/** Gives timestamp columns nanoseconds where the rows have them. */
async function widenFor(connection: DuckDBConnection, staged: Staged): Promise<void> {
  const {table, stage, columns} = staged;
  const moments = table.columns.filter(({type}) => type.name.startsWith('timestamp'));
  if (moments.length === 0) return;
  const rows = await queryRows(connection, `DESCRIBE ${stage}`);
  const fine = rows.map(row => row['column_type'] === 'TIMESTAMP_NS');
  const wide = await wideColumns(connection, table);
  for (const column of moments) {
    const isFine = fine[columns.indexOf(column.name)] === true;
    if (isFine && !wide.has(column.name)) await widen(connection, table, column);
  }
}

/** A value of a query in the type of its column: fractions are cut off, a DOUBLE keeps the digits it was written with. */
function converted(value: string, type: OdpsType | undefined): string {
  switch (type?.name) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return `CAST(odps_whole(${value}) AS ${duckType(type)})`;
    case 'decimal':
      return `CAST(odps_digits(${value}) AS ${duckType(type)})`;
    case 'string':
      return `odps_text(${value})`;
    default:
      return value;
  }
}

/** In a Delta table the new row of a key replaces the old; two new rows of one key would leave the choice open. */
async function makeRoom(
  connection: DuckDBConnection,
  job: Job,
  {table, stage, head}: Staged,
  targets: string[],
  sources: string[],
): Promise<void> {
  const same = [...table.primaryKey, ...table.partitionKeys.map(key => key.name)].map(quoteName);
  const keys = same.map(name => sources[targets.indexOf(name)] ?? 'NULL');
  const [twice] = await queryRows(
    connection,
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${stage} GROUP BY ${keys.join(', ')} HAVING count(*) > 1)`,
  );
  if (Number(twice!['n']) > 0) {
    const what = `${table.name} has a primary key, and two of the rows have the same`;
    throw sqlError('0121095', job.sql, head.table.start, 'Invalid argument', what);
  }
  const match = same.map((name, i) => `t.${name} = s.k${i}`).join(' AND ');
  const staged = keys.map((key, i) => `${key} AS k${i}`).join(', ');
  await connection.run(
    `DELETE FROM ${duckName(table)} AS t USING (SELECT ${staged} FROM ${stage}) AS s WHERE ${match}`,
  );
}

/** The partitions the rows go to; a static one also when there are no rows. */
async function partitionsIn(
  connection: DuckDBConnection,
  {table, stage, fixed}: Staged,
  keys: string[],
): Promise<string[][]> {
  const values = table.partitionKeys.map(key => fixed.get(key.name));
  if (values.every(value => value !== null && value !== undefined)) return [values as string[]];
  const texts = keys.map((key, i) => `CAST(${key} AS VARCHAR) AS k${i}`);
  const rows = await queryRows(connection, `SELECT DISTINCT ${texts.join(', ')} FROM ${stage}`);
  return rows.map(row => keys.map((_, i) => String(row[`k${i}`])));
}

async function empty(
  connection: DuckDBConnection,
  table: Table,
  partitions: string[][],
): Promise<void> {
  if (table.partitionKeys.length === 0) await connection.run(`DELETE FROM ${duckName(table)}`);
  for (const values of partitions) {
    const where = partitionCondition(table, values);
    await connection.run(`DELETE FROM ${duckName(table)} WHERE ${where}`);
  }
}

/** Dynamic partition columns come last in the query (protocol section 17). */
function targetColumns(
  job: Job,
  head: InsertHead,
  table: Table,
  fixed: Map<string, string | null>,
): string[] {
  const refuse = (what: string) =>
    sqlError('0130071', job.sql, head.table.start, 'Semantic analysis exception', what);
  const keys = table.partitionKeys.map(key => key.name);
  for (const name of fixed.keys())
    if (!keys.includes(name)) throw refuse(`no partition column ${name}`);
  const dynamic = keys.filter(name => fixed.get(name) === null || fixed.get(name) === undefined);
  const data = head.columns ?? table.columns.map(column => column.name);
  for (const name of data) {
    const known = table.columns.some(column => column.name === name) || keys.includes(name);
    if (!known) throw refuse(`column ${name} cannot be resolved`);
  }
  return [...data, ...dynamic.filter(name => !data.includes(name))];
}

/** `(dt='1', hh)`. */
function partition(cursor: Cursor): [string, string | null][] {
  const pairs: [string, string | null][] = [];
  if (!takeMark(cursor, '(')) throw parseError(cursor.sql, 0, 'PARTITION needs a list');
  do {
    const name = word(cursor);
    if (!takeMark(cursor, '=')) pairs.push([name, null]);
    else {
      const token = cursor.tokens[cursor.at++];
      if (token === undefined) throw parseError(cursor.sql, cursor.sql.length, 'a value is due');
      pairs.push([name, token.text]);
    }
  } while (takeMark(cursor, ','));
  takeMark(cursor, ')');
  return pairs;
}
