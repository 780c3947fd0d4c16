// Reads the rows of one chunk as raw binary packets; for a table without a key, under a short lock (rule C3).
import {setTimeout as sleep} from 'node:timers/promises';
import {fail} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import type {SourceConnection} from './connection.ts';
import {containsGtidSet, parseGtidSet} from './gtidSet.ts';
import {quoteTable} from './literal.ts';
import type {AfterBatch, RawConnection, TakeRows} from './rawConnection.ts';
import {readBinlogPlace} from './server.ts';
import {waitUntilVisible} from './visiblePlace.ts';

export interface ChunkRead {
  rows: number;
  /** Bytes from the socket, protocol included. */
  bytes: number;
}

/** Where the rows of a locked read stand in the binlog: everything in them is before, the log of the table begins after. */
export interface LockedPosition {
  gtidSet: string;
  file: string;
  offset: number;
}

/**
 * Runs `sql` and gives each row's packet: input[at] is the 0x00 byte, the NULL bitmap follows; valid only during the
 * call. `takeRows` may take rows by the chunk before. `afterBatch` runs after each socket read and may hold the source back with a promise. After an abort or an
 * error of `onRow` the reader is not usable any more.
 */
export async function readChunk(
  reader: RawConnection,
  {sql}: {sql: string},
  onRow: (input: Buffer, at: number, end: number) => void,
  afterBatch: AfterBatch | null,
  signal: AbortSignal,
  takeRows: TakeRows | null = null,
): Promise<ChunkRead> {
  signal.throwIfAborted();
  const bytesBefore = reader.bytesRead;
  const cut = () => void reader.close();
  signal.addEventListener('abort', cut, {once: true});
  try {
    const statement = await reader.prepare(sql);
    const rows = await reader.execute(statement, onRow, afterBatch, takeRows);
    reader.closeStatement(statement);
    return {rows, bytes: reader.bytesRead - bytesBefore};
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

/** What the server has executed, as seen after the last row that `reader` read (C of rule C2). */
export async function readGtidAfter(reader: RawConnection): Promise<string> {
  const [row] = await reader.query(`SELECT ${reader.dialect.executed}`);
  return (row?.[0] ?? '').replaceAll('\n', '');
}

/** The name of the server that `reader` reads. */
export async function readServerUuid(reader: RawConnection): Promise<string> {
  const [row] = await reader.query(`SELECT ${reader.dialect.identity}`);
  return row?.[0] ?? '';
}

/** How long a server that is behind is waited for at once; then it is trouble, and tried again. */
const startWaitSeconds = 30;
const lookMs = 200;

/**
 * Waits until the server of `reader`, another one than that of `start`, holds everything that one had executed when the
 * load began (rule C2). SYNC2117 when it does not.
 */
export async function waitForStart(
  reader: RawConnection,
  start: {serverUuid: string; gtidSet: string},
): Promise<void> {
  const {serverUuid: began, gtidSet} = start;
  if (gtidSet !== '' && (await hasExecuted(reader, gtidSet))) return;
  const {server} = reader;
  throw fail('SYNC2117', {server, began, gtidSet}, undefined, {where: `source ${server}`});
}

/** Whether the server executes all of `gtidSet` within the wait, and snapshots see it. */
async function hasExecuted(reader: RawConnection, gtidSet: string): Promise<boolean> {
  const {waitsForGtids, isMariadb, binlogStatusSql} = reader.dialect;
  if (waitsForGtids) {
    const [row] = await reader.query(
      `SELECT WAIT_FOR_EXECUTED_GTID_SET('${gtidSet}', ${startWaitSeconds})`,
    );
    return row?.[0] === '0';
  }
  const wanted = parseGtidSet(gtidSet);
  const untilMs = performance.now() + startWaitSeconds * secondMs;
  while (!containsGtidSet(parseGtidSet(await readGtidAfter(reader)), wanted)) {
    if (performance.now() >= untilMs) return false;
    await sleep(lookMs);
  }
  if (!isMariadb) return true;
  const [end] = await reader.query(binlogStatusSql);
  const place = {file: end?.[0] ?? '', offset: Number(end?.[1] ?? 0)};
  await waitUntilVisible({server: reader.server, ask: sql => reader.query(sql)}, place);
  return true;
}

/**
 * Opens a consistent snapshot on `reader` while `lock` keeps writers of `table` out, and tells where it stands.
 * The lock is held for two queries. Writers that hold the table make this fail with SYNC2009 after the lock wait.
 */
export async function openLockedSnapshot(
  lock: SourceConnection,
  reader: RawConnection,
  table: SourceTable,
): Promise<LockedPosition> {
  await lock.query(`LOCK TABLES ${quoteTable(table)} READ`);
  try {
    await reader.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    return await readBinlogPlace(lock);
  } finally {
    await lock.query('UNLOCK TABLES');
  }
}

/** One whole table read under `openLockedSnapshot`, and its place in the binlog. */
export async function readUnderLock(
  lock: SourceConnection,
  reader: RawConnection,
  table: SourceTable,
  {sql}: {sql: string},
  onRow: (input: Buffer, at: number, end: number) => void,
  afterBatch: AfterBatch | null,
  signal: AbortSignal,
): Promise<ChunkRead & {position: LockedPosition}> {
  const position = await openLockedSnapshot(lock, reader, table);
  const read = await readChunk(reader, {sql}, onRow, afterBatch, signal);
  await reader.query('COMMIT');
  return {...read, position};
}
