// Compression of one block, off the main thread: zstd, at the level that brings its rows to the target soonest.
// Why zstd and no other, with the measurements: docs/decisions/sink-compression.md.
import {constants, createZstdCompress, type ZstdCompress} from 'node:zlib';
import PQueue from 'p-queue';
import {KiB} from '../base/sizes.ts';

/**
 * Frames made at once in a thread. A compressor is kept from frame to frame, and its output goes on where the last frame
 * ended: made anew for each, both are megabytes outside the heap that are let go of at once, and V8 goes through the whole
 * heap for every twelve of them.
 */
const framesMax = 2;
const chunkBytes = 512 * KiB;

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
 * The block as one zstd frame, in pieces, for `putBlock(…, 'zstd')`. `bytesPerSecond` is what the client's connections take.
 * The bytes must stay as they are until it settles.
 */
export async function compressBlock(
  bytes: Uint8Array,
  bytesPerSecond: number | null = null,
): Promise<Buffer[]> {
  const level = levelFor(bytesPerSecond);
  return await turns.add(async () => {
    const lane = laneOf(level);
    const frame = await frameOf(lane, bytes);
    // One that failed is not used again.
    free.push(lane);
    return frame;
  });
}

/** As `compressBlock`, in one piece: for bodies that are sent with their length, of which no speed is known. */
export async function compressWhole(bytes: Uint8Array): Promise<Buffer> {
  const pieces = await compressBlock(bytes);
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
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
  const stream = createZstdCompress({chunkSize: chunkBytes, params});
  const made: Lane = {level, stream, pieces: []};
  stream.on('data', (piece: Buffer) => made.pieces.push(piece));
  // The calls that wait are told.
  stream.on('error', () => undefined);
  return made;
}

async function frameOf(lane: Lane, bytes: Uint8Array): Promise<Buffer[]> {
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error | null) => (error == null ? resolve() : reject(error));
    lane.stream.write(bytes, error => error != null && reject(error));
    lane.stream.flush(constants.ZSTD_e_end, settle);
  });
  const frame = lane.pieces;
  lane.pieces = [];
  return frame;
}
