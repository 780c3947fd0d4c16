// The chunks of one table that the target does not have yet: read and sent by the workers, cut again where one turns out
// too large, read again where the source that is there now does not contain them (rule C2).
import {must} from '../base/assert.ts';
import {selectList} from '../codec/snapshotTranscoder.ts';
import {chunkFrom, chunkFromLimited, chunkKeyAt, type ChunkBounds} from '../source/chunk.ts';
import {containsGtidSet, parseGtidSet} from '../source/gtidSet.ts';
import {replanChunk} from '../source/planChunks.ts';
import {readGtidExecuted} from '../source/server.ts';
import {chunksMaxToCut, type ChunkSizes} from './chunkSizes.ts';
import {andWhere, pace, slowed, type LoadContext, type TableToLoad} from './loadContext.ts';
import type {ChunkRecord, LoadRecord} from './ledgerTypes.ts';
import type {LoadJob} from './loadJob.ts';
import {commitPart, mayRead} from './loadParts.ts';

type SizedTable = TableToLoad & {sizes: ChunkSizes};

/** A chunk of which nothing was read. */
export function newChunk(bounds: ChunkBounds): ChunkRecord {
  const nothing = {uploaded: false, committed: false, isLeft: false, rows: 0, bytes: 0};
  return {bounds, ...nothing, gtidAfter: ''};
}

/**
 * Loads until every chunk of `load` is in the target and in the source's history. False when one that is committed is
 * not: it cannot be read again by itself.
 */
