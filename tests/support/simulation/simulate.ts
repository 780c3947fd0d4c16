// One run of the real following, sealing, committing and recovering under a seed: the ledger's own SQLite steps, the task's own
// state machine; clock, disk, target, source and chance are simulated. The runtime is killed and started again several times,
// the last life meets no fault and drains. Then every row change must stand in the logs exactly once (promises I2 to I6).
import PQueue from 'p-queue';
import {silentLog} from '../../../runtime/base/log.ts';
import {hourMs} from '../../../runtime/base/sizes.ts';
import {planTable} from '../../../runtime/codec/planTable.ts';
import {containsGtid, parseGtidSet} from '../../../runtime/source/gtidSet.ts';
import type {Position} from '../../../runtime/source/position.ts';
import {drain, forgetPassed, startOver} from '../../../runtime/task/follow.ts';
import {takeEvent} from '../../../runtime/task/followEvents.ts';
import {
  checkpointAfter,
  checkpointNow,
  createFollowState,
  currentPosition,
  markDue,
  type FollowState,
} from '../../../runtime/task/followState.ts';
import {followedTable} from '../../../runtime/task/followedTable.ts';
import type {Ledger} from '../../../runtime/task/ledger.ts';
import {LedgerStore} from '../../../runtime/task/ledgerStore.ts';
import {recoverIntents} from '../../../runtime/task/recovery.ts';
import type {Sender} from '../../../runtime/task/sender.ts';
import {plainOptions, sourceTable} from '../sourceTable.ts';
import {Life, SimClock} from './simClock.ts';
import {SimDisk} from './simDisk.ts';
import type {LogRow} from './simRecords.ts';
import {
  eventsOf,
  expectedRows,
  makeHistory,
  serverUuid,
  tableNames,
  type SimTransaction,
} from './simSource.ts';
import {SimTarget} from './simTarget.ts';

/** A run that takes more steps than this hangs. */
const stepsMax = 20_000;
const livesMax = 5;
/** Longer than a history can be: no event is of the future. */
const historySeconds = 14 * 86_400;
const log = silentLog();
/** A life that stopped for doubt is tried again once sessions are surely forgotten; this often. */
const stopsMax = 20;

const plans = new Map(
  tableNames.map(name => {
    const table = {
      ...sourceTable(
        [
          ['id', 'int'],
          ['v', 'int'],
        ],
        ['id'],
      ),
      name,
    };
    table.columns[0]!.nullable = false;
    return [name, planTable(table, plainOptions)] as const;
  }),
);

interface World {
  clock: SimClock;
  store: LedgerStore;
  disk: SimDisk;
  target: SimTarget;
  history: SimTransaction[];
  /** Whether some life read in another order: then ids are those of that order. */
  isReordered: boolean;
}

/** What a run did, for those that look at one. */
export interface SimResult {
  /** What is wrong with the logs; empty when nothing is. */
  problems: string[];
  lives: number;
  rows: number;
}

/** Runs seed `seed`. Real time and `Date.now` stand still meanwhile; call it alone in its thread. */
export async function simulate(seed: number): Promise<SimResult> {
  const clock = new SimClock(seed);
  using store = new LedgerStore(':memory:');
  const history = makeHistory(clock, Math.floor(clock.nowMs / 1000) - historySeconds);
  const world: World = {
    clock,
    store,
    disk: new SimDisk(clock),
    target: new SimTarget(clock),
    history,
    isReordered: false,
  };
  store.join(start, joins(), true);
  const realNow = Date.now;
  Date.now = () => Math.floor(clock.nowMs);
  try {
    const faulty = clock.below(livesMax);
    let lives = 0;
    for (; lives < faulty; lives++) await runLife(world, false);
    for (let stops = 0; !(await runLife(world, true)); stops++) {
      lives++;
      if (stops === stopsMax) return {problems: ['it never ends'], lives, rows: 0};
      clock.nowMs += 27 * hourMs;
    }
    return {...judge(world), lives: lives + 1};
  } finally {
    Date.now = realNow;
  }
}

const start: Position = {
  epoch: 1,
  serverUuid,
  gtidSet: '',
  file: 'binlog.000001',
  offset: 4,
  fingerprint: null,
};

function joins() {
  return tableNames.map(table => ({
    database: 'shop',
    table,
    state: 'following' as const,
    isMade: true,
    plan: plans.get(table)!,
    settings: '{}',
    nextRecordId: 1,
    done: start,
    replaces: null,
  }));
}

/** One life until it is killed, stops by itself, or (the last) has drained. True when it drained. */
async function runLife(world: World, isLast: boolean): Promise<boolean> {
  const {clock, disk} = world;
  const life = new Life(clock);
  const killAt = isLast ? stepsMax : 20 + clock.below(clock.chance(0.3) ? 80 : 600);
  let ended = false;
  let drained = false;
  const living = live(world, life, isLast).then(
    () => (ended = drained = true),
    () => (ended = true),
  );
  for (let steps = 0; steps < killAt && !ended; steps++)
    if (!(await clock.step())) throw new Error('it waits for what nobody does');
  if (!drained) {
    life.end();
    disk.cut();
    clock.nowMs += clock.chance(0.15) ? 27 * hourMs : clock.below(10_000);
  } else await living;
  return drained;
}

