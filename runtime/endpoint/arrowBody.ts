// Arrow bodies of the tunnel, both ways (protocol section 15): chunks with checksums around record-batch messages. What comes in
// goes on as a record stream, so that both kinds of body are kept and refused alike.
import {PassThrough, Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {KiB, MiB} from '../base/sizes.ts';
import {crcBytes} from '../codec/crc32c.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import {createRecordWriter} from '../codec/recordWriter.ts';
import {arrowBodyBytes, arrowRows} from './arrowRead.ts';
import {arrowBatch, arrowEnd, arrowSchema, type ArrowMoments} from './arrowWrite.ts';
import {decodeBody} from './contentEncoding.ts';
import {badRequest} from './odpsError.ts';
import {readRows, type RowRange} from './recordAnswer.ts';
import type {World} from './world.ts';

/** What every client sends and expects; others are read as well, up to the larger number. */
const chunkBytes = 64 * KiB;
const chunkBytesMax = 16 * MiB;
/** A message is held in memory whole: a batch of 8 MiB cells or of very many rows is beyond what anybody sends. */
const messageBytesMax = 256 * MiB;
const headBytesMax = 16 * MiB;

/** The rows of an Arrow body as a record stream. Reading it fails as the body is broken. */
export function recordsOfArrow(
  columns: RecordColumn[],
  body: Readable,
  encoding: string | undefined,
): Readable {
  return Readable.from(
    recordPieces(columns, decodeBody(body.iterator({destroyOnReturn: false}), encoding)),
    {objectMode: false},
  );
}

async function* recordPieces(
  columns: RecordColumn[],
  plain: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const writer = createRecordWriter(columns);
  const source = pieceSource(unframe(plain));
  for (;;) {
    const head = await source.head();
    if (head === null) break;
    try {
      const body = await source.need(arrowBodyBytes(head), messageBytesMax);
      for (const row of arrowRows(columns, head, body)) writer.write(row);
    } catch (error) {
      throw error instanceof RangeError
        ? malformed('an offset leads outside of its message')
        : error;
    }
    yield Buffer.from(writer.take());
  }
  yield Buffer.from(writer.end());
}

/** The payload of chunks, each followed by its checksum, the last by the checksum of all. */
async function* unframe(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const source = pieceSource(plain);
  const size = (await source.need(4, 4)).readUInt32BE();
  if (size === 0 || size > chunkBytesMax) throw malformed(`chunks of ${size} bytes`);
  let all = -1;
  for (;;) {
    const part = await source.upTo(size + 4);
    if (part.length < 4) throw malformed('it ends before its checksum');
    const payload = part.subarray(0, -4);
    all = crcBytes(all, payload, 0, payload.length);
    const last = part.length < size + 4;
    const due = last ? all : crcBytes(-1, payload, 0, payload.length);
    if (part.readUInt32BE(payload.length) !== ~due >>> 0) {
      throw badRequest('CorruptedDataStream', 'The checksum of an Arrow chunk is another');
    }
    yield payload;
    if (last) return;
  }
}

/** Takes exact numbers of bytes off pieces, joining them once. */
function pieceSource(pieces: AsyncIterable<Uint8Array>) {
  const iterator = pieces[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let heldBytes = 0;
  const upTo = async (length: number): Promise<Buffer> => {
    while (heldBytes < length) {
      const next = await iterator.next();
      if (next.done === true) break;
      held.push(Buffer.from(next.value));
      heldBytes += next.value.length;
    }
    const joined = Buffer.concat(held);
    const taken = joined.subarray(0, length);
    held = [joined.subarray(taken.length)];
    heldBytes -= taken.length;
    return taken;
  };
  const need = async (length: number, bytesMax: number): Promise<Buffer> => {
    if (length < 0 || length > bytesMax) throw malformed(`a part of ${length} bytes`);
    const bytes = await upTo(length);
    if (bytes.length < length) throw malformed('it ends inside a message');
    return bytes;
  };
  /** The head of the next message, with or without its mark; null at the end. */
  const head = async (): Promise<Buffer | null> => {
    const first = await upTo(4);
    if (first.length === 0) return null;
    if (first.length < 4) throw malformed('it ends inside a message');
    const length =
      first.readUInt32LE() === 0xffffffff ? (await need(4, 4)).readInt32LE() : first.readInt32LE();
    return length === 0 ? null : need(length, headBytesMax);
  };
  return {upTo, need, head};
}

/** What is read of a file of rows, and how it is written. */
export interface ArrowAnswer {
  file: string;
  columns: RecordColumn[];
  indexes: number[];
  range: RowRange;
  moments: ArrowMoments;
  /** `chunks` for the tunnel; `stream` is Arrow's own with a schema, for previews. */
  frame: 'chunks' | 'stream';
}

/** Rows of a file as Arrow. */
export function arrowStream(world: World, answer: ArrowAnswer): Readable {
  const out = new PassThrough({highWaterMark: MiB});
  const messages = (connection: Parameters<typeof readRows>[0]) =>
    answer.frame === 'chunks'
      ? framed(batches(connection, answer))
      : whole(batches(connection, answer), answer);
  void world.store
    .read(connection => pipeline(messages(connection), out))
    .catch((error: unknown) => {
      world.log.warn({err: error}, 'an Arrow answer ended early');
      out.destroy(error as Error);
    });
  return out;
}

async function* batches(
  connection: Parameters<typeof readRows>[0],
  answer: ArrowAnswer,
): AsyncGenerator<Buffer> {
  const {file, columns, indexes, range, moments} = answer;
  if (range.count === 0) return;
  const chosen = indexes.map(i => columns[i]!);
  for await (const rows of readRows(connection, file, columns, indexes, range)) {
    yield arrowBatch(chosen, rows, moments);
  }
}

async function* whole(
  messages: AsyncIterable<Buffer>,
  {columns, indexes, moments}: ArrowAnswer,
): AsyncGenerator<Buffer> {
  yield arrowSchema(
    indexes.map(i => columns[i]!),
    moments,
  );
  yield* messages;
  yield arrowEnd;
}

async function* framed(messages: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield word(chunkBytes);
  let held = Buffer.alloc(0);
  let all = -1;
  for await (const message of messages) {
    held = Buffer.concat([held, message]);
    while (held.length >= chunkBytes) {
      const chunk = held.subarray(0, chunkBytes);
      held = held.subarray(chunkBytes);
      all = crcBytes(all, chunk, 0, chunk.length);
      yield Buffer.concat([chunk, word(~crcBytes(-1, chunk, 0, chunk.length))]);
    }
  }
  all = crcBytes(all, held, 0, held.length);
  yield Buffer.concat([held, word(~all)]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function malformed(what: string): Error {
  return badRequest('MalformedDataStream', `The Arrow body is broken: ${what}`);
}
