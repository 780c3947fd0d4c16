// One compressed transaction unpacked at once, into room that is kept: a context and a buffer made anew for each are
// hundreds of KiB outside the heap, and thousands of them stand there before V8 collects. Node's own call at once makes
// both anew, and its streams answer later; so the handle under a stream is called, which stands since Node 8
// (tests/unit/source/payload.test.ts fails where another one has moved it; then Node's own call is used).
// Frames: RFC 8878.
import {constants, createZstdDecompress, zstdDecompressSync, type ZstdDecompress} from 'node:zlib';
import {KiB, MiB} from '../base/sizes.ts';

const roomBytesMin = 256 * KiB;
/** Streams read at once: a few. */
const keptMax = 4;
/** A context grows to the window of its frames and stays so; MySQL's default level takes 2 MiB. */
const windowBytesMax = 8 * MiB;

/** A context and room for what it unpacks; `bytes` of `unpackInto` lie there. */
export interface Unpacker {
  stream: ZstdDecompress | null;
  room: Buffer;
}

/** What is below a stream of Node. */
interface Inside {
  _handle?: {writeSync?: WriteSync} | null;
  /** What the last call left of the output and of the input. */
  _writeState?: Uint32Array;
}

type WriteSync = (
  flush: number,
  from: Buffer,
  fromAt: number,
  fromBytes: number,
  to: Buffer,
  toAt: number,
  toBytes: number,
) => void;

const kept: Unpacker[] = [];

/** One that nobody uses. To be given back when nothing of its room is used any more. */
export function borrowUnpacker(): Unpacker {
  return kept.pop() ?? {stream: null, room: Buffer.alloc(0)};
}

/** One that failed need not come back. */
export function giveBack(unpacker: Unpacker): void {
  if (kept.length < keptMax) kept.push(unpacker);
}

/** The `bytes` bytes that `packed` holds, in the room of `unpacker` until its next use. Throws for any other bytes. */
export function unpackInto(unpacker: Unpacker, packed: Buffer, bytes: number): Buffer {
  const {_handle: handle, _writeState: left} = insideOf(unpacker);
  const isWhole = isOneFrame(packed, bytes);
  if (handle?.writeSync === undefined || left?.length !== 2 || !isWhole)
    return zstdDecompressSync(packed, {maxOutputLength: Math.max(bytes, 1)});
  // One more shows a frame that holds more.
  const toBytes = bytes + 1;
  if (unpacker.room.length < toBytes)
    unpacker.room = Buffer.allocUnsafeSlow(
      Math.max(2 * unpacker.room.length, toBytes, roomBytesMin),
    );
  const {stream, room} = unpacker;
  handle.writeSync(constants.ZSTD_e_end, packed, 0, packed.length, room, 0, toBytes);
  // A damaged frame leaves the context within it.
  const isUnpacked = stream!.errored === null && left[0] === 1 && left[1] === 0;
  if (!isUnpacked) {
    unpacker.stream = null;
    stream!.destroy();
    throw new RangeError(`not a frame of ${bytes} bytes`, {cause: stream!.errored});
  }
  return room.subarray(0, bytes);
}

function insideOf(unpacker: Unpacker): Inside {
  if (unpacker.stream === null) {
    unpacker.stream = createZstdDecompress();
    // Whoever called is told.
    unpacker.stream.on('error', () => undefined);
  }
  return unpacker.stream as Inside;
}

/**
 * Whether `packed` is one frame from its first byte to its last, so that no context is left within it, and of a window that
 * may be kept.
 */
function isOneFrame(packed: Buffer, bytesMax: number): boolean {
  if (packed.length < 14 || packed.readUInt32LE(0) !== 0xfd2fb528) return false;
  const descriptor = packed[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeAt = 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  let at = sizeAt + sizeBytes;
  if (at > packed.length) return false;
  // In a single segment the content is the window. Six bytes are enough to see that one is too long.
  const windowBytes = isSingle
    ? packed.readUIntLE(sizeAt, Math.min(sizeBytes, 6))
    : 2 ** (10 + (packed[5]! >> 3)) * (1 + (packed[5]! & 7) / 8);
  if (windowBytes > (isSingle ? bytesMax : windowBytesMax)) return false;
  for (let isLast = false; !isLast;) {
    if (at + 3 > packed.length) return false;
    const header = packed.readUIntLE(at, 3);
    isLast = (header & 1) === 1;
    const isRun = ((header >> 1) & 3) === 1;
    at += 3 + (isRun ? 1 : header >> 3);
  }
  return at + ((descriptor & 4) === 0 ? 0 : 4) === packed.length;
}
