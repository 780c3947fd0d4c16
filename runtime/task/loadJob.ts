// What the task and its load workers tell each other, as plain data.
import {SyncError, asSyncError, type Finding} from '../base/errors.ts';
import type {ErrorKind} from '../base/codes/entry.ts';
import type {TablePlan} from '../codec/plan.ts';
import type {LockedPosition} from '../source/chunkReader.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {PolicyCounts} from './progress.ts';
import type {PhaseThrottle} from './throttle.ts';
import type {Task} from '../spec/task.ts';

/** What every load worker is started with. */
export interface LoadWorkerData {
  task: Task;
  secrets: Secrets;
  /** Shared by all workers. */
  throttle: PhaseThrottle;
}

/** One chunk into one block, or a whole table without a key under its lock into as many blocks as it takes. */
export interface LoadJob {
  jobId: number;
  plan: TablePlan;
  sql: string;
  session: {id: string; createdMs: number};
  /** The block of a chunk; null for a table without a key, whose blocks are 0, 1, 2 … */
  blockId: number | null;
  /** Where reading stops although the chunk goes on; null where it does not. */
  cut: {rows: number; keySql: string} | null;
  /** The server at which the load began and what it had executed: what is read must hold that (rule C2). */
  start: {serverUuid: string; gtidSet: string};
  /** Read in the snapshot that the worker holds, and no other. */
  inSnapshot: boolean;
}

/** What a worker does for a snapshot over all workers, outside the queue of jobs. */
export interface SnapshotStep {
  jobId: number;
  kind: 'connect' | 'open' | 'close';
}

export interface LoadResult {
  rows: number;
  bytes: number;
  /** `gtid_executed` after the last row (rule C2). */
  gtidAfter: string;
  /** The key of the last row where reading stopped before the end of the chunk; else null. */
  cutAt: string[] | null;
  /** Blocks that were written. */
  blocks: number[];
  /** What the policies of the table did to its values. */
  counts: PolicyCounts;
}

export type LoadAnswer =
  | {jobId: number; kind: 'result'; result: LoadResult}
  | {jobId: number; kind: 'stepped'}
  | {jobId: number; kind: 'locked'; position: LockedPosition}
  | {jobId: number; kind: 'throttled'; waitMs: number}
  | {jobId: number; kind: 'progress'; rows: number; bytes: number}
  | {jobId: number; kind: 'error'; error: CarriedError};

/** A coded error as plain data. */
export interface CarriedError {
  finding: Finding;
  errorKind: ErrorKind;
}

export function carryError(error: unknown): CarriedError {
  const {finding, kind} = asSyncError(error);
  return {finding, errorKind: kind};
}

export function restoreError({finding, errorKind}: CarriedError): SyncError {
  return new SyncError(finding, errorKind);
}
