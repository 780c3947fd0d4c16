// The threads that move rows between wire and files, so that the thread that serves requests only moves bytes. Each job is
// a line of messages between a request and its thread; what is said on it is takeBody.ts and giveRows.ts.
import {availableParallelism} from 'node:os';
import {extname} from 'node:path';
import {setFlagsFromString} from 'node:v8';
import {Worker} from 'node:worker_threads';
import type {DecodeAnswer, DecodeCall} from './decodeJob.ts';
import type {EncodeAnswer, EncodeCall} from './encodeJob.ts';
import {OdpsError} from './odpsError.ts';

export type JobCall = DecodeCall | EncodeCall;
export type JobAnswer = DecodeAnswer | EncodeAnswer | {kind: 'failed'; failure: Failure};

/** A refusal for the client, or a trouble of the machine with its error code. */
export type Failure =
  {code: string; status: number; message: string} | {status: null; code: string; message: string};

/** One job's end in the thread that asked for it. */
export interface Line {
  post(call: JobCall, transfer?: ArrayBuffer[]): void;
  /** Forgets the job; its thread is told to by a message of its own. */
  close(): void;
}

/** What hears of a job: its answers, and why there are no more. */
export interface Ear {
  answer(answer: DecodeAnswer | EncodeAnswer): void;
  failed(error: Error): void;
}

/**
 * What a thread's heap may grow by before V8 looks through it the first time, and from then on at least. The bytes of bodies
 * count as growth; left alone V8 looks whenever 12 MB of them came by, which is a quarter of all the endpoint's work.
 */
const heapMebibytes = 32;

/**
 * Half of the cores, for clients and DuckDB need the others; but two at least: one waits for its decompressor and its file
 * for a quarter of its time, and where a client has sent all it had, nobody else needs the second core.
 */
const threadsMax = Math.min(4, Math.max(2, availableParallelism() >> 1));

interface Thread {
  worker: Worker;
  ears: Map<number, Ear>;
}

export class Threads implements AsyncDisposable {
  readonly #threads: Thread[] = [];
  #lastJob = 0;
  #closed = false;

  /** Begins a job on the thread with the fewest. */
  open(ear: Ear): Line {
    const least = this.#threads.toSorted((a, b) => a.ears.size - b.ears.size)[0];
    const free = least?.ears.size === 0 || this.#threads.length === threadsMax;
    const thread = free ? least! : this.#start();
    const job = ++this.#lastJob;
    thread.ears.set(job, ear);
    return {
      post: (call, transfer = []) => thread.worker.postMessage({job, call}, transfer),
      close: () => void thread.ears.delete(job),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.splice(0).map(({worker}) => worker.terminate()));
  }

  #start(): Thread {
    if (this.#closed) throw new OdpsError('ServiceUnavailable', 503, 'The endpoint is ending');
    // For heaps that are made from now on; that of the process has it from the launcher.
    setFlagsFromString(`--initial-old-space-size=${heapMebibytes}`);
    const worker = new Worker(new URL(`./jobWorker${extname(import.meta.url)}`, import.meta.url));
    const thread: Thread = {worker, ears: new Map()};
    worker.on('message', ({job, answer}: {job: number; answer: JobAnswer}) => {
      const ear = thread.ears.get(job);
      if (answer.kind === 'failed') ear?.failed(errorOf(answer.failure));
      else ear?.answer(answer);
    });
    const ended = (error: Error) => {
      const at = this.#threads.indexOf(thread);
      if (at >= 0) this.#threads.splice(at, 1);
      for (const ear of thread.ears.values()) ear.failed(error);
    };
    worker.on('error', error => ended(error as Error));
    worker.on('exit', () => ended(new Error('a thread of the endpoint ended')));
    this.#threads.push(thread);
    return thread;
  }
}

function errorOf({status, code, message}: Failure): Error {
  if (status !== null) return new OdpsError(code, status, message);
  return Object.assign(new Error(message), {code});
}
