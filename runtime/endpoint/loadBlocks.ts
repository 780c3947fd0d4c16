// Puts the rows of block files into their table, within the caller's transaction.
// A timestamp column holds microseconds until a value with nanoseconds arrives; then its column becomes TIMESTAMP_NS, which
// spans 1677 to 2262, and values outside are refused. So no digit is ever lost.
import {randomUUID} from 'node:crypto';
import {stat} from 'node:fs/promises';
import type {DuckDBConnection} from '@duckdb/node-api';
import type {Block} from './blocks.ts';
import {duckName, type Table, type TableColumn} from './catalog.ts';
import {badRequest} from './odpsError.ts';
import {nanosColumn, valueColumn} from './parquetSinks.ts';
import {foldPartialRows} from './partialRows.ts';
import {partitionCondition, partitionLiteral} from './partitionSpec.ts';
import {queryRows, quoteName, textLiteral, type Store} from './store.ts';

export interface Load {
  table: Table;
  /** The columns of the blocks, pinned when the session was made. */
  columns: TableColumn[];
  partition: string[] | null;
  overwrite: boolean;
  blocks: Block[];
  /** Numbers of the columns that tell upserts from deletes and name the columns written; without them every row is whole. */
  operation?: number;
  written?: number;
}

/** `__operation` of a row to write and of a key to delete (protocol section 13.3). */
export const upsertMark = 85;
export const deleteMark = 68;

/** Loads all blocks; the number of rows. In a table with a primary key the later row of a key replaces the earlier. */
export async function loadBlocks(connection: DuckDBConnection, load: Load): Promise<number> {
  const {table, partition} = load;
  if (load.overwrite) {
    const where = partition === null ? '' : ` WHERE ${partitionCondition(table, partition)}`;
    await connection.run(`DELETE FROM ${duckName(table)}${where}`);
  }
  const blocks = load.blocks.filter(block => block.rows > 0);
  if (blocks.length === 0) return 0;
  const files = fileList(blocks);
  const fine = await nanosOf(connection, load, blocks);
  const targets: string[] = [];
  const sources: string[] = [];
  const ids: string[] = [];
  for (const [i, pinned] of load.columns.entries()) {
    // A column that was dropped meanwhile takes its values with it.
    const column = table.columns.find(c => c.id === pinned.id);
    if (column === undefined) continue;
    targets.push(quoteName(column.name));
    ids.push(column.id);
    sources.push(fine.has(i) ? fineValue(i) : valueColumn(i));
  }
  if (partition !== null) {
    targets.push(...table.partitionKeys.map(key => quoteName(key.name)));
    sources.push(...partition.map((value, i) => partitionLiteral(table, i, value)));
  }
  try {
    if (table.primaryKey.length > 0) {
      await loadByKey(connection, load, files, targets, sources, ids);
    } else {
      for (const some of portions(blocks))
        await connection.run(
          `INSERT INTO ${duckName(table)} (${targets.join(', ')}) SELECT ${sources.join(', ')} FROM read_parquet(${some})`,
        );
    }
  } catch (error) {
    throw asLoadError(error);
  }
  return blocks.reduce((sum, block) => sum + block.rows, 0);
}

/** Tells `store` how wide the rows of `blocks` are, before they are loaded; how many and how long they are. */
export async function expectBlocks(
  store: Store,
  blocks: readonly Block[],
): Promise<{rows: number; bytes: number}> {
  let [rows, bytes] = [0, 0];
  for (const block of blocks.filter(({rows}) => rows > 0)) {
    rows += block.rows;
    bytes += (await stat(block.file)).size;
  }
  await store.expectRows(rows, bytes);
  return {rows, bytes};
}

function fileList(blocks: Block[]): string {
  return `[${blocks.map(block => textLiteral(block.file)).join(', ')}]`;
}

/** DuckDB keeps what it knows of every file of a statement in memory until its end. */
const filesMax = 32;

function portions(blocks: Block[]): string[] {
  const lists: string[] = [];
  for (let i = 0; i < blocks.length; i += filesMax)
    lists.push(fileList(blocks.slice(i, i + filesMax)));
  return lists;
}

