// The full load of one table (rule C4): chunks planned and stored, each read and sent by a worker, one commit at the end.
// What was interrupted goes on from the server's block list and the ledger's chunks; what cannot be told is loaded anew.
import {fail, isSyncError} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import {MiB} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {selectList} from '../codec/snapshotTranscoder.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {TargetClient} from '../sink/client.ts';
import {UploadSession} from '../sink/uploadSession.ts';
import {chunkFrom, type ChunkBounds} from '../source/chunk.ts';
import {planChunks} from '../source/planChunks.ts';
import type {LockedPosition} from '../source/chunkReader.ts';
import {SourceConnection, type SourceOptions} from '../source/connection.ts';
import {formatGtidSet, parseGtidSet, uniteGtidSets} from '../source/gtidSet.ts';
import {readGtidExecuted} from '../source/server.ts';
import type {Holds} from './holds.ts';
import type {Ledger} from './ledger.ts';
import type {ChunkRecord, LoadRecord} from './ledgerTypes.ts';
import type {LoadPool} from './loadPool.ts';
import {bookAll, rateOf, type PhaseThrottle} from './throttle.ts';

/** Uncompressed bytes that a chunk aims at: large enough for a good block, small enough for a worker's memory. */
const chunkBytes = 32 * MiB;
const chunkRowsMin = 5_000;
const chunkRowsMax = 500_000;
/** Blocks of a session are at most 20,000; the estimate of the rows may be off by a quarter. */
const chunksMax = 15_000;
/** Bytes of a row when the server has no estimate yet. */
const rowBytesDefault = 200;
/** What a chunk may take under `full.throttle`. */
const throttledChunkSeconds = 10;
/** A load whose session was lost starts over this often. */
const startsMax = 3;

export interface LoadContext {
  client: TargetClient;
  ledger: Ledger;
  pool: LoadPool;
  source: SourceOptions;
  log: Log;
  /** Ends everything at once. */
  signal: AbortSignal;
  /** No chunk is begun any more; those being read are finished. */
  stop: AbortSignal;
  holds: Holds;
  /** Shared with the workers, which keep its rows and bytes; queries are counted here. */
  throttle: PhaseThrottle;
}

export interface TableToLoad {
  tableId: number;
  plan: TablePlan;
  /** The condition that its rows meet; null for all. */
  whereSql: string | null;
  /** What an earlier runtime left; null when nothing was begun. */
  begun: LoadRecord | null;
  onRows: (rows: number) => void;
  /** All rows read so far are read again. */
  onStartOver: () => void;
  /** A table without a key stands here in the binlog (rule C3). */
  onLocked: (position: LockedPosition) => Promise<void>;
}

/** Loads `table` and commits its base. Returns the GTID set after its last row. */
export async function loadTable(context: LoadContext, table: TableToLoad): Promise<string> {
  let begun = table.begun;
  for (let starts = 1; ; starts++) {
    try {
      if (table.plan.key === null) return await loadLocked(context, table);
      return await loadChunks(context, table, begun);
    } catch (error) {
      const lost = isSyncError(error) && lostSession.has(error.code);
      if (!lost || starts >= startsMax) throw error;
      context.log.warn({table: table.plan.baseTable, code: error.code}, 'the load starts over');
      await context.ledger.clearLoad(table.tableId);
      table.onStartOver();
      begun = null;
    }
  }
}

/** A block in doubt, blocks that do not fit, and sessions that ended: an overwriting session of our own table is simply made anew. */
const lostSession: ReadonlySet<string> = new Set([
  'SYNC4013',
  'SYNC4014',
  'SYNC4015',
  'SYNC4042',
  'SYNC4043',
]);

