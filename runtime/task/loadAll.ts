// The full load of every table that has none yet: a bounded number at a time, by one pool of workers. With
// `full.consistency: 'consistent'` all of them are read in one snapshot, opened behind a short lock (rules C2, C3).
import PQueue from 'p-queue';
import {must} from '../base/assert.ts';
import {isSyncError} from '../base/errors.ts';
import type {LockedPosition} from '../source/chunkReader.ts';
import {openAtOneMoment} from '../source/snapshotLock.ts';
import {sourceOptions} from './connections.ts';
import type {Follower} from './follow.ts';
import type {FollowState} from './followState.ts';
import {loadTable} from './fullLoad.ts';
import type {TableRecord} from './ledgerTypes.ts';
import type {LoadContext, TableToLoad} from './loadContext.ts';
import type {LoadPool} from './loadPool.ts';
import {keyOf, type Prepared} from './prepare.ts';
import type {TableProgress} from './progress.ts';
import type {Run} from './runTask.ts';
import {SourceLanes} from './sourceLanes.ts';

/** Tables at a time beyond the workers: while some are planned or committed, others are read. */
const tablesBesideWorkers = 16;
/** A snapshot that was lost is opened anew this often in all. */
const snapshotsMax = 3;

/** One table that is being loaded, and when that is over. */
export interface Loading {
  record: TableRecord;
  over: PromiseWithResolvers<void>;
}

export interface LoadRoom {
  run: Run;
  prepared: Prepared;
  pool: LoadPool;
  follow: FollowState | null;
  follower: Follower | null;
}

/** Loads all of `loading`. Raises the first failure, after all the others have ended. */
export async function loadAll(
  room: LoadRoom,
  loading: ReadonlyMap<number, Loading>,
): Promise<void> {
  if (loading.size === 0) return;
  const {run, pool} = room;
  const {task, log, ended, stop} = run;
  const isConsistent = task.full.consistency === 'consistent';
  await using lanes = new SourceLanes(
    sourceOptions(task, run.secrets),
    task.retry.connectionMinutes,
    ended,
  );
  log.info({tables: loading.size, consistency: task.full.consistency}, 'the full load begins');
  const left = new Set(loading.values());
  for (let snapshots = 1; ; snapshots++) {
    const snapshot = isConsistent ? await openSnapshot(room, left) : null;
    const failure = await loadOnce(room, lanes, snapshot, left);
    if (isConsistent) await pool.stepSnapshot('close').catch(() => undefined);
    if (failure === null) break;
    const isLost = isSyncError(failure) && failure.code === 'SYNC5046';
    if (isLost && snapshots < snapshotsMax && !stop.aborted) {
      log.warn(
        {code: failure.code, tables: left.size},
        'the snapshot was lost: a new one is opened',
      );
      continue;
    }
    for (const {record, over} of left) {
      if (!stop.aborted) run.board.table(record.tableId).state = 'failed';
      over.reject(failure as Error);
    }
    if (!stop.aborted) throw failure;
    return;
  }
  if (!stop.aborted) log.info({tables: loading.size}, 'the full load is done');
}

/** One moment for all workers. What an earlier snapshot read of tables that are not complete is forgotten. */
async function openSnapshot(
  {run, pool}: LoadRoom,
  left: ReadonlySet<Loading>,
): Promise<LockedPosition> {
  const {task, log, ended, stop, ledger, holds, board} = run;
  for (const {record} of left) {
    await ledger.clearLoad(record.tableId);
    startOver(board.table(record.tableId));
  }
  await pool.stepSnapshot('connect');
  const tables = [...left].map(({record}) => record.plan.source);
  const moment = await openAtOneMoment(
    sourceOptions(task, run.secrets),
    tables,
    () => pool.stepSnapshot('open'),
    AbortSignal.any([ended, stop]),
    error => {
      const code = isSyncError(error) ? error.code : '';
      holds.add('snapshot-lock', {code});
      log.warn({code}, 'the lock for one snapshot was not had: it is asked for again');
    },
  );
  holds.remove('snapshot-lock');
  const {lock, heldMs, gtidSet, file, offset} = moment;
  log.info({lock, heldMs: Math.round(heldMs), gtidSet, file, offset}, 'one snapshot is open');
  return {gtidSet, file, offset};
}

