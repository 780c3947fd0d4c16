// A table without a key: one snapshot, one pass, blocks as they fill; an interruption starts it over (rule C3).
// Its rows cannot be read twice, so a block's compressed bytes are kept until the target has answered for it.
import {MiB} from '../base/sizes.ts';
import type {UploadSession} from '../sink/uploadSession.ts';
import {openLockedSnapshot, readChunk} from '../source/chunkReader.ts';
import {SourceConnection} from '../source/connection.ts';
import {RawConnection} from '../source/rawConnection.ts';
import {BlockStream, type PiecePool} from './blockStream.ts';
import type {LoadJob, LoadResult} from './loadJob.ts';
import {takeRows, type WorkerRoom} from './loadRows.ts';

/** Compressed bytes of a block: kept in memory, so less than the blocks of a chunk. */
const keptBytesMax = 16 * MiB;
/** Records of a block, for rows that compress to next to nothing. */
const blockBytesMax = 256 * MiB;

/** Reads the whole table and sends it in blocks 0, 1, 2 …. Tells its position once the lock is given back. */
export async function sendLocked(
  room: WorkerRoom,
  job: LoadJob,
  session: UploadSession,
): Promise<LoadResult> {
  // The common snapshot is as good as one of its own, and needs no lock.
  await using own = job.inSnapshot ? null : await RawConnection.open(room.source, room.signal);
  const raw = own ?? (await room.reader(job));
  if (own !== null) {
    await using lock = await SourceConnection.open(room.source, room.signal);
    const position = await openLockedSnapshot(lock, own, job.plan.source);
    room.tell({jobId: job.jobId, kind: 'locked', position});
  }
  const blocks: number[] = [];
  let block = openKept(room.pieces);
  const taker = takeRows(room, job, raw, () => block.stream.records);
  const send = async (): Promise<void> => {
    const pieces = await block.finish();
    await session.putBlock(blocks.length, pieces, 'zstd', room.signal);
    blocks.push(blocks.length);
    block = openKept(room.pieces);
  };
  const afterBatch = () => {
    const held = block.isFull() ? send() : block.push();
    return held === undefined ? taker.afterBatch() : held.then(taker.afterBatch);
  };
  try {
    const read = await readChunk(
      raw,
      {sql: job.sql},
      taker.onRow,
      afterBatch,
      room.signal,
      taker.takeRows,
    );
    await taker.afterBatch();
    if (block.stream.records.records > 0) await send();
    return {...read, gtidAfter: job.start.gtidSet, cutAt: null, blocks, counts: taker.counts()};
  } catch (error) {
    block.stream.cut(error as Error);
    throw error;
  }
}

/** A block whose compressed pieces are collected. */
interface KeptBlock {
  stream: BlockStream;
  push: () => Promise<void> | undefined;
  isFull: () => boolean;
  /** Ends the block and gives all its pieces. */
  finish: () => Promise<Buffer[]>;
}

function openKept(pool: PiecePool): KeptBlock {
  const stream = new BlockStream(pool);
  const pieces: Buffer[] = [];
  let keptBytes = 0;
  let records = 0;
  let collecting: Promise<void> | null = null;
  const collect = async (): Promise<void> => {
    for await (const piece of stream.body()) {
      pieces.push(piece as Buffer);
      keptBytes += (piece as Buffer).length;
    }
  };
  const start = (): Promise<void> => {
    collecting ??= collect();
    collecting.catch(() => undefined);
    return collecting;
  };
  return {
    stream,
    push: () => {
      const before = stream.records.length;
      const held = stream.push();
      if (stream.records.length < before) {
        records += before;
        void start();
      }
      return held;
    },
    isFull: () => keptBytes >= keptBytesMax || records >= blockBytesMax,
    finish: async () => {
      const collected = start();
      stream.end();
      await collected;
      return pieces;
    },
  };
}
