// A task made by hand: a handle that does nothing but tell a status and do what it is told to. For what stands around a task.
import {fail} from '../../runtime/base/errors.ts';
import type {Status, TableProgress} from '../../runtime/task/progress.ts';
import type {TaskHandle} from '../../runtime/task/handle.ts';

/** One table of such a task. */
export function sampleTable(over: Partial<TableProgress> = {}): TableProgress {
  return {
    database: 'shop',
    table: 'orders',
    target: 'orders',
    state: 'following',
    rowsEstimated: 1000,
    rowsLoaded: 1200,
    bytesLoaded: 0,
    rowsPerSecond: 0,
    etaSeconds: null,
    isPaused: false,
    lagSeconds: 0,
    rowsFollowed: 34,
    rowsFiltered: 5,
    rowsSetAside: 6,
    policies: {zeroDates: 1, overLong: 2, invalidText: 3},
    ...over,
  };
}

const noRates = {queriesPerSecond: null, rowsPerSecond: null, mebibytesPerSecond: null};

/** What such a task says, unless told otherwise: it follows two tables. */
export function sampleStatus(over: Partial<Status> = {}): Status {
  return {
    name: 'shop',
    environment: 'production',
    state: 'following',
    phase: 'incremental',
    holds: [],
    throttles: {full: noRates, incremental: noRates},
    lagSeconds: 0.5,
    latency: null,
    position: {
      epoch: 1,
      serverUuid: '8a94f357-aab4-11df-86ab-c80aa9429562',
      gtidSet: '8a94f357-aab4-11df-86ab-c80aa9429562:1-77',
      file: 'binlog.000042',
      offset: 197,
    },
    retention: {behindBytes: 4096, catchUpSeconds: 1, runwaySeconds: 86_000, isShort: false},
    relayLog: null,
    error: null,
    findings: [],
    tables: [
      sampleTable(),
      sampleTable({table: 'users', target: 'users', state: 'loading', rowsLoaded: 250}),
    ],
    rates: {rowsLoadedPerSecond: 10, rowsFollowedPerSecond: 20, bytesReadPerSecond: 1024 ** 2},
    startedAt: '2026-11-22T15:00:00.000Z',
    loadEtaSeconds: null,
    ...over,
  };
}

/** A handle over `status`; pause, resume and stop change what it says, as a task's do. */
export function standingTask(over: Partial<Status> = {}): TaskHandle & {
  stopped: Promise<void>;
  say: (over: Partial<Status>) => void;
} {
  let status = sampleStatus(over);
  const {promise: stopped, resolve} = Promise.withResolvers<void>();
  return {
    stopped,
    status: () => structuredClone(status),
    say: next => void (status = {...status, ...next}),
    pause: () => void (status = {...status, holds: [{reason: 'operator'}]}),
    resume: () => void (status = {...status, holds: []}),
    pauseTables: tables => void (status = withPaused(status, tables, true)),
    resumeTables: tables => void (status = withPaused(status, tables, false)),
    throttle: (phase, rates) => {
      const changed = {...status.throttles[phase], ...rates};
      status = {...status, throttles: {...status.throttles, [phase]: changed}};
    },
    reload: async tables => {
      if (tables !== 'all' && tables.includes('shop.none'))
        throw fail('SYNC5080', {table: 'shop.none', known: ['shop.orders']});
      status = {...status, state: 'prechecking'};
    },
    stop: () => {
      status = {...status, state: 'stopped'};
      resolve();
    },
  };
}

function withPaused(status: Status, names: readonly string[], isPaused: boolean): Status {
  const known = status.tables.map(({database, table}) => `${database}.${table}`);
  const unknown = names.find(name => !known.includes(name));
  if (unknown !== undefined) throw fail('SYNC5080', {table: unknown, known});
  const isNamed = ({database, table}: TableProgress) => names.includes(`${database}.${table}`);
  const tables = status.tables.map(table => (isNamed(table) ? {...table, isPaused} : table));
  return {...status, tables};
}
