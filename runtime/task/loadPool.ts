// The load workers: jobs wait in one queue, each worker runs one at a time.
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
  /** A worker begins with the job. */
  onStart?: () => void;
  /** The read lock of a table without a key was taken and given back: its rows stand here in the binlog. */
  onLocked?: (position: LockedPosition) => void;
  /** Reading waits this long for `full.throttle`. */
  onThrottled?: (waitMs: number) => void;
  onProgress?: (rows: number, bytes: number) => void;
}

/** Threads are started as jobs come, up to `workersMax`; closing ends them, and their jobs with SYNC5041. */
export class LoadPool implements AsyncDisposable {
  readonly #data: LoadWorkerData;
  readonly #workersMax: number;
  readonly #waiting: Pending[] = [];
  readonly #idle: Worker[] = [];
  readonly #running = new Map<Worker, Pending>();
  #lastJobId = 0;
  #closed = false;

  constructor(data: LoadWorkerData, workersMax: number) {
    this.#data = data;
    this.#workersMax = workersMax;
  }

  /** Starts the threads before there are jobs, so that the first rows do not wait for them. */
  warmUp(): void {
    while (this.#idle.length + this.#running.size < this.#workersMax)
      this.#idle.push(this.#start());
  }

  get workersMax(): number {
    return this.#workersMax;
  }

  /**
   * One step of a common snapshot on every worker at once, all of which must be idle. 'connect' starts those that are
   * missing; a worker that was lost since is missed in 'open'.
   */
  async stepSnapshot(kind: SnapshotStep['kind']): Promise<void> {
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
      this.#waiting.push({job: {...job, jobId: ++this.#lastJobId}, hooks, resolve, reject});
      this.#next();
    });
  }

  /** Drops the jobs that no worker has begun. */
  dropWaiting(): void {
    for (const pending of this.#waiting.splice(0))
      pending.reject(fail('SYNC5041', {reason: 'the load was stopped'}));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.dropWaiting();
    await Promise.all([...this.#idle, ...this.#running.keys()].map(worker => worker.terminate()));
  }

  #next(): void {
    while (this.#waiting[0]?.hooks.isWanted?.() === false) this.#waiting.shift()!.resolve(null);
    if (this.#closed || this.#waiting.length === 0) return;
    const worker =
      this.#idle.pop() ?? (this.#running.size < this.#workersMax ? this.#start() : null);
    if (worker === null) return;
    const pending = this.#waiting.shift()!;
    this.#running.set(worker, pending);
    pending.hooks.onStart?.();
    worker.postMessage(pending.job);
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./loadWorker${extname(import.meta.url)}`, import.meta.url), {
      workerData: this.#data,
    });
    worker.on('message', (answer: LoadAnswer) => this.#answer(worker, answer));
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

  #answer(worker: Worker, answer: LoadAnswer): void {
    const pending = this.#running.get(worker);
    assert(
      pending !== undefined && pending.job.jobId === answer.jobId,
      'an answer belongs to the running job',
    );
    if (answer.kind === 'locked') return pending.hooks.onLocked?.(answer.position);
    if (answer.kind === 'throttled') return pending.hooks.onThrottled?.(answer.waitMs);
    if (answer.kind === 'progress') return pending.hooks.onProgress?.(answer.rows, answer.bytes);
    this.#running.delete(worker);
    this.#idle.push(worker);
    if (answer.kind === 'result') pending.resolve(answer.result);
    else if (answer.kind === 'stepped') pending.resolve(null);
    else pending.reject(restoreError(answer.error));
    this.#next();
  }
}
