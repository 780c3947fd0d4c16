// Compression of one block, off the main thread: zstd, at the level that brings its rows to the target soonest.
// Why zstd and no other, with the measurements: docs/decisions/sink-compression.md.
import {promisify} from 'node:util';
import {constants, zstdCompress} from 'node:zlib';
import {MiB} from '../base/sizes.ts';

const compress = promisify(zstdCompress);

/** Room for a handful of rows, header and footer. */
const chunkBytesMin = 1024;

/** Level 1 is the fastest per byte saved, where nothing is known of the wire. */
export const levelDefault = 1;
/** Where bytes cost next to nothing on their way. */
export const levelOfQuickWire = -3;

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

/** The block as one zstd frame, for `putBlock(…, 'zstd')`. `bytesPerSecond` is what the client's connections take. */
export async function compressBlock(
  bytes: Uint8Array,
  bytesPerSecond: number | null = null,
): Promise<Buffer> {
  // Each chunk of output is a turn of zlib's loop; but it is all memory that is discarded at once, and rows shrink well.
  const chunkSize = Math.min(MiB, Math.max(chunkBytesMin, bytes.length >> 2));
  const params = {[constants.ZSTD_c_compressionLevel]: levelFor(bytesPerSecond)};
  return await compress(bytes, {chunkSize, params});
}
