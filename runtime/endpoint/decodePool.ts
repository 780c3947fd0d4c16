// Decodes bodies of record streams in threads, so that the thread that serves requests only moves bytes. A body's bytes
// are gathered into pieces whose memory goes to the thread and comes back; a body has few pieces on the way, so a client
// that sends faster than its thread decodes is slowed down, and memory does not grow with the body.
import {availableParallelism} from 'node:os';
import {extname} from 'node:path';
import type {Readable} from 'node:stream';
import {Worker} from 'node:worker_threads';
import {KiB} from '../base/sizes.ts';
import {formatOdpsType} from '../codec/odpsType.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import type {Draft} from './blocks.ts';
import type {DecodeAnswer, DecodeCall, DecodeOrder, Failure} from './decodeWorker.ts';
import {OdpsError} from './odpsError.ts';

/** Half of the cores, for clients and DuckDB need the others. One decodes more than a core of a client makes. */
const threadsMax = Math.min(4, Math.max(1, availableParallelism() >> 1));
/** Bytes of a piece; a message between threads costs as much as copying about a tenth of it. */
const pieceBytes = 256 * KiB;
/** Pieces of one body that are with its thread. */
const piecesMax = 4;
/** Pieces that are kept for the next bodies. */
const spareMax = 32;

interface Thread {
  worker: Worker;
  jobs: Map<number, Job>;
}

interface Job {
  id: number;
  thread: Thread;
  /** Pieces that the thread has. */
  pieces: number;
  failure: Error | null;
  draft: Draft | null;
  wake: () => void;
}

export class DecodePool implements AsyncDisposable {
  readonly #threads: Thread[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #lastJob = 0;

  /** Takes `body` into a file of `folder`. Throws the stream's refusal and keeps nothing when it is broken. */
  async decode(
    folder: string,
    columns: RecordColumn[],
    body: Readable,
    encoding: string | undefined,
  ): Promise<Draft> {
    const names = columns.map(({name, type}) => ({name, type: formatOdpsType(type)}));
    const job = this.#begin({folder, columns: names, encoding});
    try {
      await this.#send(job, body);
      while (job.draft === null) await this.#news(job);
      return job.draft;
    } finally {
      job.thread.jobs.delete(job.id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({worker}) => worker.terminate()));
  }

  #begin(order: DecodeOrder): Job {
    const idle = this.#threads.find(thread => thread.jobs.size === 0);
    const thread =
      idle ??
      (this.#threads.length < threadsMax
        ? this.#start()
        : this.#threads.reduce((a, b) => (b.jobs.size < a.jobs.size ? b : a)));
    const id = ++this.#lastJob;
    const job: Job = {id, thread, pieces: 0, failure: null, draft: null, wake: () => undefined};
    thread.jobs.set(id, job);
    post(job, {kind: 'begin', job: id, order});
    return job;
  }

  async #send(job: Job, body: Readable): Promise<void> {
    let piece = this.#piece();
    let length = 0;
    const send = async () => {
      while (job.pieces >= piecesMax) await this.#news(job);
      job.pieces++;
      post(job, {kind: 'piece', job: job.id, bytes: piece, length}, [piece.buffer]);
      length = 0;
    };
    try {
      for await (const bytes of body.iterator({destroyOnReturn: false}) as AsyncIterable<Buffer>) {
        for (let at = 0; at < bytes.length;) {
          if (length === pieceBytes) {
            await send();
            piece = this.#piece();
          }
          const part = bytes.subarray(at, at + pieceBytes - length);
          piece.set(part, length);
          length += part.length;
          at += part.length;
        }
        if (job.failure !== null) throw job.failure;
      }
    } catch (error) {
      post(job, {kind: 'abort', job: job.id});
      throw error;
    }
    if (length > 0) await send();
    else this.#keep(piece);
    post(job, {kind: 'end', job: job.id});
  }

  /** Waits until the thread says something of the job; throws what it refused. */
  async #news(job: Job): Promise<void> {
    const {promise, resolve} = Promise.withResolvers<void>();
    job.wake = resolve;
    if (job.failure === null && job.draft === null) await promise;
    if (job.failure !== null) throw job.failure;
  }

  #piece(): Uint8Array<ArrayBuffer> {
    return this.#spare.pop() ?? new Uint8Array(pieceBytes);
  }

  #keep(piece: Uint8Array<ArrayBuffer>): void {
    if (this.#spare.length < spareMax) this.#spare.push(piece);
  }

  #start(): Thread {
    const worker = new Worker(
      new URL(`./decodeWorker${extname(import.meta.url)}`, import.meta.url),
    );
    const thread: Thread = {worker, jobs: new Map()};
    worker.on('message', (answer: DecodeAnswer) => this.#answer(thread, answer));
    const ended = (error: Error) => {
      const at = this.#threads.indexOf(thread);
      if (at >= 0) this.#threads.splice(at, 1);
      for (const job of thread.jobs.values()) settle(job, error);
    };
    worker.on('error', error => ended(error as Error));
    worker.on('exit', () => ended(new Error('a decoding thread ended')));
    this.#threads.push(thread);
    return thread;
  }

  #answer(thread: Thread, answer: DecodeAnswer): void {
    if (answer.kind === 'read') this.#keep(answer.bytes);
    const job = thread.jobs.get(answer.job);
    if (job === undefined) return;
    if (answer.kind === 'read') job.pieces--;
    else if (answer.kind === 'done') job.draft = answer.draft;
    else return settle(job, errorOf(answer.failure));
    job.wake();
  }
}

function post(job: Job, call: DecodeCall, transfer: ArrayBuffer[] = []): void {
  job.thread.worker.postMessage(call, transfer);
}

function settle(job: Job, error: Error): void {
  job.failure ??= error;
  job.wake();
}

function errorOf({status, code, message}: Failure): Error {
  if (status !== null) return new OdpsError(code, status, message);
  return Object.assign(new Error(message), {code});
}