/** Loads what is left; takes away what is complete. Gives the first failure once nothing runs any more. */
async function loadOnce(
  room: LoadRoom,
  lanes: SourceLanes,
  snapshot: LockedPosition | null,
  left: Set<Loading>,
): Promise<unknown> {
  const {run, prepared, pool} = room;
  const {client, ledger, log, ended: signal, holds, stop} = run;
  const throttle = run.throttles.full;
  const context: LoadContext = {
    client,
    ledger,
    pool,
    lanes,
    log,
    signal,
    stop,
    holds,
    throttle,
    snapshot,
  };
  const begun = new Map(
    snapshot === null ? prepared.state.loads.map(load => [load.tableId, load]) : [],
  );
  const queue = new PQueue({concurrency: pool.workersMax + tablesBesideWorkers});
  let failure: unknown = null;
  await queue.addAll(
    [...left].map(one => async () => {
      // The first failure ends the load; what is already being read is finished.
      if (failure !== null || stop.aborted) return;
      try {
        await run.making?.made(one.record.tableId);
        const table = {
          ...describe(room, one),
          begun: begun.get(one.record.tableId) ?? null,
        };
        const startedMs = performance.now();
        one.record.loadEnd = await loadTable(context, table);
        complete(room, one, performance.now() - startedMs);
        left.delete(one);
      } catch (error) {
        failure ??= error;
      }
    }),
  );
  return failure ?? (left.size > 0 ? stop.reason : null);
}

function describe(room: LoadRoom, {record}: Loading): Omit<TableToLoad, 'begun'> {
  const {run, prepared, follow} = room;
  const {tableId, plan} = record;
  const key = keyOf(record.database, record.table);
  const shown = run.board.table(tableId);
  run.board.startLoad(tableId);
  return {
    tableId,
    plan,
    whereSql: prepared.planned.get(key)?.rule?.whereSql ?? null,
    start: must(record.done ?? prepared.state.position, 'a table joins at a position'),
    onRows: (rows, bytes) => {
      shown.rowsLoaded += rows;
      shown.bytesLoaded += bytes;
    },
    onEstimate: rows => void (shown.rowsEstimated = rows),
    onCounts: ({zeroDates, overLong, invalidText}) => {
      shown.policies.zeroDates += zeroDates;
      shown.policies.overLong += overLong;
      shown.policies.invalidText += invalidText;
    },
    onStartOver: () => startOver(shown),
    onLocked: async position => {
      const before = must(record.done, 'a table joins at a position');
      const done = {...before, ...position, fingerprint: null};
      record.done = done;
      const followed = follow?.tables.get(key);
      if (followed !== undefined) followed.done = followed.storedDone = done;
      await run.ledger.setDone(tableId, done);
    },
  };
}

function startOver(shown: TableProgress): void {
  shown.rowsLoaded = 0;
  shown.bytesLoaded = 0;
  shown.policies = {zeroDates: 0, overLong: 0, invalidText: 0};
}

function complete(
  {run, follow, follower}: LoadRoom,
  {record, over}: Loading,
  elapsedMs: number,
): void {
  const shown = run.board.table(record.tableId);
  shown.state = 'loaded';
  shown.rowsEstimated = shown.rowsLoaded;
  const {rowsLoaded: rows, bytesLoaded: bytes} = shown;
  const seconds = Math.round(elapsedMs / 10) / 100;
  run.log.info({table: record.plan.baseTable, rows, bytes, seconds}, 'a table is loaded');
  over.resolve();
  const followed = follow?.tables.get(keyOf(record.database, record.table));
  if (followed !== undefined && !followed.listening) follower?.listenTo(followed);
}
