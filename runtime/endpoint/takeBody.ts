// Gives a request's body to a thread that decodes it. The bytes are gathered into pieces whose memory goes to the thread
// and comes back; a body has few pieces on the way, so a client that sends faster than its thread decodes is slowed down,
// and memory does not grow with the body.
import type {Readable} from 'node:stream';
import {KiB} from '../base/sizes.ts';
import {formatOdpsType} from '../codec/odpsType.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import type {Draft} from './blocks.ts';
import type {Line, Threads} from './threads.ts';

/** A message between threads costs as much as copying about a tenth of this. */
const pieceBytes = 256 * KiB;
/** Pieces of one body that are with its thread. */
const piecesMax = 4;
/** Pieces that are kept for the next bodies. */
const spareMax = 16;

type Piece = Uint8Array<ArrayBuffer>;
const spare: Piece[] = [];

interface Job {
  line: Line;
  /** Pieces that the thread has. */
  pieces: number;
  failure: Error | null;
  draft: Draft | null;
  wake: () => void;
}

/** Takes `body` into a file of `folder`. Throws the stream's refusal and keeps nothing when it is broken. */
export async function takeBody(
  threads: Threads,
  folder: string,
  columns: RecordColumn[],
  body: Readable,
  encoding: string | undefined,
): Promise<Draft> {
  const job = begin(threads);
  const names = columns.map(({name, type}) => ({name, type: formatOdpsType(type)}));
  job.line.post({kind: 'decode', order: {folder, columns: names, encoding}});
  try {
    await send(job, body);
    while (job.draft === null) await news(job);
    return job.draft;
  } finally {
    job.line.close();
  }
}

function begin(threads: Threads): Job {
  const job: Omit<Job, 'line'> = {pieces: 0, failure: null, draft: null, wake: () => undefined};
  const line = threads.open({
    answer: answer => {
      if (answer.kind === 'done') job.draft = answer.draft;
      else if (answer.kind === 'read') {
        job.pieces--;
        keep(answer.bytes);
      }
      job.wake();
    },
    failed: error => {
      job.failure = error;
      job.wake();
    },
  });
  return Object.assign(job, {line});
}

async function send(job: Job, body: Readable): Promise<void> {
  let piece = take();
  let length = 0;
  const post = async () => {
    while (job.pieces >= piecesMax) await news(job);
    job.pieces++;
    job.line.post({kind: 'piece', bytes: piece, length}, [piece.buffer]);
    length = 0;
  };
  try {
    for await (const bytes of body.iterator({destroyOnReturn: false}) as AsyncIterable<Buffer>) {
      for (let at = 0; at < bytes.length;) {
        if (length === pieceBytes) {
          await post();
          piece = take();
        }
        const part = bytes.subarray(at, at + pieceBytes - length);
        piece.set(part, length);
        length += part.length;
        at += part.length;
      }
      if (job.failure !== null) throw job.failure;
    }
  } catch (error) {
    job.line.post({kind: 'abort'});
    throw error;
  }
  if (length > 0) await post();
  else keep(piece);
  job.line.post({kind: 'end'});
}

/** Waits until the thread says something of the job; throws what it refused. */
async function news(job: Job): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  job.wake = resolve;
  if (job.failure === null && job.draft === null) await promise;
  if (job.failure !== null) throw job.failure;
}

function take(): Piece {
  return spare.pop() ?? new Uint8Array(pieceBytes);
}

function keep(piece: Piece): void {
  if (spare.length < spareMax) spare.push(piece);
}