/** The last row of each key, by block and place in it, takes the place of the row that the table holds for the key. */
async function loadByKey(
  connection: DuckDBConnection,
  load: Load,
  files: string,
  targets: string[],
  sources: string[],
  ids: string[],
): Promise<void> {
  const {table} = load;
  const keys = table.primaryKey.map(quoteName);
  const stage = quoteName(`stage_${randomUUID()}`);
  const values = sources.map((source, i) => `${source} AS ${targets[i]}`);
  const operation = load.operation === undefined ? String(upsertMark) : valueColumn(load.operation);
  const block = `CAST(regexp_extract(filename, '(\\d+)\\.\\d+\\.\\d+\\.[01]\\.parquet$', 1) AS BIGINT)`;
  // Named inside and compared outside: a key column may be called as a column of the file is.
  const written = load.written === undefined ? 'NULL' : valueColumn(load.written);
  const rows =
    `SELECT ${values.join(', ')}, ${operation} AS "?operation", ${written} AS "?written", ${block} AS "?block", ` +
    `file_row_number AS "?row" FROM read_parquet(${files}, filename = true, file_row_number = true)`;
  const isPartial = load.written !== undefined && (await hasPartial(connection, files, written));
  const last = `QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY "?block" DESC, "?row" DESC) = 1`;
  await connection.run(
    `CREATE TEMP TABLE ${stage} AS SELECT * FROM (${rows}) ${isPartial ? '' : last}`,
  );
  if (isPartial) {
    const columns = targets.map((name, i) => ({name, id: ids[i] ?? null}));
    await foldPartialRows(connection, table, {stage, columns, upsertMark});
  }
  const same = [...table.primaryKey, ...table.partitionKeys.map(key => key.name)]
    .map(quoteName)
    .map(name => `t.${name} = s.${name}`);
  await connection.run(
    `DELETE FROM ${duckName(table)} AS t USING ${stage} AS s WHERE ${same.join(' AND ')}`,
  );
  await connection.run(
    `INSERT INTO ${duckName(table)} (${targets.join(', ')}) ` +
      `SELECT ${targets.join(', ')} FROM ${stage} WHERE "?operation" = ${upsertMark}`,
  );
  await connection.run(`DROP TABLE ${stage}`);
}

async function hasPartial(
  connection: DuckDBConnection,
  files: string,
  written: string,
): Promise<boolean> {
  const [found] = await queryRows(
    connection,
    `SELECT count(*) AS rows FROM read_parquet(${files}) WHERE len(${written}) > 0`,
  );
  return Number(found!['rows']) > 0;
}

/** Columns whose values go in as nanoseconds; their table columns are widened where they are not yet. */
async function nanosOf(
  connection: DuckDBConnection,
  load: Load,
  blocks: Block[],
): Promise<Set<number>> {
  const fine = new Set<number>();
  const moments = load.columns.flatMap((column, i) => (isMoment(column) ? [i] : []));
  if (moments.length === 0) return fine;
  const wide = await wideColumns(connection, load.table);
  const withNanos = blocks.filter(block => block.nanos);
  const seen = withNanos.length === 0 ? {} : await countNanos(connection, withNanos, moments);
  for (const i of moments) {
    const column = load.table.columns.find(c => c.id === load.columns[i]!.id);
    if (column === undefined) continue;
    const has = Number(seen[nanosColumn(i)] ?? 0) > 0;
    if (has && !wide.has(column.name)) await widen(connection, load.table, column);
    if (has || wide.has(column.name)) fine.add(i);
  }
  return fine;
}

async function countNanos(connection: DuckDBConnection, blocks: Block[], moments: number[]) {
  const counts = moments.map(i => `count(${nanosColumn(i)}) AS ${nanosColumn(i)}`).join(', ');
  const files = blocks.map(block => textLiteral(block.file)).join(', ');
  const [row] = await queryRows(connection, `SELECT ${counts} FROM read_parquet([${files}])`);
  return row!;
}

/** The timestamp columns of a table that hold nanoseconds. */
export async function wideColumns(
  connection: DuckDBConnection,
  table: Table,
): Promise<Set<string>> {
  const rows = await queryRows(connection, `DESCRIBE ${duckName(table)}`);
  const wide = rows.filter(row => row['column_type'] === 'TIMESTAMP_NS');
  return new Set(wide.map(row => String(row['column_name'])));
}

/** Gives a timestamp column nanoseconds. */
export async function widen(
  connection: DuckDBConnection,
  table: Table,
  column: TableColumn,
): Promise<void> {
  const name = quoteName(column.name);
  try {
    await connection.run(
      `ALTER TABLE ${duckName(table)} ALTER COLUMN ${name} TYPE TIMESTAMP_NS USING make_timestamp_ns(epoch_us(${name}) * 1000)`,
    );
  } catch (error) {
    throw asLoadError(error);
  }
}

function fineValue(i: number): string {
  return `make_timestamp_ns(epoch_us(${valueColumn(i)}) * 1000 + coalesce(${nanosColumn(i)}, 0))`;
}

/** Whether a column holds a timestamp, which may have nanoseconds. */
export function isMoment(column: TableColumn): boolean {
  return column.type.name === 'timestamp' || column.type.name === 'timestamp_ntz';
}

/** Errors that the rows caused; DuckDB gives an error's class as the first words of its text, and nowhere else. */
function asLoadError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  const found = /^(Constraint|Conversion|Out of Range) Error: ([^\n]*)/.exec(message);
  return found === null ? error : badRequest('InvalidArgument', `The rows do not fit: ${found[2]}`);
}
