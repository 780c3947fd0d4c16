// What the loads of all tables share, and what one of them is given.
import type {Log} from '../base/log.ts';
import {wait} from '../base/wait.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {TargetClient} from '../sink/client.ts';
import type {LockedPosition} from '../source/chunkReader.ts';
import type {Holds} from './holds.ts';
import type {Ledger} from './ledger.ts';
import type {LoadRecord} from './ledgerTypes.ts';
import type {LoadPool} from './loadPool.ts';
import type {PolicyCounts} from './progress.ts';
import type {SourceLanes} from './sourceLanes.ts';
import {bookAll, type PhaseThrottle} from './throttle.ts';

export interface LoadContext {
  client: TargetClient;
  ledger: Ledger;
  pool: LoadPool;
  lanes: SourceLanes;
  log: Log;
  /** Ends everything at once. */
  signal: AbortSignal;
  /** No chunk is begun any more; those being read are finished. */
  stop: AbortSignal;
  holds: Holds;
  /** Shared with the workers, which keep its rows and bytes; queries are counted here. */
  throttle: PhaseThrottle;
  /** Where the common snapshot of all workers stands; null where each chunk is read at its own time. */
  snapshot: LockedPosition | null;
}

export interface TableToLoad {
  tableId: number;
  plan: TablePlan;
  /** The condition that its rows meet; null for all. */
  whereSql: string | null;
  /** What an earlier runtime left; null when nothing was begun. */
  begun: LoadRecord | null;
  /** The position at which the table joined, where it was read (rule C2). */
  start: {serverUuid: string; gtidSet: string};
  /** More rows and bytes were read; fewer when some are read again. */
  onRows: (rows: number, bytes: number) => void;
  /** How many rows the table has, as far as is known by now. */
  onEstimate: (rows: number) => void;
  /** What the policies of the table did to a chunk. */
  onCounts: (counts: PolicyCounts) => void;
  /** All rows read so far are read again. */
  onStartOver: () => void;
  /** A table without a key stands here in the binlog (rule C3). */
  onLocked: (position: LockedPosition) => Promise<void>;
}

/** Waits as long as the limit of queries wants. */
export async function pace(context: LoadContext, amounts: {queries: number}): Promise<void> {
  const waitMs = bookAll(context.throttle, amounts);
  if (waitMs === 0) return;
  slowed(context)(waitMs);
  await wait(waitMs, context.stop);
}

/** Tells that the load waits for its limits. */
export function slowed({holds}: LoadContext): (waitMs: number) => void {
  return waitMs => holds.slow('throttle-full', waitMs);
}

/** The condition of the table's rows, to be added to that of a chunk. */
export function andWhere({whereSql}: TableToLoad): string {
  return whereSql === null ? '' : ` AND ${whereSql}`;
}
