// The full load of one table (rule C4): chunks planned and stored, each read and sent by a worker, one commit at the end.
// What was interrupted goes on from the server's block list and the ledger's chunks; what cannot be told is loaded anew.
import {fail, isSyncError} from '../base/errors.ts';
import {selectList} from '../codec/snapshotTranscoder.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import type {TargetClient} from '../sink/client.ts';
import {UploadSession} from '../sink/uploadSession.ts';
import {readTable, shapeOf} from '../source/catalog.ts';
import {chunkFrom, type ChunkBounds} from '../source/chunk.ts';
import type {LockedPosition} from '../source/chunkReader.ts';
import {planChunks} from '../source/planChunks.ts';
import {formatGtidSet, parseGtidSet, uniteGtidSets} from '../source/gtidSet.ts';
import {readGtidExecuted} from '../source/server.ts';
import {chunkSizes, type ChunkSizes} from './chunkSizes.ts';
import type {LoadRecord} from './ledgerTypes.ts';
import {andWhere, pace, slowed, type LoadContext, type TableToLoad} from './loadContext.ts';
import {loadMissing, newChunk} from './loadMissing.ts';
import {openBlocks, openNextPart} from './loadParts.ts';

/** A load whose session was lost starts over this often. */
const startsMax = 3;

/** Loads `table` and commits its base. Returns the GTID set after its last row. */
export async function loadTable(context: LoadContext, table: TableToLoad): Promise<string> {
  let begun = table.begun;
  for (let starts = 1; ; starts++) {
    try {
      if (table.plan.key === null) return await loadLocked(context, table);
      const loadEnd = await loadChunks(context, table, begun);
      if (loadEnd !== null) return loadEnd;
    } catch (error) {
      const lost = isSyncError(error) && lostSession.has(error.code);
      if (!lost || starts >= startsMax) throw error;
      context.log.warn({table: table.plan.baseTable, code: error.code}, 'the load starts over');
    }
    await context.ledger.clearLoad(table.tableId);
    table.onStartOver();
    begun = null;
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

/** Null when the load has to start over: a failover took what a committed part was read with. */
async function loadChunks(
  context: LoadContext,
  table: TableToLoad,
  begun: LoadRecord | null,
): Promise<string | null> {
  const {client, ledger, signal, log} = context;
  const sizes = chunkSizes(table.plan, context.throttle, context.pool.workersMax);
  const load = begun ?? (await startLoad(context, table, sizes));
  if (load === null) return endEmpty(context, table);
  // A session made just now is open and empty.
  const isDone = begun !== null && (await readBegun(context, table, load));
  if (!isDone) {
    if (!(await loadMissing(context, {...table, sizes}, load))) {
      log.warn(
        {table: table.plan.baseTable},
        'the source lost what is committed: the load starts over',
      );
      return null;
    }
    const blocks = openBlocks(load);
    if (blocks.length > 0) await sessionOf(client, table, load).commit(blocks, signal);
  }
  const sets = load.chunks.map(chunk => parseGtidSet(chunk.gtidAfter));
  // A block of a load pod that was given up may have arrived after all, read later than the one that was waited for: nothing
  // that the commit shows was read after this.
  if (context.pool.isShared) sets.push(parseGtidSet(await context.lanes.use(readGtidExecuted)));
  const loadEnd = formatGtidSet(sets.reduce(uniteGtidSets));
  await ledger.endLoad(
    table.tableId,
    loadEnd,
    load.chunks.reduce((sum, chunk) => sum + chunk.rows, 0),
  );
  return loadEnd;
}

function sessionOf(
  client: TargetClient,
  {plan}: TableToLoad,
  {sessionId: id, createdMs}: LoadRecord,
): UploadSession {
  return UploadSession.known(client, plan.baseTable, {id, createdMs});
}

/** Whether an interrupted load was committed as a whole; else forgets the blocks that did not arrive. */
async function readBegun(
  context: LoadContext,
  table: TableToLoad,
  load: LoadRecord,
): Promise<boolean> {
  const {client, signal} = context;
  const session = sessionOf(client, table, load);
  const {status, blocks} = await session.status(signal);
  if (status === 'NORMAL') {
    const there = new Set(blocks);
    for (const chunk of load.chunks.filter(({committed}) => !committed)) {
      const isThere = there.has(chunk.bounds.chunkId);
      chunk.isLeft = isThere && !chunk.uploaded;
      chunk.uploaded &&= isThere;
    }
    return false;
  }
  // Closed or about to be: what is in it is what the ledger says, whatever its block list says now.
  await session.commit(openBlocks(load), signal);
  if (load.chunks.every(chunk => chunk.uploaded)) return true;
  await openNextPart(context, table, load);
  return false;
}

/** Plans every chunk and stores them with the session, before the first row is read. Null for an empty table. */
async function startLoad(
  context: LoadContext,
  table: TableToLoad,
  sizes: ChunkSizes,
): Promise<LoadRecord | null> {
  const {client, ledger, signal, lanes} = context;
  const {plan, tableId} = table;
  const bounds = await lanes.use(async connection => {
    const found: ChunkBounds[] = [];
    const columns = plan.source.key!.columns;
    const chunks = planChunks(connection, plan.source, columns, sizes.rowsPlanned, signal);
    for await (const chunk of chunks) {
      found.push(chunk);
      await pace(context, {queries: 1});
    }
    return found;
  });
  // A snapshot may hold rows beyond the greatest key of this moment.
  if (context.snapshot !== null) openEnd(bounds);
  if (bounds.length === 0) return null;
  const session = await UploadSession.create(client, plan.baseTable, {
    partition: null,
    overwrite: true,
    signal,
  });
  await ledger.startLoad(tableId, session.id, session.createdMs, bounds);
  const chunks = bounds.map(newChunk);
  return {tableId, sessionId: session.id, createdMs: session.createdMs, chunks};
}

function openEnd(bounds: ChunkBounds[]): void {
  const last = bounds.at(-1);
  if (last === undefined)
    bounds.push({chunkId: 0, index: null, columns: [], low: null, high: null});
  else last.high = null;
}

async function endEmpty(context: LoadContext, table: TableToLoad): Promise<string> {
  const loadEnd = await context.lanes.use(readGtidExecuted);
  await context.ledger.endLoad(table.tableId, loadEnd, 0);
  return loadEnd;
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
  const begin = (position: LockedPosition): Promise<unknown> => {
    const begun = Promise.all([table.onLocked(position), refuseAltered(context, plan.source)]);
    begun.catch(() => undefined);
    return begun;
  };
  let begun = context.snapshot === null ? null : begin(context.snapshot);
  let rowsTold = 0;
  const isCommon = context.snapshot !== null;
  let gtidSet = context.snapshot?.gtidSet ?? '';
  const running = pool.run(
    {
      plan,
      sql,
      session: {id: session.id, createdMs: session.createdMs},
      blockId: null,
      cut: null,
      start: table.start,
      inSnapshot: isCommon,
    },
    {
      onLocked: position => {
        gtidSet = position.gtidSet;
        begun = begin(position);
      },
      onThrottled: slowed(context),
      onProgress: (rows, bytes) => {
        rowsTold += rows;
        table.onRows(rows, bytes);
      },
    },
  );
  const result = await running.catch(async (error: unknown) => {
    // What another table's rows did to the read or in the target is told as what it comes from.
    await begun;
    throw error;
  });
  if (begun === null || result === null)
    throw fail('SYNC5041', {reason: 'it told no position of its read'});
  await begun;
  await session.commit(result.blocks, signal);
  table.onRows(result.rows - rowsTold, 0);
  table.onCounts(result.counts);
  await ledger.endLoad(tableId, gtidSet, result.rows);
  return gtidSet;
}

/**
 * SYNC2131 when the table is not what was planned: its log begins at the snapshot, behind any change before that. A change
 * after the snapshot is refused with it, or by the read itself.
 */
async function refuseAltered({lanes}: LoadContext, planned: SourceTable): Promise<void> {
  const now = await lanes.use(connection => readTable(connection, planned));
  if (now !== null && shapeOf(now) === shapeOf(planned)) return;
  throw fail('SYNC2131', {table: `${planned.database}.${planned.name}`});
}
