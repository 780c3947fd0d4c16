// Compression of one block, off the main thread: zstd, at the level that brings its rows to the target soonest.
// Why zstd and no other, with the measurements: docs/decisions/sink-compression.md.
import {constants, createZstdCompress, type ZstdCompress} from 'node:zlib';
import PQueue from 'p-queue';
import {MiB} from '../base/sizes.ts';

/**
 * Frames made at once in a thread. A compressor is kept from frame to frame, and the room of its output with it: made anew
 * for each, both are megabytes outside the heap that are let go of at once, and V8 goes through the whole heap for every
 * twelve of them.
 */
const framesMax = 2;
/** A frame of a usual block; what is longer takes another room. What a frame leaves empty takes no memory. */
const roomBytes = 2 * MiB;

const turns = new PQueue({concurrency: framesMax});
const free: Lane[] = [];

/** Level 1 is the fastest per byte saved, where nothing is known of the wire. */
export const levelDefault = 1;
/** Where bytes cost next to nothing on their way. */
export const levelOfQuickWire = -3;

/** Level -3 looks back that far: records resemble their neighbours, and what it looks at stays in the nearest cache. */
const quickWindowLog = 17;

/**
 * Level by the speed of one connection. On records, level 3 takes 2.5 ns a byte more than level 1 and sends 0.12 bytes less
 * of each: worth it below 47 MB/s. Level -3 takes 0.9 ns less and sends 0.07 bytes more: worth it above 79 MB/s.
 */
const levels = [
  {bytesPerSecondMax: 47 * 1e6, level: 3},
  {bytesPerSecondMax: 79 * 1e6, level: levelDefault},
  {bytesPerSecondMax: Infinity, level: levelOfQuickWire},
];

/** The level for a connection of this speed; null: not known yet. */
export function levelFor(bytesPerSecond: number | null): number {
  if (bytesPerSecond === null) return levelDefault;
  return levels.find(({bytesPerSecondMax}) => bytesPerSecond < bytesPerSecondMax)!.level;
}

/**
 * Calls `use` with the block as one zstd frame, in pieces that are valid until it settles. `bytesPerSecond` is what the
 * client's connections take. The bytes of the block must stay as they are till then.
 */
export async function compressBlock<T>(
  bytes: Uint8Array,
  bytesPerSecond: number | null,
  use: (frame: readonly Buffer[]) => Promise<T>,
): Promise<T> {
  const level = levelFor(bytesPerSecond);
  const used = await turns.add(async () => {
    const lane = laneOf(level);
    const frame = await frameOf(lane, bytes);
    // One that failed is not used again.
    return await use(frame).finally(() => free.push(lane));
  });
  return used as T;
}

/** As `compressBlock`, in memory of its own and one piece: for bodies of which no speed is known. */
export async function compressWhole(bytes: Uint8Array): Promise<Buffer> {
  return await compressBlock(bytes, null, async frame => Buffer.concat(frame));
}

/** A compressor that makes frame after frame. */
interface Lane {
  level: number;
  stream: ZstdCompress;
  /** What has come of the frame under way. */
  pieces: Buffer[];
}

function laneOf(level: number): Lane {
  const lane = free.pop();
  if (lane?.level === level) return lane;
  lane?.stream.close();
  const params: Record<number, number> = {[constants.ZSTD_c_compressionLevel]: level};
  if (level === levelOfQuickWire) params[constants.ZSTD_c_windowLog] = quickWindowLog;
  const stream = createZstdCompress({chunkSize: roomBytes, params});
  const made: Lane = {level, stream, pieces: []};
  stream.on('data', (piece: Buffer) => made.pieces.push(piece));
  // The calls that wait are told.
  stream.on('error', () => undefined);
  return made;
}

async function frameOf(lane: Lane, bytes: Uint8Array): Promise<Buffer[]> {
  useRoomAgain(lane.stream);
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error | null) => (error == null ? resolve() : reject(error));
    lane.stream.write(bytes, error => error != null && reject(error));
    lane.stream.flush(constants.ZSTD_e_end, settle);
  });
  const frame = lane.pieces;
  lane.pieces = [];
  return frame;
}

/**
 * Node's compressor writes on behind the last frame, and takes a new room where this one is full. Nobody reads that frame
 * any more, so it may begin at the front again; a Node that keeps its place otherwise only makes more garbage.
 */
function useRoomAgain(stream: ZstdCompress): void {
  const inner = stream as {_outOffset?: unknown};
  if (typeof inner._outOffset === 'number') inner._outOffset = 0;
}
