// Download sessions of tables (protocol section 10): a snapshot in a Parquet file, read in ranges of rows.
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {PassThrough, type Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import type {DuckDBConnection} from '@duckdb/node-api';
import {MiB} from '../base/sizes.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import {createRecordWriter} from '../codec/recordWriter.ts';
import {duckName, partitionName, partitionsOf, type Table} from './catalog.ts';
import {ensureInDuck} from './freshTables.ts';
import {badRequest, missing} from './odpsError.ts';
import {partitionCondition} from './partitionSpec.ts';
import {giveRows, unsuited} from './giveRows.ts';
import {readRows, type RowRange} from './recordAnswer.ts';
import {forgetSessions, keepSession, newSession, sessionFolder, type Session} from './sessions.ts';
import {queryRows, quoteName, textLiteral, type Store} from './store.ts';
import type {World} from './world.ts';

/** Makes a session: the rows as they are now. */
export async function createDownload(
  world: World,
  table: Table,
  partition: string[] | null,
): Promise<Session> {
  const {store, catalog, sessions} = world;
  if (partition !== null && !partitionsOf(catalog, table).has(partitionName(table, partition))) {
    throw missing('Partition', partitionName(table, partition));
  }
  await forgetSessions(store, sessions, world.nowMs());
  const session = newSession('download', table, partition, world.nowMs());
  await mkdir(sessionFolder(store, session.id), {recursive: true});
  const file = snapshotFile(store, session.id);
  await ensureInDuck(store, catalog, table);
  session.records = await store.read(connection => snapshot(connection, table, partition, file));
  await keepSession(store, sessions, session);
  return session;
}

/** Where a session's rows are. */
export function snapshotFile(store: Store, id: string): string {
  return path.join(sessionFolder(store, id), 'rows.parquet');
}

/** `(start,count)`, cut at the last row; refuses one that begins past it. */
export function parseRange(text: string | undefined, records: number): RowRange {
  const found = /^\((\d+),(\d+)\)$/.exec((text ?? '').replaceAll(' ', ''));
  const start = Number(found?.[1]);
  if (found === null || start > records) {
    throw badRequest('InvalidRowRange', `"${text}" is not a range of ${records} rows`);
  }
  return {start, count: Math.min(Number(found[2]), records - start)};
}

/** Places of the columns named in `wish`, in the order asked; all without a wish. */
export function chooseColumns(columns: RecordColumn[], wish: string | undefined): number[] {
  if (wish === undefined || wish === '') return columns.map((_, i) => i);
  return wish.split(',').map(name => {
    const i = columns.findIndex(column => column.name === name.trim().toLowerCase());
    if (i < 0) throw badRequest('InvalidColumnSpec', `There is no column ${name}`);
    return i;
  });
}

/** The rows of `range` as a record stream; columns are numbered in the order asked. */
export function recordStream(
  world: World,
  file: string,
  columns: RecordColumn[],
  indexes: number[],
  range: RowRange,
): Readable {
  const out = new PassThrough({highWaterMark: MiB});
  const read = world.store.read.bind(world.store);
  void read(connection =>
    pipeline(writePieces(connection, file, columns, indexes, range), out),
  ).catch((error: unknown) => endEarly(world, out, error));
  return out;
}

/** The same of a table's snapshot: by a thread where its columns are flat, else value by value. */
export async function snapshotStream(
  world: World,
  file: string,
  columns: RecordColumn[],
  indexes: number[],
  range: RowRange,
): Promise<Readable> {
  const pieces = giveRows(world.threads, file, columns, indexes, range);
  let first: IteratorResult<Uint8Array>;
  try {
    // Whether the file can be read so is known before its first piece.
    first = await pieces.next();
  } catch (error) {
    if (error !== unsuited) throw error;
    return recordStream(world, file, columns, indexes, range);
  }
  const out = new PassThrough({highWaterMark: MiB});
  pipeline(joined(first, pieces), out).catch((error: unknown) => endEarly(world, out, error));
  return out;
}

async function* joined(
  first: IteratorResult<Uint8Array>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

function endEarly(world: World, out: PassThrough, error: unknown): void {
  world.log.warn({err: error}, 'a download ended early');
  out.destroy(error as Error);
}

async function* writePieces(
  connection: DuckDBConnection,
  file: string,
  columns: RecordColumn[],
  indexes: number[],
  range: RowRange,
): AsyncGenerator<Buffer> {
  const writer = createRecordWriter(indexes.map(i => columns[i]!));
  if (range.count > 0) {
    for await (const rows of readRows(connection, file, columns, indexes, range)) {
      for (const row of rows) writer.write(row);
      yield writer.take();
    }
  }
  yield writer.end();
}

async function snapshot(
  connection: DuckDBConnection,
  table: Table,
  partition: string[] | null,
  file: string,
): Promise<number> {
  const columns = table.columns.map((column, i) => `${quoteName(column.name)} AS c${i}`);
  const where = partition === null ? '' : ` WHERE ${partitionCondition(table, partition)}`;
  const from = `FROM ${duckName(table)}${where}`;
  const groupRows = await groupRowsOf(connection, table, from);
  // Plain values, which giveRows.ts takes as they are.
  const options = `FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 0, WRITE_BLOOM_FILTER false, ROW_GROUP_SIZE ${groupRows}`;
  const [row] = await queryRows(
    connection,
    `COPY (SELECT ${columns.join(', ')} ${from}) TO ${textLiteral(file)} (${options})`,
  );
  return Number(row!['Count']);
}

/** A row group is held in memory whole, by DuckDB when it is written and by a thread when it is read. */
const groupBytesMax = 4 * MiB;
const groupRowsMax = 40_960;
/** DuckDB's own least. */
const groupRowsMin = 2048;

/** Rows of a group, by the length of the table's first texts. */
async function groupRowsOf(
  connection: DuckDBConnection,
  table: Table,
  from: string,
): Promise<number> {
  const texts = table.columns.filter(({type}) => textTypes.has(type.name));
  const fixedBytes = table.columns.length * 8;
  const lengths = texts.map(({name}) => `coalesce(strlen(${quoteName(name)}::VARCHAR), 0)`);
  if (lengths.length === 0) return clampRows(groupBytesMax / fixedBytes);
  const [row] = await queryRows(
    connection,
    `SELECT avg(bytes) AS bytes FROM (SELECT ${lengths.join(' + ')} AS bytes ${from} LIMIT ${groupRowsMin})`,
  );
  return clampRows(groupBytesMax / (fixedBytes + Number(row!['bytes'] ?? 0)));
}

const textTypes = new Set([
  'string',
  'char',
  'varchar',
  'json',
  'binary',
  'array',
  'map',
  'struct',
]);

function clampRows(rows: number): number {
  const groups = Math.floor(Math.min(groupRowsMax, rows) / groupRowsMin);
  return Math.max(1, groups) * groupRowsMin;
}
