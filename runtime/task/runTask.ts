// The conductor: recovers, prepares, loads and follows one task until it is told to stop, is done, or fails.
import {join} from 'node:path';
import {asSyncError, isSyncError, fail, isTrouble} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import {minuteMs} from '../base/sizes.ts';
import {retry, type RetryBounds} from '../base/wait.ts';
import type {TargetClient} from '../sink/client.ts';
import {SourceConnection, type SourceOptions} from '../source/connection.ts';
import {findServer, preferServer} from '../source/findServer.ts';
import {readNeighbours, shortestWindows} from '../source/neighbours.ts';
import type {Position} from '../source/position.ts';
import type {Secrets} from '../spec/secrets.ts';
import {loadWorkers} from '../spec/loadWorkers.ts';
import type {Task} from '../spec/task.ts';
import {createAgain, type Asked} from './again.ts';
import {watchAlerts} from './alerts.ts';
import {createBoard, type Board} from './board.ts';
import {openTarget, sourceOptions} from './connections.ts';
import type {TaskHandle} from './handle.ts';
import {createHolds, type Holds} from './holds.ts';
import {takeLease} from './lease.ts';
import {openLedger, type Ledger} from './ledger.ts';
import type {LedgerState} from './ledgerTypes.ts';
import {writeUid} from './knownPlans.ts';
import {startMaking, type Making} from './making.ts';
import {keyOf, prepare, writePlans, type Prepared} from './prepare.ts';
import {ownerMarks, type OwnerMarks} from './ownership.ts';
import {isOutdated} from './outdated.ts';
import {recoverIntents} from './recovery.ts';
import {createReloads} from './reloads.ts';
import {watchRetention} from './retentionWatch.ts';
import {createSender} from './sender.ts';
import {watchSource} from './sourceWatch.ts';
import {loadAndFollow} from './loadAndFollow.ts';
import type {LoadHelpers} from './loadHelpers.ts';
import {LoadPool} from './loadPool.ts';
import {copiedFrom} from './relay.ts';
import {openTablePauses, type TablePauses} from './tablePauses.ts';
import {changeThrottle, createThrottle, shareOfRates} from './throttle.ts';
import type {Throttles} from './handle.ts';

export interface RunOptions {
  stateDir: string;
  log: Log;
  /** Told before anything else happens; the handle is good until `runTask` ends. */
  onStart: (handle: TaskHandle) => void;
  /** Load pods that help with chunks. */
  helpers?: LoadHelpers | null;
}

/** One run of a task and what all its parts share. */
export interface Run {
  /** With the shortest retry windows among the tasks that share its source, once it is prepared. */
  task: Task;
  secrets: Secrets;
  stateDir: string;
  log: Log;
  board: Board;
  holds: Holds;
  /** Tables of which nothing is sent for now. */
  pauses: TablePauses;
  ledger: Ledger;
  client: TargetClient;
  /** Limits of both phases, which can be changed while they run. */
  throttles: Throttles;
  /** Owner marks of tables of earlier runs; null before they are known. */
  marks: OwnerMarks | null;
  /** Load pods that help with chunks; null where none do. */
  helpers: LoadHelpers | null;
  /** Target tables that are being made; null before it is known which. */
  making: Making | null;
  /** Told to stop: drain. */
  stop: AbortSignal;
  /** Over, whatever was going on: cuts connections and waits. */
  ended: AbortSignal;
}

/**
 * Runs `task` until its phases are done or `stop` drained it. Raises what stopped it; the position is kept.
 * SYNC5010 when another runtime holds the task.
 */
export async function runTask(
  task: Task,
  secrets: Secrets,
  options: RunOptions,
): Promise<'done' | 'stopped'> {
  const {stateDir, log} = options;
  using _lease = takeLease(stateDir);
  const holds = createHolds();
  const throttles: Throttles = {
    full: createThrottle(shareOfRates(task.full.throttle, options.helpers?.pods ?? 0)),
    incremental: createThrottle(task.incremental.throttle),
  };
  const board = createBoard(task, holds, throttles);
  const stopper = new AbortController();
  const ended = new AbortController();
  const pauses = openTablePauses(stateDir);
  if (task.desiredState === 'paused') holds.add('operator');
  const reloads = createReloads(task);
  options.onStart({
    ...handleOf({board, holds, throttles, pauses}, stopper, log),
    reload: tables => reloads.ask(tables),
  });
  await using alerts = watchAlerts(task, secrets, board.status, options);
  await using ledger = openLedger(join(stateDir, 'ledger.db'));
  try {
    await using client = await openTarget(task, secrets, log);
    const run: Run = {
      task,
      secrets,
      stateDir,
      log,
      board,
      holds,
      pauses,
      ledger,
      client,
      throttles,
      marks: null,
      making: null,
      helpers: options.helpers ?? null,
      stop: stopper.signal,
      ended: ended.signal,
    };
    const outcome = await reloads.conduct(run, conduct);
    board.signal(outcome === 'done' ? 'ended' : 'drained');
    return outcome;
  } catch (error) {
    if (stopper.signal.aborted && error === stopper.signal.reason) {
      board.signal('drained');
      return 'stopped';
    }
    const coded = asSyncError(error);
    log.error({code: coded.code, finding: coded.finding, err: error}, 'the task failed');
    board.setError(coded.finding);
    board.signal('fail');
    await alerts.failed(coded.finding);
    throw coded;
  } finally {
    ended.abort(new DOMException('the task is over', 'AbortError'));
  }
}