async function live(world: World, life: Life, isLast: boolean): Promise<void> {
  const {clock, store, history} = world;
  const ledger = ledgerOf(store, life);
  await ledger.takeLease();
  let follow: FollowState | null = null;
  const sender = senderOf(world, life, isLast, ledger, cut => checkpointAfter(follow!, cut));
  await recoverIntents({...sender, checkpointAfter: () => null}, await ledger.load());
  const {position, tables} = await ledger.load();
  let failure: {error: unknown} | null = null;
  follow = createFollowState({
    sender,
    log,
    limits: {
      isLowLatency: false,
      commitMs: 0,
      commitBytes: 50 + clock.below(600),
      spoolBytesMax: 1e6,
    },
    tables: tables.map(record => followedTable(record, clock.nowMs / 1000)),
    position: position!,
  });
  follow.fail = error => (failure ??= {error});
  // A failover: another server gave independent transactions in another order.
  const isReordered = clock.chance(0.3);
  world.isReordered ||= isReordered;
  const order = isReordered ? reordered(history, clock) : history;
  const failed = () => failure !== null;
  while (!(await readStream(world, follow, order, isLast, failed)));
  if (failure !== null) throw (failure as {error: unknown}).error;
  await drain(follow, failed);
  if (failure !== null) throw (failure as {error: unknown}).error;
}

/** Reads to the end, or to a loss of the stream (false). */
async function readStream(
  {clock}: World,
  follow: FollowState,
  order: readonly SimTransaction[],
  isLast: boolean,
  failed: () => boolean,
): Promise<boolean> {
  await startOver(follow, new Set());
  const had = parseGtidSet(currentPosition(follow).gtidSet);
  for (const transaction of order) {
    if (containsGtid(had, serverUuid, transaction.number)) continue;
    for (const event of eventsOf(transaction)) {
      await takeEvent(follow, event, async () => undefined);
      if (clock.chance(0.2)) await clock.sleep(clock.below(4));
      if (clock.chance(0.1)) markDue(follow, true);
      if (clock.chance(0.05))
        for (const table of follow.tables.values()) forgetPassed(follow, table);
      if (clock.chance(0.05))
        void follow.sender.ledger.checkpoint(checkpointNow(follow)).catch(follow.fail);
      if (failed()) return true;
      if (!isLast && clock.chance(0.005)) return false;
    }
  }
  return true;
}

/** Neighbours that share no row change places, as with several appliers that keep no order. */
function reordered(history: readonly SimTransaction[], clock: SimClock): SimTransaction[] {
  const order = [...history];
  const rowsOf = ({changes}: SimTransaction) =>
    new Set(changes.map(({table, id}) => `${table}${id}`));
  for (let times = 0; times < 3; times++)
    for (let i = 1; i < order.length; i++) {
      const [left, right] = [order[i - 1]!, order[i]!];
      if (!rowsOf(left).isDisjointFrom(rowsOf(right)) || clock.chance(0.5)) continue;
      order[i - 1] = right;
      order[i] = left;
    }
  return order;
}

function senderOf(
  {clock, disk, target}: World,
  life: Life,
  isLast: boolean,
  ledger: Ledger,
  checkpointAfter: Sender['checkpointAfter'],
): Sender {
  return {
    client: target.clientOf(life, isLast ? 0 : 0.08),
    ledger,
    spoolDir: '/spool',
    disk: disk.of(life, isLast ? 0 : 0.002),
    compress: async (bytes, _, use) => await use(await life.after(() => [Buffer.from(bytes)])),
    log,
    signal: new AbortController().signal,
    sessions: {add: (work: () => Promise<unknown>) => clock.sleep(1).then(work)} as never,
    uploads: new PQueue({concurrency: 2}),
    rooms: [],
    heldBytes: 0,
    spooledBytes: 0,
    lastBatchId: 0,
    claim: () => null,
    checkpointAfter,
  };
}

/** The ledger's own steps, each taken whole or not at all. */
function ledgerOf(store: LedgerStore, life: Life): Ledger {
  return new Proxy({} as Ledger, {
    get: (_, step) => {
      if (step === 'then') return undefined;
      const run = store[step as 'load'] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        const carried = structuredClone(args);
        return life.afterInOrder(() => run.apply(store, carried));
      };
    },
  });
}

function judge(world: World): {problems: string[]; rows: number} {
  const problems: string[] = [];
  let count = 0;
  for (const [table, expected] of expectedRows(world.history)) {
    const rows = world.target.rows.get(`${table}_log`) ?? [];
    count += rows.length;
    const told = rows.map(row => ({text: textOf(row), recordId: row.recordId}));
    const seen = new Set<string>();
    for (const {text, recordId} of told) {
      if (seen.has(text)) problems.push(`${table}: ${text} stands twice`);
      const id = expected.get(text);
      if (id === undefined) problems.push(`${table}: ${text} was never written`);
      // Record ids count the changes of a table in the order in which they were read (rule C11).
      else if (id !== recordId && !world.isReordered)
        problems.push(`${table}: ${text} has record id ${recordId}, not ${id}`);
      seen.add(text);
    }
    for (const text of expected.keys())
      if (!seen.has(text)) problems.push(`${table}: ${text} is lost`);
    problems.push(...disorder(table, rows));
  }
  return {problems, rows: count};
}

/** No id is given twice, and of two changes of a key the later has the higher id. */
function disorder(table: string, rows: readonly LogRow[]): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const lastOfKey = new Map<number, LogRow>();
  for (const row of rows.toSorted((left, right) => left.recordId - right.recordId)) {
    const {recordId, after, id, value} = row;
    const place = `${recordId} ${after}`;
    if (ids.has(place)) problems.push(`${table}: record id ${recordId} was given twice`);
    ids.add(place);
    if (after === 'N') continue;
    // Values rise with time.
    if ((lastOfKey.get(id)?.value ?? 0) >= value)
      problems.push(`${table}: the changes of key ${id} are not in order`);
    lastOfKey.set(id, row);
  }
  return problems;
}

function textOf({operation, before, after, id, value}: LogRow): string {
  return `${operation} ${before} ${after} ${id} ${value}`;
}
