// Which committed rows may wait on the disk until their table is used: those that nothing can refuse later, and that are
// enough to be worth it. What could be refused (a NOT NULL, a key, JSON, nanoseconds, another type) is loaded at the commit,
// where the client hears of it. What changes a table afterwards takes in its rows first, so what held here stays true.
import {open} from 'node:fs/promises';
import type {DuckDBConnection} from '@duckdb/node-api';
import {MiB} from '../base/sizes.ts';
import {formatOdpsType, type OdpsType} from '../codec/odpsType.ts';
import type {Block} from './blocks.ts';
import type {Catalog} from './catalog.ts';
import {isMoment, wideColumns, type Load} from './loadBlocks.ts';
import {areWide, type Store} from './store.ts';
import {hasWaiting} from './waitingRows.ts';

export interface WaitingBounds {
  /** Smaller sessions cost less when they are loaded at once; they wait only behind others of their table. */
  sessionBytesMin: number;
  /** What waits of one session beyond this is taken in by a transaction of its own. */
  partBytesMax: number;
  /** Longer sessions are loaded at their commit; beyond it a commit takes in as much of the oldest as it adds. */
  bytesMax: number;
  /** Without a request for so long, rows are taken in. */
  quietMs: number;
}

/** DuckDB takes in about 130 MiB a second and core: a first query waits some seconds at most. */
export const waitingBounds: Readonly<WaitingBounds> = {
  sessionBytesMin: MiB,
  partBytesMax: 256 * MiB,
  bytesMax: 1024 * MiB,
  quietMs: 500,
};

/** Cells of these types were checked whole when they were decoded; DuckDB takes each of them. */
const sureTypes = new Set<OdpsType['name']>([
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'boolean',
  'float',
  'double',
  'decimal',
  'string',
  'char',
  'varchar',
  'binary',
  'date',
  'datetime',
  'timestamp',
  'timestamp_ntz',
]);
const textTypes = new Set<OdpsType['name']>(['string', 'char', 'varchar']);

/** Whether the rows of `load` may wait, as far as can be told without DuckDB; asked again by `mayWait`. */
export async function couldWait(
  store: Store,
  catalog: Catalog,
  load: Load,
  {rows, bytes}: {rows: number; bytes: number},
  bounds: WaitingBounds,
): Promise<boolean> {
  if (rows === 0 || bytes > bounds.bytesMax || areWide(rows, bytes)) return false;
  if (bytes < bounds.sessionBytesMin && !hasWaiting(catalog, load.table)) return false;
  if (!isSure(load)) return false;
  // Taking them in writes them once more: a commit must not promise what the disk cannot hold.
  return (await store.roomBytes()) >= 2 * (catalog.waiting.bytes + bytes);
}

/** Whether rows that could wait still may, asked within the transaction of their commit. */
export async function mayWait(connection: DuckDBConnection, load: Load): Promise<boolean> {
  if (!isSure(load)) return false;
  return !load.columns.some(isMoment) || (await wideColumns(connection, load.table)).size === 0;
}

function isSure({table, columns, blocks, overwrite, operation}: Load): boolean {
  const now = new Map(table.columns.map(column => [column.id, column.type]));
  const same = (id: string, type: OdpsType) => {
    const other = now.get(id);
    return other === undefined || formatOdpsType(other) === formatOdpsType(type);
  };
  return (
    !overwrite &&
    operation === undefined &&
    table.primaryKey.length === 0 &&
    table.columns.every(column => column.nullable) &&
    table.partitionKeys.every(key => textTypes.has(key.type.name)) &&
    columns.every(({id, type}) => sureTypes.has(type.name) && same(id, type)) &&
    !blocks.some(block => block.nanos)
  );
}

/** Sees to it that the disk has the blocks, not only the system: that they are committed will be on the disk too. */
export async function syncBlocks(folder: string, blocks: readonly Block[]): Promise<void> {
  for (let i = 0; i < blocks.length; i += syncsMax)
    await Promise.all(blocks.slice(i, i + syncsMax).map(({file}) => sync(file)));
  await sync(folder);
}

/** Files that are open for it at once. */
const syncsMax = 16;

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
