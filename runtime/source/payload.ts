// The events inside a compressed transaction. Small ones are unpacked at once, large ones as a stream, so that memory
// holds one event and not the transaction. Refuses other compressions than zstd and more bytes than announced.
import {createZstdDecompress, type ZstdDecompress} from 'node:zlib';
import {MiB} from '../base/sizes.ts';
import {eventHeaderBytes, parsePayloadHeader} from '../codec/binlogEvent.ts';
import {borrowUnpacker, giveBack, unpackInto, type Unpacker} from './unpack.ts';

/** Above this a payload is unpacked as a stream. */
const wholeBytesMax = 4 * MiB;
const streamChunkBytes = MiB;
const compressionZstd = 0;
const compressionNone = 255;

/** Takes one inner event, header at `at`, without a checksum; a promise holds the next one back. */
export type TakeEvent = (
  input: Buffer,
  view: DataView,
  at: number,
  end: number,
) => Promise<void> | void;

/** Gives each event of the payload body input[at, end) in order. Throws RangeError for bytes that are no payload. */
export function unwrapPayload(
  input: Buffer,
  at: number,
  end: number,
  take: TakeEvent,
): Promise<void> | void {
  const {compression, uncompressedBytes, payloadAt} = parsePayloadHeader(input, at, end);
  const packed = input.subarray(payloadAt, end);
  if (compression === compressionNone) return walkWhole(packed, take);
  if (compression !== compressionZstd)
    throw new RangeError(`a transaction compressed by method ${compression}`);
  if (uncompressedBytes > wholeBytesMax) {
    const unpacking = createUnpacking();
    unpacking.end(packed);
    return walkStream(unpacking, uncompressedBytes, take);
  }
  return walkPacked(packed, uncompressedBytes, take);
}

function walkPacked(
  packed: Buffer,
  uncompressedBytes: number,
  take: TakeEvent,
): Promise<void> | void {
  const unpacker = borrowUnpacker();
  // After an error the stream ends, and nobody knows who still reads the bytes.
  const held = walkWhole(unpack(unpacker, packed, uncompressedBytes), take);
  if (held !== undefined) return held.then(() => giveBack(unpacker));
  giveBack(unpacker);
}

function unpack(unpacker: Unpacker, packed: Buffer, uncompressedBytes: number): Buffer {
  let bytes: Buffer;
  try {
    bytes = unpackInto(unpacker, packed, uncompressedBytes);
  } catch (error) {
    throw new RangeError('a compressed transaction that cannot be unpacked', {cause: error});
  }
  if (bytes.length !== uncompressedBytes)
    throw new RangeError('a compressed transaction of another length than it says');
  return bytes;
}

function walkWhole(bytes: Buffer, take: TakeEvent): Promise<void> | void {
  const view = viewOf(bytes);
  const walk = (at: number): Promise<void> | void => {
    while (at < bytes.length) {
      const end = eventEnd(bytes, at);
      if (end < 0) throw new RangeError('a compressed transaction that ends within an event');
      const held = take(bytes, view, at, end);
      if (held !== undefined) return held.then(() => walk(end));
      at = end;
    }
  };
  return walk(0);
}

/** A stream that unpacks a payload. */
export function createUnpacking(): ZstdDecompress {
  return createZstdDecompress({chunkSize: streamChunkBytes});
}

/** Gives each event that `unpacking` brings; the last one not before `beforeLast` resolves. */
export async function walkStream(
  unpacking: ZstdDecompress,
  bytesMax: number,
  take: TakeEvent,
  beforeLast: Promise<void> | null = null,
): Promise<void> {
  let bytes: Buffer = Buffer.alloc(0);
  let total = 0;
  const chunks = (unpacking as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  for (let chunk; (chunk = await nextChunk(chunks)) !== null;) {
    total += chunk.length;
    if (total > bytesMax) throw new RangeError('a compressed transaction longer than it says');
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const view = viewOf(bytes);
    let at = 0;
    for (let end; (end = eventEnd(bytes, at)) >= 0; at = end) {
      const isLast = total - bytes.length + end === bytesMax;
      if (isLast && beforeLast !== null) await beforeLast;
      const held = take(bytes, view, at, end);
      if (held !== undefined) await held;
    }
    bytes = bytes.subarray(at);
  }
  if (bytes.length > 0 || total !== bytesMax)
    throw new RangeError('a compressed transaction that ends within an event');
}

/** Null at the end; what zstd says of damaged bytes is what we say of them. */
async function nextChunk(chunks: AsyncIterator<Buffer>): Promise<Buffer | null> {
  try {
    const {done, value} = await chunks.next();
    return done === true ? null : value;
  } catch (error) {
    throw new RangeError('a compressed transaction that cannot be unpacked', {cause: error});
  }
}

/** End of the event whose header is at `at`; -1 when it is not all there. */
function eventEnd(bytes: Buffer, at: number): number {
  if (at + eventHeaderBytes > bytes.length) return -1;
  const size = bytes.readUInt32LE(at + 9);
  if (size < eventHeaderBytes) throw new RangeError(`an event of ${size} bytes`);
  return at + size <= bytes.length ? at + size : -1;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
