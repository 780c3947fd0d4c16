// The thread's side of takeBody.ts: turns the body of a record stream into a block file. It gets the body's bytes in
// pieces, and gives every piece's memory back when it was read, which is also what lets the next one come.
import {parseOdpsType} from '../codec/odpsType.ts';
import {writeDraft, type Draft} from './blocks.ts';
import {decodeBody} from './contentEncoding.ts';
import type {Answering, RunningJob} from './jobWorker.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface DecodeOrder {
  folder: string;
  columns: {name: string; type: string}[];
  encoding: string | undefined;
}

export type DecodeCall =
  | {kind: 'decode'; order: DecodeOrder}
  | {kind: 'piece'; bytes: Bytes; length: number}
  | {kind: 'end'}
  /** The body will not come whole: forget what came. */
  | {kind: 'abort'};

export type DecodeAnswer = {kind: 'read'; bytes: Bytes} | {kind: 'done'; draft: Draft};

interface Job {
  pieces: {bytes: Bytes; length: number}[];
  end: 'open' | 'ended' | 'aborted';
  wake: () => void;
}

/** Begins with a body whose bytes will be given. */
export function beginDecode(
  order: DecodeOrder,
  answer: Answering<DecodeAnswer>,
): RunningJob<DecodeCall> {
  const job: Job = {pieces: [], end: 'open', wake: () => undefined};
  const take = (call: DecodeCall) => {
    if (call.kind === 'piece') job.pieces.push({bytes: call.bytes, length: call.length});
    else job.end = call.kind === 'end' ? 'ended' : 'aborted';
    job.wake();
  };
  return {take, done: run(job, order, answer)};
}

async function run(job: Job, order: DecodeOrder, answer: Answering<DecodeAnswer>): Promise<void> {
  const columns = order.columns.map(({name, type}) => ({name, type: parseOdpsType(type)}));
  const body = decodeBody(bodyOf(job, answer), order.encoding);
  answer({kind: 'done', draft: await writeDraft(order.folder, columns, body)});
}

async function* bodyOf(job: Job, answer: Answering<DecodeAnswer>): AsyncGenerator<Uint8Array> {
  for (;;) {
    if (job.end === 'aborted') throw new Error('the body ended early');
    const piece = job.pieces.shift();
    if (piece !== undefined) {
      yield piece.bytes.subarray(0, piece.length);
      answer({kind: 'read', bytes: piece.bytes}, [piece.bytes.buffer]);
    } else if (job.end === 'ended') return;
    else await new Promise<void>(resolve => (job.wake = resolve));
  }
}
