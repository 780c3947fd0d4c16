// Rows that were committed and that DuckDB's table does not have yet. Their blocks stand on the disk; the first use of the
// table, or a quiet moment, takes them in (freshTables.ts, quietIntake.ts). That they wait is noted in DuckDB, in the
// transaction of their commit, and ends in the one that takes them in: so none is lost and none comes twice.
// Only rows that nothing can refuse any more may wait (mayWait.ts).
import {rm} from 'node:fs/promises';
import path from 'node:path';
import type {DuckDBConnection} from '@duckdb/node-api';
import {formatOdpsType, parseOdpsType} from '../codec/odpsType.ts';
import type {Block} from './blocks.ts';
import type {Catalog, Table, TableColumn} from './catalog.ts';
import {loadBlocks, type Load} from './loadBlocks.ts';
import {sessionFolder, type Session} from './sessions.ts';
import {afterTransaction, queryRows, textLiteral, type Store} from './store.ts';

/** Rows of one session: all of them, or where they are many, those of some of its blocks. */
export interface WaitingRows {
  /** Rises with every commit. */
  number: number;
  session: string;
  tableId: string;
  columns: TableColumn[];
  partition: string[] | null;
  blocks: Block[];
  bytes: number;
}

export interface Waiting {
  /** By table id, in the order of their commits. */
  byTable: Map<string, WaitingRows[]>;
  /** Ids of the sessions, whose folders stay. */
  sessions: Set<string>;
  bytes: number;
  lastNumber: number;
  /** Settled when the folders of those taken in are gone. */
  removals: Promise<void>;
}

/** Nothing waits. */
export function noWaiting(): Waiting {
  const [byTable, sessions] = [new Map<string, WaitingRows[]>(), new Set<string>()];
  return {byTable, sessions, bytes: 0, lastNumber: 0, removals: Promise.resolve()};
}

/** Reads what waited when the endpoint ended. */
export async function openWaiting(store: Store, waiting: Waiting): Promise<void> {
  const rows = await store.read(connection =>
    queryRows(connection, 'SELECT number, body FROM synctask_meta.waiting ORDER BY number'),
  );
  for (const {number, body} of rows) enter(waiting, parseRows(store, Number(number), String(body)));
}

/** Whether rows of `table` wait. */
export function hasWaiting({waiting}: Catalog, {id}: Pick<Table, 'id'>): boolean {
  return waiting.byTable.has(id);
}

/**
 * Notes that the rows of `load`, `bytes` in all, wait, within the transaction of their commit; parts of `partBytesMax` are
 * taken in on their own.
 */
export async function noteWaiting(
  connection: DuckDBConnection,
  {waiting}: Catalog,
  session: Session,
  load: Load,
  bytes: number,
  partBytesMax: number,
): Promise<void> {
  const {table, columns, partition} = load;
  const all = load.blocks.filter(block => block.rows > 0);
  const count = Math.min(all.length, Math.ceil(bytes / partBytesMax));
  for (let part = 0; part < count; part++) {
    const number = ++waiting.lastNumber;
    const blocks = all.slice((all.length * part) / count, (all.length * (part + 1)) / count);
    const rows: WaitingRows = {
      number,
      session: session.id,
      tableId: table.id,
      columns,
      partition,
      blocks,
      bytes: Math.round((bytes * blocks.length) / all.length),
    };
    const values = [number, textLiteral(table.id), textLiteral(formatRows(rows))];
    await connection.run(`INSERT INTO synctask_meta.waiting VALUES (${values.join(', ')})`);
    afterTransaction(connection, committed => {
      if (committed) enter(waiting, rows);
    });
  }
}

/** Takes in what waits for `table`, within the caller's transaction: the oldest, until `bytesMax` of them are taken. */
export async function takeIn(
  connection: DuckDBConnection,
  store: Store,
  {waiting}: Catalog,
  table: Table,
  bytesMax = Infinity,
): Promise<void> {
  const taken: WaitingRows[] = [];
  let bytes = 0;
  for (const rows of waiting.byTable.get(table.id) ?? []) {
    if (taken.length > 0 && bytes + rows.bytes > bytesMax) break;
    taken.push(rows);
    bytes += rows.bytes;
  }
  if (taken.length === 0) return;
  for (const load of loadsOf(table, taken)) await loadBlocks(connection, load);
  await forget(connection, store, waiting, taken);
}