function handleOf(
  {board, holds, throttles, pauses}: Pick<Run, 'board' | 'holds' | 'throttles' | 'pauses'>,
  stopper: AbortController,
  log: Log,
): Omit<TaskHandle, 'reload'> {
  return {
    status: board.status,
    pause: () => holds.add('operator'),
    resume: () => holds.remove('operator'),
    pauseTables: tables => {
      assertKnown(board, tables);
      pauses.pause(tables);
      log.info({tables}, 'tables are paused');
    },
    resumeTables: tables => {
      pauses.resume(tables);
      log.info({tables}, 'tables are resumed');
    },
    throttle: (phase, rates) => {
      changeThrottle(throttles[phase], rates);
      log.info({phase, ...rates}, 'a throttle was changed; the next start takes that of the task');
    },
    stop: () => {
      if (stopper.signal.aborted) return;
      board.signal('stop');
      stopper.abort(new DOMException('the task was told to stop', 'AbortError'));
    },
  };
}

function assertKnown(board: Board, tables: readonly string[]): void {
  const known = board.status().tables.map(({database, table}) => keyOf(database, table));
  for (const table of tables) if (!known.includes(table)) throw fail('SYNC5080', {table, known});
}

async function conduct(run: Run): Promise<'done' | 'stopped'> {
  const {ledger, log, board, task} = run;
  const epoch = await ledger.takeLease();
  const state = await ledger.load();
  log.info(
    {task: task.name, uid: state.uid, epoch, tables: state.tables.length},
    'the task starts',
  );
  await recoverIntents(
    createSender(run, () => null),
    state,
  );
  run.stop.throwIfAborted();
  // The threads of the load start while its tables are checked and planned.
  await using pool = newPool(run);
  if (mayLoad(task, state)) pool.warmUp();
  const prepared = await prepareTables(run, await ledger.load(), epoch);
  run.stop.throwIfAborted();
  // Only tables of earlier runs: what was taken out is no longer ours to check, what joined was marked when it was made.
  const remaining = new Set(prepared.state.tables.map(table => table.tableId));
  const kept = state.tables.filter(table => remaining.has(table.tableId));
  const either = AbortSignal.any([run.stop, run.ended]);
  run.marks = ownerMarks(run.client, state.uid, kept, epoch, either);
  if (run.marks.isSmall) await run.marks.sweep();
  run.stop.throwIfAborted();
  run.making = startTables(run, prepared.state, epoch);
  if (run.making.isSmall) await run.making.all;
  run.stop.throwIfAborted();
  writePlans(run.stateDir, prepared.state.tables);
  writeUid(run.stateDir, state.uid);
  board.signal('prepared');
  const watching = new AbortController();
  const signal = AbortSignal.any([run.ended, watching.signal]);
  const watched = watchSource(task, sourceOptions(task, run.secrets), {
    holds: run.holds,
    log,
    signal,
  });
  const runway = watchRetention(run, sourceOptions(task, run.secrets), signal);
  try {
    return await runRounds(run, prepared, {epoch, pool});
  } finally {
    watching.abort();
    await Promise.all([watched, runway]);
  }
}

/** Whether there is something to load, as far as the ledger knows; tables that join later start their threads themselves. */
function mayLoad({phases}: Task, {tables}: LedgerState): boolean {
  const isBegun = tables.length > 0 && tables.every(({state}) => state === 'following');
  return phases.includes('full') && !isBegun;
}

