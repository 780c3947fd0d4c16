// What a running task tells about itself: the JSON of GET /status. The page, the metrics and the terminal show this and nothing else.
import type {Finding} from '../base/errors.ts';

export type TaskState =
  | 'prechecking'
  | 'preparing'
  | 'loading'
  | 'following'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'done';

export type TablePhase = 'waiting' | 'loading' | 'loaded' | 'following' | 'left' | 'failed';

/** A named reason for which the task moves slower or not at all. */
export interface Hold {
  reason: string;
  [detail: string]: string | number;
}

/** Values that a policy of their column changed. */
export interface PolicyCounts {
  /** Zero, partial and impossible dates that became NULL or text. */
  zeroDates: number;
  /** Values cut or dropped because they pass the cell limit. */
  overLong: number;
  /** Text repaired or dropped because it does not decode. */
  invalidText: number;
}

export interface TableProgress {
  database: string;
  table: string;
  /** Target name before `_base` and `_log`. */
  target: string;
  state: TablePhase;
  /** Rows of the table: the server's statistics first, better known chunk by chunk, exact once it is loaded. */
  rowsEstimated: number;
  /** Rows of the base that were read. */
  rowsLoaded: number;
  /** Bytes of them as the source sent them, since the start of this runtime. */
  bytesLoaded: number;
  /** While the table is loaded: the mean since its first chunk, and the seconds left at that rate. */
  rowsPerSecond: number;
  etaSeconds: number | null;
  /** An operator paused it: it is read, and nothing of it is sent. */
  isPaused: boolean;
  /** Age of its oldest change that is not committed; 0 when all are, null before it is followed. */
  lagSeconds: number | null;
  /** Row changes committed to `_log`. */
  rowsFollowed: number;
  rowsFiltered: number;
  rowsSetAside: number;
  /** Values that policies changed on both paths, since the start of this runtime. */
  policies: PolicyCounts;
}

/** Rates as a task names them; null for no limit. */
export interface Rates {
  queriesPerSecond: number | null;
  rowsPerSecond: number | null;
  mebibytesPerSecond: number | null;
}

export interface StatusPosition {
  epoch: number;
  serverUuid: string;
  gtidSet: string;
  file: string;
  offset: number;
}

/** How far the task is behind the end of the source's binlog, and how long that is kept. */
export interface RetentionStatus {
  behindBytes: number;
  /** Seconds until all of it is read at the present rate; null while nothing is read, or a paused table waits. */
  catchUpSeconds: number | null;
  /** Seconds until what we need next may be purged; null where the source purges nothing by itself. */
  runwaySeconds: number | null;
  /** Less than a quarter of the retention is left. */
  isShort: boolean;
}

/** The copy of the source's binlog on our disk. */
export interface RelayStatus {
  bytes: number;
  bytesMax: number;
  /** Bytes of it that were not followed yet. */
  bytesLeft: number;
  /** Copying waits for room. */
  isFull: boolean;
  /** Up to where it is copied. */
  position: StatusPosition;
}

export interface Status {
  name: string;
  environment: string;
  state: TaskState;
  phase: 'schema' | 'full' | 'incremental';
  holds: Hold[];
  /** Limits of both phases as they are now. */
  throttles: {full: Rates; incremental: Rates};
  /** Source time minus applied time; 0 when caught up, null before following. */
  lagSeconds: number | null;
  /** From commit at the source to visible at the target, over the last batches; null before the first. */
  latency: {p50Ms: number; p99Ms: number} | null;
  /** The position up to which every table is done; null before there is one. */
  position: StatusPosition | null;
  /** Null before following, and while the source does not tell. */
  retention: RetentionStatus | null;
  /** Null without a relay log. */
  relayLog: RelayStatus | null;
  error: Finding | null;
  findings: Finding[];
  tables: TableProgress[];
  /** Rates over the last seconds and totals since the start of this runtime. */
  rates: {rowsLoadedPerSecond: number; rowsFollowedPerSecond: number; bytesReadPerSecond: number};
  startedAt: string;
  /** Seconds until the full load ends at the present rate; null when unknown or over. */
  loadEtaSeconds: number | null;
}