/** Takes in the oldest rows of any table, at least `bytesMin` of them where there are so many. */
export async function takeOldest(
  connection: DuckDBConnection,
  store: Store,
  catalog: Catalog,
  bytesMin: number,
): Promise<void> {
  const all = [...catalog.waiting.byTable.values()].flat().toSorted((a, b) => a.number - b.number);
  const wish = new Map<string, number>();
  let bytes = 0;
  for (const rows of all) {
    if (bytes >= bytesMin) break;
    bytes += rows.bytes;
    wish.set(rows.tableId, (wish.get(rows.tableId) ?? 0) + rows.bytes);
  }
  for (const table of catalog.tables.values()) {
    const bytesMax = wish.get(table.id);
    if (bytesMax !== undefined) await takeIn(connection, store, catalog, table, bytesMax);
  }
}

/** Forgets what waits for `table`, within the transaction that drops it. */
export async function forgetWaiting(
  connection: DuckDBConnection,
  store: Store,
  {waiting}: Catalog,
  {id}: Table,
): Promise<void> {
  await forget(connection, store, waiting, waiting.byTable.get(id) ?? []);
}

/** Sessions of the same columns and partition that follow each other are loaded together. */
function loadsOf(table: Table, taken: WaitingRows[]): Load[] {
  const loads: Load[] = [];
  let shape = '';
  for (const {columns, partition, blocks} of taken) {
    const same = JSON.stringify([columns, partition]);
    if (same === shape) loads.at(-1)!.blocks.push(...blocks);
    else loads.push({table, columns, partition, overwrite: false, blocks: [...blocks]});
    shape = same;
  }
  return loads;
}

async function forget(
  connection: DuckDBConnection,
  store: Store,
  waiting: Waiting,
  gone: WaitingRows[],
): Promise<void> {
  if (gone.length === 0) return;
  const numbers = gone.map(({number}) => number).join(', ');
  await connection.run(`DELETE FROM synctask_meta.waiting WHERE number IN (${numbers})`);
  afterTransaction(connection, committed => {
    if (committed) for (const rows of gone) leave(store, waiting, rows);
  });
}

function enter(waiting: Waiting, rows: WaitingRows): void {
  waiting.byTable.set(rows.tableId, [...(waiting.byTable.get(rows.tableId) ?? []), rows]);
  waiting.sessions.add(rows.session);
  waiting.bytes += rows.bytes;
  waiting.lastNumber = Math.max(waiting.lastNumber, rows.number);
}

function leave(store: Store, waiting: Waiting, rows: WaitingRows): void {
  const left = waiting.byTable.get(rows.tableId)!.filter(other => other !== rows);
  if (left.length > 0) waiting.byTable.set(rows.tableId, left);
  else waiting.byTable.delete(rows.tableId);
  waiting.bytes -= rows.bytes;
  if (left.some(other => other.session === rows.session)) return;
  waiting.sessions.delete(rows.session);
  const folder = sessionFolder(store, rows.session);
  // What a failure leaves behind is removed at the next start.
  const removal = rm(folder, {recursive: true, force: true}).catch(() => undefined);
  waiting.removals = Promise.all([waiting.removals, removal]).then(() => undefined);
}

function formatRows({session, tableId, columns, partition, blocks, bytes}: WaitingRows): string {
  const types = columns.map(column => ({...column, type: formatOdpsType(column.type)}));
  const files = blocks.map(block => ({...block, file: path.basename(block.file)}));
  return JSON.stringify({session, tableId, columns: types, partition, blocks: files, bytes});
}

function parseRows(store: Store, number: number, body: string): WaitingRows {
  const stored = JSON.parse(body) as Omit<WaitingRows, 'number' | 'columns'> & {
    columns: (Omit<TableColumn, 'type'> & {type: string})[];
  };
  const folder = sessionFolder(store, stored.session);
  return {
    ...stored,
    number,
    columns: stored.columns.map(column => ({...column, type: parseOdpsType(column.type)})),
    blocks: stored.blocks.map(block => ({...block, file: path.join(folder, block.file)})),
  };
}
