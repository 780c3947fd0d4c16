// How large the chunks of one table are: by its bytes and the number of workers when it is planned, by what was measured
// from then on. A chunk that holds more than it should is cut again where reading it stopped.
import {MiB} from '../base/sizes.ts';
import type {TablePlan} from '../codec/plan.ts';
import {rateOf, type PhaseThrottle} from './throttle.ts';

/** A small table is divided among the workers, but not below this: a block is a file of the target. */
const chunkBytesMin = 16 * MiB;
/** What an interruption reads again, and how long a metadata lock is held, is bounded by this. */
const chunkBytesMax = 128 * MiB;
/** Chunks that each worker gets of a table of middling size, so that all end at about the same time. */
const chunksPerWorker = 4;
/** Statistics may be far off, so a chunk is not planned smaller, unless that many rows are more than a chunk may hold. */
const chunkRowsMin = 5_000;
const chunkRowsMax = 2_000_000;
/** Blocks of a session are at most 20,000; estimates may be off, and chunks are cut again. */
const chunksMax = 12_000;
/** Chunks are cut again as long as there are fewer than this. */
export const chunksMaxToCut = 18_000;
/** Bytes of a row when the server has no estimate yet. */
const rowBytesDefault = 200;
/** A chunk that takes longer is cut: longer snapshots keep the source from purging. */
const chunkSecondsMax = 60;
/** Rows longer than this are read by one worker at a time: each is in memory three times on its way. */
const rowBytesAlone = 4 * MiB;
/** What a chunk may take under `full.throttle`. */
const throttledChunkSeconds = 10;
/** How much larger than planned a chunk may turn out before anything was measured. */
const surpriseMax = 3;

export interface ChunkSizes {
  /** Rows that a planned chunk aims at. */
  rowsPlanned: number;
  /** Rows are so long that chunks are read one after the other. */
  isAlone: () => boolean;
  /** Rows after which reading a chunk stops. */
  rowsMax: () => number;
  /** Takes what a chunk measured. */
  learn: (rows: number, bytes: number, elapsedMs: number) => void;
}

/** Sizes for the chunks of `plan`. */
export function chunkSizes(
  plan: Pick<TablePlan, 'source'>,
  throttle: PhaseThrottle,
  workers: number,
): ChunkSizes {
  const {rowsEstimated, bytesEstimated} = plan.source;
  const rowBytes =
    rowsEstimated > 0 && bytesEstimated > 0 ? bytesEstimated / rowsEstimated : rowBytesDefault;
  const share = bytesEstimated / (workers * chunksPerWorker);
  const chunkBytes = Math.min(chunkBytesMax, Math.max(chunkBytesMin, share));
  const bySize = Math.min(
    chunkRowsMax,
    Math.max(rowsMinOf(rowBytes), Math.floor(chunkBytes / rowBytes)),
  );
  // A chunk that was begun is finished before a stop: a limit makes chunks as much smaller as it makes them slower.
  const byRate = Math.min(
    rateOf(throttle.rows) * throttledChunkSeconds,
    (rateOf(throttle.bytes) * throttledChunkSeconds) / rowBytes,
  );
  const wanted = Math.max(1, Math.floor(Math.min(bySize, byRate)));
  const rowsPlanned = Math.max(wanted, Math.ceil(rowsEstimated / chunksMax));
  const measured = {rows: 0, bytes: 0, ms: 0};
  return {
    rowsPlanned,
    isAlone: () => Math.max(rowBytes, measured.bytes / Math.max(1, measured.rows)) > rowBytesAlone,
    rowsMax: () => {
      if (measured.rows === 0 || measured.bytes === 0) return rowsPlanned * surpriseMax;
      const rowsByBytes = (2 * chunkBytes * measured.rows) / measured.bytes;
      const rowsByTime = (chunkSecondsMax * 1000 * measured.rows) / Math.max(1, measured.ms);
      const byMeasure = Math.max(
        rowsMinOf(measured.bytes / measured.rows),
        Math.min(rowsByBytes, rowsByTime),
      );
      return Math.ceil(Math.max(rowsPlanned / chunksPerWorker, byMeasure));
    },
    learn: (rows, bytes, elapsedMs) => {
      measured.rows += rows;
      measured.bytes += bytes;
      measured.ms += elapsedMs;
    },
  };
}

function rowsMinOf(rowBytes: number): number {
  return Math.max(1, Math.min(chunkRowsMin, Math.floor(chunkBytesMax / rowBytes)));
}
