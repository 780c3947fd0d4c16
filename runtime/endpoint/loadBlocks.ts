// Puts the rows of block files into their table, within the caller's transaction.
// A timestamp column holds microseconds until a value with nanoseconds arrives; then its column becomes TIMESTAMP_NS, which
// spans 1677 to 2262, and values outside are refused. So no digit is ever lost.
import type {DuckDBConnection} from '@duckdb/node-api';
import type {Block} from './blocks.ts';
import {duckName, type Table, type TableColumn} from './catalog.ts';
import {badRequest} from './odpsError.ts';
import {nanosColumn, valueColumn} from './parquetSinks.ts';
import {partitionCondition, partitionLiteral} from './partitionSpec.ts';
import {queryRows, quoteName, textLiteral} from './store.ts';

export interface Load {
  table: Table;
  /** The columns of the blocks, pinned when the session was made. */
  columns: TableColumn[];
  partition: string[] | null;
  overwrite: boolean;
  blocks: Block[];
}

/** Loads all blocks; the number of rows. */
export async function loadBlocks(connection: DuckDBConnection, load: Load): Promise<number> {
  const {table, partition} = load;
  if (load.overwrite) {
    const where = partition === null ? '' : ` WHERE ${partitionCondition(table, partition)}`;
    await connection.run(`DELETE FROM ${duckName(table)}${where}`);
  }
  const blocks = load.blocks.filter(block => block.rows > 0);
  if (blocks.length === 0) return 0;
  const files = `read_parquet([${blocks.map(block => textLiteral(block.file)).join(', ')}])`;
  const fine = await nanosOf(connection, load, blocks);
  const targets: string[] = [];
  const sources: string[] = [];
  for (const [i, pinned] of load.columns.entries()) {
    // A column that was dropped meanwhile takes its values with it.
    const column = table.columns.find(c => c.id === pinned.id);
    if (column === undefined) continue;
    targets.push(quoteName(column.name));
    sources.push(fine.has(i) ? fineValue(i) : valueColumn(i));
  }
  if (partition !== null) {
    targets.push(...table.partitionKeys.map(key => quoteName(key.name)));
    sources.push(...partition.map((value, i) => partitionLiteral(table, i, value)));
  }
  const insert = `INSERT INTO ${duckName(table)} (${targets.join(', ')}) SELECT ${sources.join(', ')}`;
  try {
    await connection.run(`${insert} FROM ${files}`);
  } catch (error) {
    throw asLoadError(error);
  }
  return blocks.reduce((sum, block) => sum + block.rows, 0);
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

async function wideColumns(connection: DuckDBConnection, table: Table): Promise<Set<string>> {
  const rows = await queryRows(connection, `DESCRIBE ${duckName(table)}`);
  const wide = rows.filter(row => row['column_type'] === 'TIMESTAMP_NS');
  return new Set(wide.map(row => String(row['column_name'])));
}

async function widen(
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

function isMoment(column: TableColumn): boolean {
  return column.type.name === 'timestamp' || column.type.name === 'timestamp_ntz';
}

/** Errors that the rows caused; DuckDB gives an error's class as the first words of its text, and nowhere else. */
function asLoadError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  const found = /^(Constraint|Conversion|Out of Range) Error: ([^\n]*)/.exec(message);
  return found === null ? error : badRequest('InvalidArgument', `The rows do not fit: ${found[2]}`);
}