export async function loadMissing(
  context: LoadContext,
  table: SizedTable,
  load: LoadRecord,
): Promise<boolean> {
  for (;;) {
    if ((await forgetLost(context, table, load)) === 'committed') return false;
    const absent = load.chunks.filter(chunk => !chunk.uploaded);
    if (absent.length === 0) return true;
    const missing = absent.filter(chunk => mayRead(load, chunk));
    if (missing.length === 0) {
      await commitPart(context, table, load);
      continue;
    }
    const results = table.sizes.isAlone()
      ? await oneByOne(missing, chunk => loadChunk(context, table, load, chunk))
      : await Promise.allSettled(missing.map(chunk => loadChunk(context, table, load, chunk)));
    const failed = results.find(result => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/** As Promise.allSettled, each after the one before; nothing is begun after a failure. */
async function oneByOne<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<PromiseSettledResult<void>[]> {
  for (const item of items) {
    const [result] = await Promise.allSettled([work(item)]);
    if (result!.status === 'rejected') return [result!];
  }
  return [];
}

/** Marks chunks whose rows the source no longer knows of: after a failover it may have lost what they were read with. */
async function forgetLost(
  {lanes, log, snapshot}: LoadContext,
  {plan, onRows}: SizedTable,
  load: LoadRecord,
): Promise<'committed' | 'none or open'> {
  const uploaded = load.chunks.filter(chunk => chunk.uploaded && chunk.gtidAfter !== '');
  if (uploaded.length === 0 || snapshot !== null) return 'none or open';
  const executed = parseGtidSet(await lanes.use(readGtidExecuted));
  const lost = uploaded.filter(chunk => !containsGtidSet(executed, parseGtidSet(chunk.gtidAfter)));
  if (lost.some(chunk => chunk.committed)) return 'committed';
  for (const chunk of lost) {
    chunk.uploaded = false;
    onRows(-chunk.rows, -chunk.bytes);
  }
  if (lost.length > 0)
    log.warn(
      {table: plan.baseTable, chunks: lost.length},
      'the source does not contain what these chunks were read with: they are read again',
    );
  return 'none or open';
}

async function loadChunk(
  context: LoadContext,
  table: SizedTable,
  load: LoadRecord,
  chunk: ChunkRecord,
): Promise<void> {
  const {ledger} = context;
  const {chunkId} = chunk.bounds;
  await context.holds.clear(context.stop);
  context.stop.throwIfAborted();
  // The rows, and the position after them.
  await pace(context, {queries: 2});
  const told = {rows: 0, bytes: 0};
  let startedMs = 0;
  const job = jobOf(context, table, load, chunk);
  const result = await context.pool.run(job, {
    isWanted: () => mayRead(load, chunk),
    // Its block may be in this session, so it is read again into this one, however old that is.
    onLost: () => void (chunk.isLeft = true),
    onStart: () => (startedMs = performance.now()),
    onThrottled: slowed(context),
    onProgress: (rows, bytes) => {
      told.rows += rows;
      told.bytes += bytes;
      table.onRows(rows, bytes);
    },
  });
  // It waited until its session was old: the next part has it.
  if (result === null) return;
  const {rows, bytes, gtidAfter, cutAt} = result;
  table.sizes.learn(rows, bytes, performance.now() - startedMs);
  const rest = cutAt === null ? [] : await cutAgain(context, table, load, chunk, cutAt);
  Object.assign(chunk, {uploaded: true, rows, bytes, gtidAfter});
  await ledger.chunkUploaded(table.tableId, chunkId, rows, bytes, gtidAfter);
  table.onRows(rows - told.rows, bytes - told.bytes);
  table.onCounts(result.counts);
  table.onEstimate(estimateOf(load));
  if (!table.sizes.isAlone())
    await Promise.all(rest.map(part => loadChunk(context, table, load, part)));
  else for (const part of rest) await loadChunk(context, table, load, part);
}

/** Rows of the chunks that were read, and as many for each of the others as those have on average. */
function estimateOf({chunks}: LoadRecord): number {
  const read = chunks.filter(chunk => chunk.uploaded);
  const rows = read.reduce((sum, chunk) => sum + chunk.rows, 0);
  return Math.round((rows / read.length) * chunks.length);
}

function jobOf(
  {snapshot, pool}: LoadContext,
  table: SizedTable,
  load: LoadRecord,
  {bounds}: ChunkRecord,
): Omit<LoadJob, 'jobId'> {
  const {plan, start} = table;
  const where = andWhere(table);
  // Without an index to force, an order would be a sort; without an end, what is left could not be planned.
  // Of a load pod that is lost nobody knows where it cut, and its block may still arrive: both reads have to be of one range.
  const canCut =
    !pool.isShared &&
    bounds.index !== null &&
    bounds.high !== null &&
    load.chunks.length < chunksMaxToCut;
  const rowsMax = canCut ? table.sizes.rowsMax() : 0;
  const from = canCut
    ? chunkFromLimited(plan.source, bounds, where, rowsMax)
    : `${chunkFrom(plan.source, bounds)}${where}`;
  return {
    plan,
    sql: `SELECT ${selectList(plan)} ${from}`,
    session: {id: load.sessionId, createdMs: load.createdMs},
    blockId: bounds.chunkId,
    cut: canCut
      ? {rows: rowsMax, keySql: chunkKeyAt(plan.source, bounds, where, rowsMax - 1)}
      : null,
    start,
    inSnapshot: snapshot !== null,
  };
}

/**
 * Makes `chunk` end at `cutAt` and what is left of it chunks of their own, durably and before any of them is marked as
 * read. Gives those.
 */
async function cutAgain(
  context: LoadContext,
  table: SizedTable,
  load: LoadRecord,
  chunk: ChunkRecord,
  cutAt: string[],
): Promise<ChunkRecord[]> {
  const {bounds} = chunk;
  const high = must(bounds.high, 'a chunk that was cut has an end');
  if (cutAt.every((value, i) => value === high[i])) return [];
  const left = {...bounds, low: cutAt};
  const {plan, sizes, tableId} = table;
  const rowsPerChunk = Math.min(sizes.rowsPlanned, sizes.rowsMax());
  const found = await context.lanes.use(async connection => {
    const bounds: ChunkBounds[] = [];
    const parts = replanChunk(connection, plan.source, left, rowsPerChunk, context.signal);
    for await (const part of parts) bounds.push(part);
    return bounds;
  });
  // Ids are given out without a wait in between: other chunks of the table may be cut at the same time.
  const firstId = load.chunks.reduce((max, other) => Math.max(max, other.bounds.chunkId), 0) + 1;
  const parts = found.map((part, i) => newChunk({...part, chunkId: firstId + i}));
  load.chunks.push(...parts);
  chunk.bounds = {...bounds, high: cutAt};
  await context.ledger.cutChunk(
    tableId,
    chunk.bounds,
    parts.map(part => part.bounds),
  );
  return parts;
}
