// A thread of decodePool.ts: turns the bodies of record streams into block files. It gets a body's bytes in pieces, and
// gives every piece's memory back when it was read, which is also what lets the next one come.
import {parentPort} from 'node:worker_threads';
import {must} from '../base/assert.ts';
import {parseOdpsType} from '../codec/odpsType.ts';
import {writeDraft, type Draft} from './blocks.ts';
import {decodeBody} from './contentEncoding.ts';
import {asOdpsError} from './odpsError.ts';

export type DecodeCall =
  | {kind: 'begin'; job: number; order: DecodeOrder}
  | {kind: 'piece'; job: number; bytes: Uint8Array<ArrayBuffer>; length: number}
  | {kind: 'end'; job: number}
  /** The body will not come whole: forget what came. */
  | {kind: 'abort'; job: number};

export interface DecodeOrder {
  folder: string;
  columns: {name: string; type: string}[];
  encoding: string | undefined;
}

export type DecodeAnswer =
  | {kind: 'read'; job: number; bytes: Uint8Array<ArrayBuffer>}
  | {kind: 'done'; job: number; draft: Draft}
  | {kind: 'failed'; job: number; failure: Failure};

/** A refusal for the client, or a trouble of the machine with its error code. */
export type Failure =
  {code: string; status: number; message: string} | {status: null; code: string; message: string};

interface Job {
  pieces: {bytes: Uint8Array<ArrayBuffer>; length: number}[];
  end: 'open' | 'ended' | 'aborted';
  wake: () => void;
}

const port = must(parentPort, 'the decoder runs in a thread');
const jobs = new Map<number, Job>();

port.on('message', (call: DecodeCall) => {
  if (call.kind === 'begin') {
    const job: Job = {pieces: [], end: 'open', wake: () => undefined};
    jobs.set(call.job, job);
    void run(call.job, job, call.order);
    return;
  }
  const job = jobs.get(call.job);
  if (job === undefined) return;
  if (call.kind === 'piece') job.pieces.push({bytes: call.bytes, length: call.length});
  else job.end = call.kind === 'end' ? 'ended' : 'aborted';
  job.wake();
});

async function run(id: number, job: Job, order: DecodeOrder): Promise<void> {
  const columns = order.columns.map(({name, type}) => ({name, type: parseOdpsType(type)}));
  try {
    const body = decodeBody(bodyOf(id, job), order.encoding);
    const draft = await writeDraft(order.folder, columns, body);
    answer({kind: 'done', job: id, draft});
  } catch (error) {
    answer({kind: 'failed', job: id, failure: failureOf(error)});
  } finally {
    jobs.delete(id);
  }
}

async function* bodyOf(id: number, job: Job): AsyncGenerator<Uint8Array> {
  for (;;) {
    if (job.end === 'aborted') throw new Error('the body ended early');
    const piece = job.pieces.shift();
    if (piece !== undefined) {
      yield piece.bytes.subarray(0, piece.length);
      answer({kind: 'read', job: id, bytes: piece.bytes}, [piece.bytes.buffer]);
    } else if (job.end === 'ended') return;
    else await new Promise<void>(resolve => (job.wake = resolve));
  }
}

function answer(message: DecodeAnswer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function failureOf(error: unknown): Failure {
  const {code, status, message} = asOdpsError(error);
  if (status < 500) return {code, status, message};
  const trouble = error as NodeJS.ErrnoException;
  return {status: null, code: trouble.code ?? 'UNKNOWN', message: trouble.message};
}
