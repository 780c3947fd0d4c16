// The picture of a running task that status() gives: states, counts, rates and lag, put together from what the parts report.
import {finding, type Finding} from '../base/errors.ts';
import type {Retention} from '../source/retention.ts';
import {KiB} from '../base/sizes.ts';
import type {Task} from '../spec/task.ts';
import type {FollowedTable} from './followedTable.ts';
import {currentPosition, isPaused, settleRecordId, type FollowState} from './followState.ts';
import type {Throttles} from './handle.ts';
import type {Holds} from './holds.ts';
import {lower} from './follow.ts';
import type {PolicyCounts, Status, TablePhase, TableProgress} from './progress.ts';
import {step, type Signal} from './states.ts';
import {ratesOf} from './throttle.ts';

/** Rates are means over about this long. */
const rateWindowMs = 5_000;
/** Nothing from the source for this long means that everything it has was read: it sends each commit at once. */
const idleMs = 1_000;

export interface Board {
  /** Moves the task's state. */
  signal: (signal: Signal) => void;
  setPhase: (phase: Status['phase']) => void;
  setFindings: (findings: Finding[]) => void;
  setError: (error: Finding) => void;
  addTable: (tableId: number, table: TableProgress) => void;
  table: (tableId: number) => TableProgress;
  /** Shows no table any more; those that go on are added again. */
  clearTables: () => void;
  /** The table is being loaded from now on. */
  startLoad: (tableId: number) => void;
  /** What the source said of its binlog; null when it did not tell. */
  setRetention: (retention: Retention | null) => void;
  /** The follower whose tables, position and lag are shown. */
  follow: (state: FollowState) => void;
  status: () => Status;
}

export function createBoard(task: Task, holds: Holds, throttles: Throttles): Board {
  const startedAt = new Date().toISOString();
  const tables = new Map<number, TableProgress>();
  const loadStarts = new Map<number, LoadStart>();
  let state: Status['state'] = 'prechecking';
  let phase: Status['phase'] = task.phases[0]!;
  let findings: Finding[] = [];
  let error: Finding | null = null;
  let following: FollowState | null = null;
  let retention: Retention | null = null;
  const rateOf = createRates();

  const status = (): Status => {
    copyAllCounts(following, tables);
    const list = [...tables.values()];
    const sum = (pick: (table: TableProgress) => number) =>
      list.reduce((total, table) => total + pick(table), 0);
    const rates = rateOf({
      rowsLoaded: sum(table => table.rowsLoaded),
      rowsFollowed: sum(table => table.rowsFollowed),
      bytesRead: (following?.bytesRead ?? 0) + sum(table => table.bytesLoaded),
    });
    return {
      name: task.name,
      environment: task.environment,
      state,
      phase,
      holds: holds.list(),
      throttles: {full: ratesOf(throttles.full), incremental: ratesOf(throttles.incremental)},
      lagSeconds: state === 'following' && following !== null ? lagSeconds(following) : null,
      latency: following?.latency.quantiles() ?? null,
      ...placesOf(following, retention, rates),
      error,
      findings: [...findings, ...shortRunway(retention)],
      tables: [...tables].map(([tableId, table]) => ({
        ...table,
        ...paceOf(table, loadStarts.get(tableId)),
        ...followedOf(table, following),
      })),
      rates,
      startedAt,
      loadEtaSeconds:
        state === 'loading' ? secondsLeft(sum(rowsToLoad), rates.rowsLoadedPerSecond) : null,
    };
  };
  return {
    signal: signal => {
      state = step(state, signal);
      if (signal !== 'again') return;
      tables.clear();
      loadStarts.clear();
      following = null;
    },
    setPhase: value => void (phase = value),
    setFindings: value => void (findings = value),
    setError: value => void (error = value),
    addTable: (tableId, table) => void tables.set(tableId, table),
    table: tableId => tables.get(tableId)!,
    clearTables: () => tables.clear(),
    startLoad: tableId => {
      const table = tables.get(tableId)!;
      table.state = 'loading';
      loadStarts.set(tableId, {atMs: performance.now(), rows: table.rowsLoaded});
    },
    setRetention: value => void (retention = value),
    follow: value => void (following = value),
    status,
  };
}

