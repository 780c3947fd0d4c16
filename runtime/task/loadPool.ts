// The load workers: jobs wait in one queue, each worker runs one at a time. Workers of load pods take chunks from it as well.
import {extname} from 'node:path';
import {Worker} from 'node:worker_threads';
import {assert} from '../base/assert.ts';
import {fail} from '../base/errors.ts';
import type {LockedPosition} from '../source/chunkReader.ts';
import {
  restoreError,
  type LoadAnswer,
  type LoadJob,
  type LoadResult,
  type LoadWorkerData,
  type SnapshotStep,
} from './loadJob.ts';

interface Pending {
  job: LoadJob | SnapshotStep;
  hooks: JobHooks;
  resolve: (result: LoadResult | null) => void;
  reject: (error: Error) => void;
}

export interface JobHooks {
  /** Asked when a worker is free for the job: a job that is not wanted any more is answered with null. */
  isWanted?: () => boolean;
  /** The load pod that had the job is gone, and what it sent may still arrive: the job is given to another worker. */
  onLost?: () => void;
  /** A worker begins with the job. */
  onStart?: () => void;
  /** The read lock of a table without a key was taken and given back: its rows stand here in the binlog. */
  onLocked?: (position: LockedPosition) => void;
  /** Reading waits this long for `full.throttle`. */
  onThrottled?: (waitMs: number) => void;
  onProgress?: (rows: number, bytes: number) => void;
}

/** What runs jobs: a thread here, or one of a load pod. */
export interface LoadHand {
  postMessage: (job: LoadJob | SnapshotStep) => void;
  terminate: () => Promise<unknown>;
}

/** Threads are started as jobs come, up to `workersMax`; closing ends them, and their jobs with SYNC5041. */
export class LoadPool implements AsyncDisposable {
  readonly #data: LoadWorkerData;
  readonly #workersMax: number;
  readonly #waiting: Pending[] = [];
  readonly #idle: Worker[] = [];
  /** Hands of load pods: those that wait, and all of them. */
  readonly #idleHelpers: LoadHand[] = [];
  readonly #helpers = new Set<LoadHand>();
  readonly #running = new Map<LoadHand, Pending>();
  readonly #pods: number;
  #lastJobId = 0;
  #closed = false;

  /** `pods`: how many load pods are to help, each with as many workers as there are here. */
  constructor(data: LoadWorkerData, workersMax: number, pods = 0) {
    this.#pods = pods;
    this.#data = data;
    this.#workersMax = workersMax;
  }

