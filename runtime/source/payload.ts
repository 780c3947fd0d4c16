// The events inside a compressed transaction. Small ones are unpacked at once, large ones as a stream, so that memory
// holds one event and not the transaction. Refuses other compressions than zstd and more bytes than announced.
import {createZstdDecompress, zstdDecompressSync} from 'node:zlib';
import {MiB} from '../base/sizes.ts';
import {eventHeaderBytes, parsePayloadHeader} from '../codec/binlogEvent.ts';

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
  if (uncompressedBytes > wholeBytesMax) return walkStream(packed, uncompressedBytes, take);
  return walkWhole(unpack(packed, uncompressedBytes), take);
}

function unpack(packed: Buffer, uncompressedBytes: number): Buffer {
  let bytes: Buffer;
  try {
    bytes = zstdDecompressSync(packed, {maxOutputLength: Math.max(uncompressedBytes, 1)});
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

async function walkStream(packed: Buffer, bytesMax: number, take: TakeEvent): Promise<void> {
  const unpacking = createZstdDecompress({chunkSize: streamChunkBytes});
  unpacking.end(packed);
  let bytes: Buffer = Buffer.alloc(0);
  let total = 0;
  for await (const chunk of unpacking as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > bytesMax) throw new RangeError('a compressed transaction longer than it says');
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const view = viewOf(bytes);
    let at = 0;
    for (let end; (end = eventEnd(bytes, at)) >= 0; at = end) {
      const held = take(bytes, view, at, end);
      if (held !== undefined) await held;
    }
    bytes = bytes.subarray(at);
  }
  if (bytes.length > 0 || total !== bytesMax)
    throw new RangeError('a compressed transaction that ends within an event');
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