/** Loads and follows; prepares again, as at a start, whenever a schema change asks for it. */
async function runRounds(
  run: Run,
  first: Prepared,
  {epoch, pool: firstPool}: {epoch: number; pool: LoadPool},
): Promise<'done' | 'stopped'> {
  const {ledger, board, log, task} = run;
  const asked: Asked = new Set();
  for (let prepared = first, isFirst = true; ; isFirst = false) {
    await using pool = isFirst ? firstPool : newPool(run);
    const again = createAgain(task, log, asked);
    const stop = AbortSignal.any([run.stop, again.signal]);
    try {
      const outcome = await loadAndFollow({...run, stop}, prepared, {pool, again});
      if (!again.signal.aborted || run.stop.aborted) return outcome;
    } catch (error) {
      const isAsked = error === again.signal.reason;
      if (run.stop.aborted || (!isAsked && !(await isOutdated(run, prepared, error)))) throw error;
    }
    // What is not made yet would join once more.
    await run.making?.all;
    run.stop.throwIfAborted();
    if (board.status().state === 'following') board.signal('joined');
    prepared = await prepareTables(run, await ledger.load(), epoch, true);
    run.stop.throwIfAborted();
    run.making = startTables(run, prepared.state, epoch);
    if (run.making.isSmall) await run.making.all;
    writePlans(run.stateDir, prepared.state.tables);
    board.clearTables();
  }
}

/** The threads of one load. */
function newPool({task, secrets, throttles, helpers}: Run): LoadPool {
  const data = {task, secrets, throttle: throttles.full};
  const pool = new LoadPool(data, loadWorkers(task), helpers?.pods);
  helpers?.attach(pool);
  return pool;
}

/** Begins to make the target tables that are still missing. */
function startTables(
  {client, ledger, stop, ended}: Run,
  state: LedgerState,
  epoch: number,
): Making {
  const room = {client, ledger, uid: state.uid, epoch, signal: AbortSignal.any([stop, ended])};
  return startMaking(room, state.tables);
}

/** Prepares over one source connection; a task that ran before waits for its source as long as `retry` says. */
async function prepareTables(
  run: Run,
  before: LedgerState,
  epoch: number,
  isRunning = false,
): Promise<Prepared> {
  const {task, client, ledger, log, board, holds} = run;
  const signal = AbortSignal.any([run.stop, run.ended]);
  const source = sourceOptions(task, run.secrets);
  const bounds = prepareBounds(task, before);
  const prepareOnce = async (count: number): Promise<Prepared> => {
    // A try that was cut off may have got as far as the ledger.
    const now = count === 1 ? before : await ledger.load();
    const server = await serverToPrepareAt(run, source, now.position, signal);
    await using connection = await SourceConnection.open(server, signal);
    holds.remove('source-connection');
    const prepared = await prepare(
      {
        task,
        stateDir: run.stateDir,
        epoch,
        client,
        ledger,
        connection,
        log,
        signal,
        onFindings: board.setFindings,
        isRunning,
        onPrechecked: () => (isRunning ? undefined : board.signal('planned')),
      },
      now,
    );
    run.task = {
      ...task,
      retry: shortestWindows(task.retry, await readNeighbours(connection, task.name)),
    };
    return prepared;
  };
  const prepared = await retry(bounds, signal, prepareOnce, error => {
    const reason = isOfTarget(error) ? 'target-trouble' : 'source-connection';
    if (isTrouble(error)) holds.add(reason, {code: asSyncError(error).code});
  });
  holds.remove('target-trouble');
  return prepared;
}

/** A first start tells at once what it meets, but waits for XA transactions to be decided (rule C1), and then for its source. */
function prepareBounds(
  {retry: {connectionMinutes, otherMinutes}}: Task,
  before: LedgerState,
): RetryBounds {
  let waits = before.tables.length > 0;
  const elapsedMsMaxOf = (error: unknown) => {
    const isXa = isSyncError(error) && error.code === 'SYNC2114';
    waits ||= isXa;
    if (!waits) return 0;
    return (isXa || isOfTarget(error) ? otherMinutes : connectionMinutes) * minuteMs;
  };
  return {countMax: Infinity, elapsedMsMax: 0, elapsedMsMaxOf, firstMs: 500, pauseMsMax: 30_000};
}

/** A code of the sink. */
function isOfTarget(error: unknown): boolean {
  return isSyncError(error) && error.code.startsWith('SYNC4');
}

/** One that goes on from where the task stands. Where none does, any: what follows says why, and a reload is its way out. */
async function serverToPrepareAt(
  {task, stateDir}: Run,
  source: SourceOptions,
  position: Position | null,
  signal: AbortSignal,
): Promise<SourceOptions> {
  if (position === null || (source.others ?? []).length === 0) return source;
  try {
    const hasCopy = task.incremental.relayLog !== null;
    const next = hasCopy ? await copiedFrom(stateDir, position) : position;
    const found = await findServer(source, next, signal);
    preferServer(source, found.source);
    return found.source;
  } catch (error) {
    if (isTrouble(error)) throw error;
    return source;
  }
}