async function loadChunks(
  context: LoadContext,
  table: TableToLoad,
  begun: LoadRecord | null,
): Promise<string> {
  const {client, ledger, signal} = context;
  const load = begun ?? (await startLoad(context, table));
  if (load === null) return endEmpty(context, table);
  const session = await UploadSession.reopen(
    client,
    table.plan.baseTable,
    load.sessionId,
    null,
    signal,
  );
  const {status, blocks} = await session.status(signal);
  const there = new Set(blocks);
  // A closed session is done whatever its block list says now.
  const missing =
    status === 'CLOSED'
      ? []
      : load.chunks.filter(chunk => !chunk.uploaded || !there.has(chunk.bounds.chunkId));
  const results = await Promise.allSettled(
    missing.map(chunk => loadChunk(context, table, load, chunk)),
  );
  const failed = results.find(result => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  if (status !== 'CLOSED') {
    await ledger.loadIntent(table.tableId);
    await session.commit(
      load.chunks.map(chunk => chunk.bounds.chunkId),
      signal,
    );
  }
  const sets = load.chunks.map(chunk => parseGtidSet(chunk.gtidAfter));
  const loadEnd = formatGtidSet(sets.reduce(uniteGtidSets));
  await ledger.endLoad(
    table.tableId,
    loadEnd,
    load.chunks.reduce((sum, chunk) => sum + chunk.rows, 0),
  );
  return loadEnd;
}

/** Plans every chunk and stores them with the session, before the first row is read. Null for an empty table. */
async function startLoad(context: LoadContext, table: TableToLoad): Promise<LoadRecord | null> {
  const {client, ledger, signal, source} = context;
  const {plan, tableId} = table;
  const bounds: ChunkBounds[] = [];
  {
    await using connection = await SourceConnection.open(source, signal);
    for await (const chunk of planChunks(
      connection,
      plan.source,
      plan.source.key!.columns,
      rowsPerChunk(plan, context.throttle),
      signal,
    )) {
      bounds.push(chunk);
      await pace(context, {queries: 1});
    }
  }
  if (bounds.length === 0) return null;
  const session = await UploadSession.create(client, plan.baseTable, {
    partition: null,
    overwrite: true,
    signal,
  });
  await ledger.startLoad(tableId, session.id, session.createdMs, bounds);
  const chunks = bounds.map((b): ChunkRecord => ({
    bounds: b,
    uploaded: false,
    rows: 0,
    bytes: 0,
    gtidAfter: '',
  }));
  return {tableId, sessionId: session.id, createdMs: session.createdMs, committing: false, chunks};
}

async function endEmpty(context: LoadContext, table: TableToLoad): Promise<string> {
  await using connection = await SourceConnection.open(context.source, context.signal);
  const loadEnd = await readGtidExecuted(connection);
  await context.ledger.endLoad(table.tableId, loadEnd, 0);
  return loadEnd;
}

async function loadChunk(
  context: LoadContext,
  table: TableToLoad,
  load: LoadRecord,
  chunk: ChunkRecord,
): Promise<void> {
  const {bounds} = chunk;
  const sql = `SELECT ${selectList(table.plan)} ${chunkFrom(table.plan.source, bounds)}${andWhere(table)}`;
  const session = {id: load.sessionId, createdMs: load.createdMs};
  const job = {plan: table.plan, sql, session, blockId: bounds.chunkId};
  let told = 0;
  await context.holds.clear(context.stop);
  context.stop.throwIfAborted();
  // The rows, and the position after them.
  await pace(context, {queries: 2});
  const {rows, bytes, gtidAfter} = await context.pool.run(job, {
    onThrottled: slowed(context),
    onProgress: more => {
      told += more;
      table.onRows(more);
    },
  });
  Object.assign(chunk, {uploaded: true, rows, bytes, gtidAfter});
  await context.ledger.chunkUploaded(table.tableId, bounds.chunkId, rows, bytes, gtidAfter);
  table.onRows(rows - told);
}

/** A table without a key: one consistent read, one session, one commit; an interruption starts it over (rule C3). */
async function loadLocked(context: LoadContext, table: TableToLoad): Promise<string> {
  const {client, ledger, pool, signal} = context;
  const {plan, tableId} = table;
  const session = await UploadSession.create(client, plan.baseTable, {
    partition: null,
    overwrite: true,
    signal,
  });
  const whole: ChunkBounds = {chunkId: 0, index: null, columns: [], low: null, high: null};
  const sql = `SELECT ${selectList(plan)} ${chunkFrom(plan.source, whole)}${andWhere(table)}`;
  let stored: Promise<void> | null = null;
  let rowsTold = 0;
  let gtidSet = '';
  const result = await pool.run(
    {plan, sql, session: {id: session.id, createdMs: session.createdMs}, blockId: null},
    {
      onLocked: position => {
        gtidSet = position.gtidSet;
        stored = table.onLocked(position);
        stored.catch(() => undefined);
      },
      onThrottled: slowed(context),
      onProgress: rows => {
        rowsTold += rows;
        table.onRows(rows);
      },
    },
  );
  if (stored === null) throw fail('SYNC5041', {reason: 'it told no position of its read'});
  await stored;
  await session.commit(result.blocks, signal);
  table.onRows(result.rows - rowsTold);
  await ledger.endLoad(tableId, gtidSet, result.rows);
  return gtidSet;
}

/** Waits as long as the limit of queries wants. */
async function pace(context: LoadContext, amounts: {queries: number}): Promise<void> {
  const waitMs = bookAll(context.throttle, amounts);
  if (waitMs === 0) return;
  slowed(context)(waitMs);
  await wait(waitMs, context.stop);
}

/** Tells that the load waits for its limits. */
function slowed({holds}: LoadContext): (waitMs: number) => void {
  return waitMs => holds.slow('throttle-full', waitMs);
}

function andWhere({whereSql}: TableToLoad): string {
  return whereSql === null ? '' : ` AND ${whereSql}`;
}

function rowsPerChunk(plan: TablePlan, throttle: PhaseThrottle): number {
  const {rowsEstimated, bytesEstimated} = plan.source;
  const rowBytes =
    rowsEstimated > 0 && bytesEstimated > 0 ? bytesEstimated / rowsEstimated : rowBytesDefault;
  const bySize = Math.min(chunkRowsMax, Math.max(chunkRowsMin, Math.floor(chunkBytes / rowBytes)));
  // A chunk that was begun is finished before a stop: a limit makes chunks as much smaller as it makes them slower.
  const byRate = Math.min(
    rateOf(throttle.rows) * throttledChunkSeconds,
    (rateOf(throttle.bytes) * throttledChunkSeconds) / rowBytes,
  );
  const wanted = Math.max(1, Math.floor(Math.min(bySize, byRate)));
  return Math.max(wanted, Math.ceil(rowsEstimated / chunksMax));
}
