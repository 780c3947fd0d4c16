// Loading and following side by side (rule C14): changes are read from each table's position while its base is copied.
import {must} from '../base/assert.ts';
import {minuteMs, MiB, secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {
  containsGtidSet,
  formatGtidSet,
  parseGtidSet,
  uniteGtidSets,
  type GtidSet,
} from '../source/gtidSet.ts';
import {withCharset} from '../source/addedCharset.ts';
import {chooseServerId} from '../source/serverId.ts';
import {phaseOf} from './board.ts';
import {askSource, sourceOptions} from './connections.ts';
import {followedTable, type FollowedTable} from './followedTable.ts';
import {startFollow, type Follower} from './follow.ts';
import {
  checkpointAfter,
  createFollowState,
  currentPosition,
  type FollowLimits,
  type FollowState,
} from './followState.ts';
import type {TableRecord} from './ledgerTypes.ts';
import {loadAll, type Loading} from './loadAll.ts';
import type {LoadPool} from './loadPool.ts';
import type {Again} from './again.ts';
import {keyOf, writePlans, type Prepared} from './prepare.ts';
import type {Run} from './runTask.ts';
import {relayDir, removeRelayLog} from './relay.ts';
import {schemaBarrier} from './schemaBarrier.ts';
import {createSender} from './sender.ts';
import {writeBytes, writeMs} from './streamBatch.ts';

/** How often it is looked whether the log has caught up with the loads. */
const lookMs = 100;

/** Runs both until told to stop, or until the load is done where nothing is followed. */
export async function loadAndFollow(
  run: Run,
  prepared: Prepared,
  room: {pool: LoadPool; again: Again},
): Promise<'done' | 'stopped'> {
  const {task, board, stop} = run;
  const {pool, again} = room;
  const {state} = prepared;
  const loading = new Map<number, Loading>();
  for (const record of state.tables) {
    showTable(run, record);
    if (record.state === 'loading')
      loading.set(record.tableId, {record, over: Promise.withResolvers()});
  }
  for (const {over} of loading.values()) over.promise.catch(() => undefined);
  stop.addEventListener('abort', () => pool.dropWaiting(), {once: true});
  const follows = task.phases.includes('incremental') && state.position !== null;
  const follow = follows ? createFollow(run, prepared, again) : null;
  const follower = follow === null ? null : await start(run, prepared, follow, {loading, again});
  board.setPhase(loading.size > 0 ? 'full' : 'incremental');
  // Many marks are taken beside the work; whatever is written takes its own first.
  const marked = run.marks?.isSmall === false ? run.marks.sweep() : Promise.resolve();
  const setUp = Promise.all([marked, run.making?.all]);
  setUp.catch(() => undefined);
  // What only follows needs no threads of a load.
  const loads = loadAll({run, prepared, pool, follow, follower}, loading).finally(() =>
    pool[Symbol.asyncDispose](),
  );
  loads.then(() => (stop.aborted ? undefined : run.helpers?.over())).catch(() => undefined);
  if (follow === null || follower === null) {
    await Promise.all([loads, setUp]);
    return stop.aborted ? 'stopped' : 'done';
  }
  const following = Promise.all([loads, run.making?.all]).then(() =>
    catchUp(run, follow, prepared),
  );
  following.catch(() => undefined);
  try {
    await Promise.race([
      follower.done,
      following.then(() => follower.done),
      setUp.then(() => follower.done),
    ]);
    await Promise.allSettled([loads]);
    return 'stopped';
  } catch (error) {
    // Whichever of the two failed, the other ends before the ledger is closed.
    follower.cancel(error);
    await pool[Symbol.asyncDispose]();
    await Promise.allSettled([follower.done, loads]);
    throw error;
  }
}

function showTable(run: Run, record: TableRecord): void {
  const isLoading = record.state === 'loading';
  run.board.addTable(record.tableId, {
    database: record.database,
    table: record.table,
    target: record.plan.baseTable.replace(/_base$/i, ''),
    state: phaseOf(isLoading),
    rowsEstimated: isLoading
      ? record.plan.source.rowsEstimated
      : Math.max(record.rowsLoaded, record.plan.source.rowsEstimated),
    rowsLoaded: record.rowsLoaded,
    bytesLoaded: 0,
    rowsPerSecond: 0,
    etaSeconds: null,
    isPaused: run.pauses.has(keyOf(record.database, record.table)),
    lagSeconds: null,
    policies: {zeroDates: 0, overLong: 0, invalidText: 0},
    rowsFollowed: record.rowsFollowed,
    rowsFiltered: record.nextRecordId - 1 - record.rowsFollowed,
    rowsSetAside: 0,
  });
}

function createFollow(run: Run, {state, planned}: Prepared, {wants}: Again): FollowState {
  const {task} = run;
  const position = must(state.position, 'the ledger has a position');
  const startedSeconds = Date.now() / 1000;
  const tables = state.tables.map(record =>
    followedTable(record, startedSeconds, ruleOf(planned, record)),
  );
  const follow: FollowState = createFollowState({
    sender: createSender(run, cut => checkpointAfter(follow, cut)),
    log: run.log,
    limits: limitsOf(task.incremental),
    isWanted: (database, table, place) =>
      !follow.tables.has(keyOf(database, table)) && wants(database, table, place),
    tables,
    pauses: run.pauses,
    position,
  });
  return follow;
}

function limitsOf(incremental: Run['task']['incremental']): FollowLimits {
  const isLowLatency = incremental.delivery === 'low-latency';
  return {
    isLowLatency,
    commitMs: isLowLatency ? writeMs : incremental.commitSeconds * secondMs,
    commitBytes: isLowLatency ? writeBytes : incremental.commitMebibytes * MiB,
    spoolBytesMax: incremental.spool.mebibytes * MiB,
  };
}

function ruleOf(planned: Prepared['planned'], record: TableRecord) {
  return planned.get(keyOf(record.database, record.table))?.rule ?? null;
}

async function start(
  run: Run,
  {planned, state: ledgerState}: Prepared,
  state: FollowState,
  {loading, again}: {loading: ReadonlyMap<number, Loading>; again: Again},
): Promise<Follower> {
  const {task, log, stop, holds, client, ended} = run;
  const {tables} = ledgerState;
  const source = sourceOptions(task, run.secrets);
  const serverId = await askSource(run, AbortSignal.any([stop, ended]), connection =>
    chooseServerId(connection, {serverId: task.source.serverId, replicaName: task.name}),
  );
  run.board.follow(state);
  const records = new Map(tables.map(record => [record.tableId, record]));
  const waiting = new Set(loading.keys());
  for (const [tableId, {over}] of loading)
    over.promise.then(() => waiting.delete(tableId)).catch(() => undefined);
  return startFollow({
    source,
    serverId,
    replicaName: task.name,
    verifyChecksums: task.incremental.verifyChecksums,
    state,
    holds,
    throttle: run.throttles.incremental,
    log,
    stop,
    loadedSet: () => formatGtidSet(tables.map(loadedSetOf).reduce(uniteGtidSets, new Map())),
    connectionMsMax: task.retry.connectionMinutes * minuteMs,
    relay: relayOf(run),
    onSchemaChange: schemaBarrier({
      task,
      state,
      intended: new Map(ledgerState.ddl.map(record => [record.tableId, record])),
      recordOf: table => must(records.get(table.tableId), 'a followed table is in the ledger'),
      isLoading: table => waiting.has(table.tableId),
      again: reason => again.prepare(reason),
      client,
      log,
      signal: ended,
      stop,
      holds,
      optionsOf: table =>
        must(planned.get(keyOf(table.database, table.table)), 'a followed table is planned')
          .options,
      loaded: async ({tableId}) => {
        await run.making?.made(tableId);
        await loading.get(tableId)?.over.promise;
      },
      withCharset: (table, column) =>
        askSource(run, ended, connection =>
          withCharset(connection, table.database, table.table, column),
        ),
      onPlan: () => writePlans(run.stateDir, [...state.tables.values()]),
    }),
  });
}

/** Where the relay log lies; one that is asked for no more is removed. */
function relayOf({task, stateDir}: Run): {dir: string; bytesMax: number} | null {
  const {relayLog} = task.incremental;
  if (relayLog === null) removeRelayLog(stateDir);
  return relayLog && {dir: relayDir(stateDir), bytesMax: relayLog.mebibytes * MiB};
}

function loadedSetOf({loadEnd}: TableRecord): GtidSet {
  return parseGtidSet(loadEnd ?? '');
}

/** Waits until base and log of every table make sense together, then the task follows (rule C14). */
async function catchUp(run: Run, follow: FollowState, prepared: Prepared): Promise<void> {
  const {board, stop} = run;
  const behind = new Set(prepared.state.tables);
  while (behind.size > 0 && !stop.aborted) {
    for (const record of behind) {
      const table = follow.tables.get(keyOf(record.database, record.table))!;
      if (
        record.loadEnd !== null &&
        record.loadEnd !== '' &&
        !isPast(follow, table, record.loadEnd)
      )
        continue;
      board.table(record.tableId).state = 'following';
      behind.delete(record);
    }
    if (behind.size > 0) await wait(lookMs, stop).catch(() => undefined);
  }
  if (stop.aborted) return;
  board.signal('loaded');
  board.setPhase('incremental');
}

function isPast(follow: FollowState, table: FollowedTable, loadEnd: string): boolean {
  const done = table.done ?? currentPosition(follow);
  return done.gtidSet === '' || containsGtidSet(parseGtidSet(done.gtidSet), parseGtidSet(loadEnd));
}