interface LoadStart {
  atMs: number;
  /** Rows that an earlier runtime had loaded. */
  rows: number;
}

function rowsToLoad(table: TableProgress): number {
  const isLeft = table.state === 'loading' || table.state === 'waiting';
  return isLeft ? Math.max(0, table.rowsEstimated - table.rowsLoaded) : 0;
}

/** The share of the retention below which a runway is short. */
const shortShare = 0.25;
/** Heads of files and what came since the last look are no backlog. */
const caughtUpBytes = 64 * KiB;

/** Where the task stands in the source's binlog. */
function placesOf(
  state: FollowState | null,
  retention: Retention | null,
  rates: Status['rates'],
): Pick<Status, 'position' | 'retention' | 'relayLog'> {
  if (state === null) return {position: null, retention: null, relayLog: null};
  return {
    position: lowestDone(state),
    retention: retentionStatus(retention, state, rates),
    relayLog: state.relay?.status() ?? null,
  };
}

/** What the relay log holds is behind too, and no purge takes it. */
function retentionStatus(
  retention: Retention | null,
  state: FollowState,
  rates: Status['rates'],
): Status['retention'] {
  if (retention === null) return null;
  const {runwaySeconds} = retention;
  const behindBytes = retention.behindBytes + (state.relay?.status()?.bytesLeft ?? 0);
  const bytesPerSecond = readRate(state, rates);
  const isCaughtUp = behindBytes < caughtUpBytes;
  const catchUpSeconds = isCaughtUp ? 0 : secondsLeft(behindBytes, bytesPerSecond);
  return {behindBytes, catchUpSeconds, runwaySeconds, isShort: shortRunway(retention).length > 0};
}

/** Bytes a second by which the position comes nearer: none while a paused table keeps it. */
function readRate(state: FollowState, rates: Status['rates']): number {
  const waits = [...state.tables.values()].some(
    table => table.done !== null && isPaused(state, table),
  );
  return waits ? 0 : rates.bytesReadPerSecond;
}

/** A warning while the binlog that we need is about to be purged. */
function shortRunway(retention: Retention | null): Finding[] {
  if (retention === null) return [];
  const {runwaySeconds, expireSeconds, behindBytes} = retention;
  if (runwaySeconds === null || runwaySeconds >= expireSeconds * shortShare) return [];
  return [finding('SYNC5083', {runwaySeconds, expireSeconds, behindBytes}, {severity: 'warning'})];
}

function secondsLeft(amount: number, perSecond: number): number | null {
  return perSecond > 0 ? Math.ceil(amount / perSecond) : null;
}

/** Rate and end of a table's load, from what it did since its start. */
function paceOf(
  table: TableProgress,
  start: LoadStart | undefined,
): Pick<TableProgress, 'rowsPerSecond' | 'etaSeconds'> {
  if (table.state !== 'loading' || start === undefined) return {rowsPerSecond: 0, etaSeconds: null};
  const seconds = (performance.now() - start.atMs) / 1000;
  const rowsPerSecond = Math.max(0, Math.round((table.rowsLoaded - start.rows) / seconds));
  return {rowsPerSecond, etaSeconds: secondsLeft(rowsToLoad(table), rowsPerSecond)};
}

/** What following knows of a table. */
function followedOf(
  table: TableProgress,
  following: FollowState | null,
): Pick<TableProgress, 'isPaused' | 'lagSeconds' | 'policies'> {
  const policies = bothPolicies(table, following);
  const followed = following?.tables.get(`${table.database}.${table.table}`);
  if (followed === undefined || following === null)
    return {isPaused: table.isPaused, lagSeconds: null, policies};
  const lagSeconds = ageOf(oldestOf(followed));
  return {isPaused: isPaused(following, followed), lagSeconds, policies};
}