  /** Starts the threads before there are jobs, so that the first rows do not wait for them. */
  warmUp(): void {
    while (this.#idle.length + this.#running.size < this.#workersMax)
      this.#idle.push(this.#start());
  }

  /** Chunks that may be read at the same time. */
  get workersMax(): number {
    return this.#workersMax * (1 + this.#pods);
  }

  /** Whether chunks may go to load pods, which can be lost while they read: then a chunk has to end where it was planned to. */
  get isShared(): boolean {
    return this.#pods > 0;
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** A worker of a load pod takes chunks from now on. `ended`: what it was reading goes back into the queue; whether it was. */
  adopt(hand: LoadHand): {answer: (answer: LoadAnswer) => void; ended: () => boolean} {
    this.#helpers.add(hand);
    this.#idleHelpers.push(hand);
    this.#next();
    return {
      answer: answer => this.#answer(hand, answer, () => this.#idleHelpers.push(hand)),
      ended: () => {
        const pending = this.#running.get(hand);
        this.#running.delete(hand);
        this.#helpers.delete(hand);
        const at = this.#idleHelpers.indexOf(hand);
        if (at !== -1) this.#idleHelpers.splice(at, 1);
        if (pending === undefined) return false;
        if (this.#closed) pending.reject(stopped());
        else {
          pending.hooks.onLost?.();
          this.#waiting.unshift(pending);
        }
        this.#next();
        return true;
      },
    };
  }

  /**
   * One step of a common snapshot on every worker at once, all of which must be idle. 'connect' starts those that are
   * missing; a worker that was lost since is missed in 'open'.
   */
  async stepSnapshot(kind: SnapshotStep['kind']): Promise<void> {
    if (this.#closed) throw stopped();
    assert(this.#running.size === 0, 'a snapshot is opened while nothing is read');
    if (kind === 'connect') this.warmUp();
    const workers = this.#idle.splice(0);
    await Promise.all(
      workers.map(
        worker =>
          new Promise<void>((resolve, reject) => {
            const step: SnapshotStep = {jobId: ++this.#lastJobId, kind};
            this.#running.set(worker, {job: step, hooks: {}, resolve: () => resolve(), reject});
            worker.postMessage(step);
          }),
      ),
    );
  }

  /** Runs one job on the next free worker; null when it is not wanted any more by then. */
  run(job: Omit<LoadJob, 'jobId'>, hooks: JobHooks = {}): Promise<LoadResult | null> {
    return new Promise((resolve, reject) => {
      // A table may still be planned while the pool closes because something else failed.
      if (this.#closed) return reject(stopped());
      this.#waiting.push({job: {...job, jobId: ++this.#lastJobId}, hooks, resolve, reject});
      this.#next();
    });
  }

  /** Drops the jobs that no worker has begun. */
  dropWaiting(): void {
    for (const pending of this.#waiting.splice(0)) pending.reject(stopped());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.dropWaiting();
    const hands = new Set<LoadHand>([...this.#idle, ...this.#helpers, ...this.#running.keys()]);
    await Promise.all([...hands].map(hand => hand.terminate()));
  }

  #next(): void {
    for (;;) {
      while (this.#waiting[0]?.hooks.isWanted?.() === false) this.#waiting.shift()!.resolve(null);
      if (this.#closed || this.#waiting.length === 0) return;
      const worker = this.#idle.pop() ?? (this.#isFull() ? null : this.#start());
      if (worker !== null) this.#give(worker, 0);
      else {
        const at = this.#idleHelpers.length === 0 ? -1 : this.#waiting.findIndex(isForHelpers);
        if (at === -1) return;
        this.#give(this.#idleHelpers.pop()!, at);
      }
    }
  }

  #isFull(): boolean {
    const here = [...this.#running.keys()].filter(hand => !this.#helpers.has(hand));
    return here.length >= this.#workersMax;
  }

  #give(hand: LoadHand, at: number): void {
    const pending = this.#waiting.splice(at, 1)[0]!;
    this.#running.set(hand, pending);
    pending.hooks.onStart?.();
    hand.postMessage(pending.job);
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./loadWorker${extname(import.meta.url)}`, import.meta.url), {
      workerData: this.#data,
    });
    worker.on('message', (answer: LoadAnswer) =>
      this.#answer(worker, answer, () => this.#idle.push(worker)),
    );
    const ended = (reason: string) => {
      this.#running.get(worker)?.reject(fail('SYNC5041', {reason}));
      this.#running.delete(worker);
      const at = this.#idle.indexOf(worker);
      if (at !== -1) this.#idle.splice(at, 1);
      this.#next();
    };
    worker.on('error', error => ended(error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => ended('its thread ended'));
    return worker;
  }

  #answer(hand: LoadHand, answer: LoadAnswer, rest: () => void): void {
    const pending = this.#running.get(hand);
    assert(
      pending !== undefined && pending.job.jobId === answer.jobId,
      'an answer belongs to the running job',
    );
    if (answer.kind === 'locked') return pending.hooks.onLocked?.(answer.position);
    if (answer.kind === 'throttled') return pending.hooks.onThrottled?.(answer.waitMs);
    if (answer.kind === 'progress') return pending.hooks.onProgress?.(answer.rows, answer.bytes);
    this.#running.delete(hand);
    rest();
    if (answer.kind === 'result') pending.resolve(answer.result);
    else if (answer.kind === 'stepped') pending.resolve(null);
    else pending.reject(restoreError(answer.error));
    this.#next();
  }
}

function stopped() {
  return fail('SYNC5041', {reason: 'the load was stopped'});
}

/** Chunks alone: a table without a key cannot be read twice in part, and a common snapshot is that of the threads here. */
function isForHelpers({job, hooks}: Pending): boolean {
  const isWanted = hooks.isWanted?.() ?? true;
  return !('kind' in job) && job.blockId !== null && !job.inSnapshot && isWanted;
}
