// One chunk into one block: rows of the worker's own connection, records, a stream of compressed pieces, its PUT.
// A send that fails reads the chunk again under the same block id. The bytes may then differ; whichever of the two arrives,
// base and log agree (rule C2), because either was read after the table's position and before the end of its load.
import {asSyncError, fail, isTrouble, type SyncError} from '../base/errors.ts';
import {must} from '../base/assert.ts';
import {retry} from '../base/wait.ts';
import {compressWhole} from '../sink/compress.ts';
import type {UploadSession} from '../sink/uploadSession.ts';
import {readChunk, readGtidAfter} from '../source/chunkReader.ts';
import type {RawConnection} from '../source/rawConnection.ts';
import {BlockStream} from './blockStream.ts';
import type {LoadJob, LoadResult} from './loadJob.ts';
import {takeRows, type WorkerRoom} from './loadRows.ts';

type ChunkJob = LoadJob & {blockId: number};

/** Reads and sends one chunk; trouble of the source is met here, trouble of the target by the session. */
export async function sendChunk(
  room: WorkerRoom,
  job: ChunkJob,
  session: UploadSession,
): Promise<LoadResult> {
  const outcome = await retry(
    room.sourceBounds,
    room.signal,
    async (): Promise<LoadResult | SyncError> => {
      try {
        return await sendOnce(room, job, session);
      } catch (error) {
        const coded = asSyncError(error);
        // A block in doubt ends the session, which is the task's business.
        const isSource = isTrouble(coded) && coded.code.startsWith('SYNC2');
        // A common snapshot that was lost is not to be had again by this job.
        if (isSource && job.inSnapshot)
          return fail('SYNC5046', {reason: coded.finding.cause}, coded);
        if (isSource) throw coded;
        return coded;
      }
    },
  );
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

async function sendOnce(
  room: WorkerRoom,
  job: ChunkJob,
  session: UploadSession,
): Promise<LoadResult> {
  let reading = startReading(room, job, null);
  try {
    await reading.block.begun;
    const whole = reading.block.whole;
    if (whole !== null) {
      await session.putBlock(job.blockId, await compressWhole(whole), 'zstd', room.signal);
    } else {
      let attempts = 0;
      const body = () => {
        if (attempts++ > 0) reading = startReading(room, job, reading);
        return reading.block.body();
      };
      await session.putBlock(job.blockId, body, 'zstd', room.signal);
    }
    return await reading.done;
  } catch (error) {
    await reading.end(asSyncError(error));
    throw error;
  } finally {
    reading.block.free();
  }
}

/** One read of a chunk, under way. */
interface Reading {
  block: BlockStream;
  done: Promise<LoadResult>;
  /** Cuts it off and waits until the connection is free. */
  end: (error: Error) => Promise<void>;
}

function startReading(room: WorkerRoom, job: ChunkJob, before: Reading | null): Reading {
  const block = new BlockStream(room.pieces);
  const cutter = new AbortController();
  const read = async (): Promise<LoadResult> => {
    await before?.end(new DOMException('the block is sent again', 'AbortError'));
    return await readInto(room, job, block, AbortSignal.any([room.signal, cutter.signal]));
  };
  const done = read();
  done.catch((error: unknown) => block.cut(error as Error));
  return {
    block,
    done,
    end: async error => {
      cutter.abort(error);
      block.cut(error);
      await done.catch(() => undefined);
    },
  };
}

/** The key of the last row, where there may be more behind it. */
async function readCut(raw: RawConnection, {cut}: ChunkJob, rows: number) {
  if (cut === null || rows < cut.rows) return null;
  const [row] = await raw.query(cut.keySql);
  return must(row, 'the last row that was read is there').map(text => must(text, 'a key'));
}

async function readInto(
  room: WorkerRoom,
  job: ChunkJob,
  block: BlockStream,
  signal: AbortSignal,
): Promise<LoadResult> {
  const raw = await room.reader(job);
  const {records} = block;
  const taker = takeRows(room, job, raw, () => records);
  const afterBatch = () => {
    const pushed = block.push();
    return pushed === undefined ? taker.afterBatch() : pushed.then(taker.afterBatch);
  };
  try {
    // One snapshot for the rows and for the key of the last of them.
    const isOwn = job.cut !== null && !job.inSnapshot;
    if (isOwn) await raw.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    const {rows, bytes} = await readChunk(
      raw,
      {sql: job.sql},
      taker.onRow,
      afterBatch,
      signal,
      taker.takeRows,
    );
    // The last socket read, which may be the only one, has no batch after it.
    await taker.afterBatch();
    block.end();
    const cutAt = await readCut(raw, job, rows);
    if (isOwn) await raw.query('COMMIT');
    const gtidAfter = job.inSnapshot ? job.start.gtidSet : await readGtidAfter(raw);
    return {rows, bytes, gtidAfter, cutAt, blocks: [job.blockId], counts: taker.counts()};
  } catch (error) {
    taker.forget();
    // Whatever state it is in, the next read begins on a connection of its own.
    await raw.close();
    throw error;
  }
}