/** What policies did while the table was loaded and since it is followed. */
function bothPolicies(table: TableProgress, following: FollowState | null): PolicyCounts {
  const counters = following?.tables.get(`${table.database}.${table.table}`)?.counters;
  if (counters === undefined) return {...table.policies};
  const {zeroDates, overLong, invalidText} = table.policies;
  const sum = (counts: Float64Array) => counts.reduce((total, count) => total + count, 0);
  return {
    zeroDates: zeroDates + sum(counters.zeroDates),
    overLong: overLong + sum(counters.overLong),
    invalidText: invalidText + sum(counters.invalidText),
  };
}

function copyAllCounts(
  following: FollowState | null,
  tables: ReadonlyMap<number, TableProgress>,
): void {
  if (following === null) return;
  for (const table of following.tables.values())
    copyCounts(following, table, tables.get(table.tableId));
}

function copyCounts(state: FollowState, from: FollowedTable, to: TableProgress | undefined): void {
  if (to === undefined) return;
  to.rowsFollowed = from.rowsFollowed;
  if (from.done === null) settleRecordId(state, from);
  // Ids count every change, so what was not written was filtered; a batch on its way counts as neither.
  to.rowsFiltered = from.doneRecordId - 1 - from.rowsFollowed;
}

/** The phase that a table of the ledger starts in. */
export function phaseOf(loading: boolean): TablePhase {
  return loading ? 'waiting' : 'following';
}

/** Source time minus applied time: the age of the oldest change that is not committed, or of the last event while reading. */
export function lagSeconds(state: FollowState): number {
  const nowSeconds = Date.now() / 1000;
  let oldest = Infinity;
  for (const table of state.tables.values()) oldest = Math.min(oldest, oldestOf(table));
  const idle = state.caughtUp || performance.now() - state.readHeardMs() > idleMs;
  if (!idle && state.lastEventSeconds > 0 && nowSeconds - state.lastEventSeconds > 2)
    oldest = Math.min(oldest, state.lastEventSeconds);
  return ageOf(oldest);
}

/** Event time of the oldest change of `table` that is not committed; Infinity when all are. */
function oldestOf(table: FollowedTable): number {
  let oldest = table.oldestSeconds > 0 ? table.oldestSeconds : Infinity;
  for (const {oldestSeconds} of table.onTheWay) oldest = Math.min(oldest, oldestSeconds);
  return oldest;
}

/** Never below 0: the clock of the source may be ahead of ours. */
function ageOf(seconds: number): number {
  return Math.max(0, Math.round((Date.now() / 1000 - seconds) * 10) / 10);
}

function lowestDone(state: FollowState): Status['position'] {
  const here = currentPosition(state);
  const {epoch, serverUuid, gtidSet, file, offset} = [...state.tables.values()]
    .map(table => table.done ?? here)
    .reduce(lower, here);
  return {epoch, serverUuid, gtidSet, file, offset};
}

/** The rates that a status tells, from its counters. */
function createRates() {
  const [loaded, followed, read] = [createRate(), createRate(), createRate()];
  return (counts: {rowsLoaded: number; rowsFollowed: number; bytesRead: number}) => ({
    rowsLoadedPerSecond: loaded(counts.rowsLoaded),
    rowsFollowedPerSecond: followed(counts.rowsFollowed),
    bytesReadPerSecond: read(counts.bytesRead),
  });
}

/** Growth a second of a counter, over a sliding window. */
function createRate(): (value: number) => number {
  let points: {atMs: number; value: number}[] = [];
  return value => {
    const atMs = performance.now();
    points = [...points.filter(point => atMs - point.atMs < rateWindowMs), {atMs, value}];
    const first = points[0]!;
    const seconds = (atMs - first.atMs) / 1000;
    return seconds < 0.2 ? 0 : Math.max(0, Math.round((value - first.value) / seconds));
  };
}
