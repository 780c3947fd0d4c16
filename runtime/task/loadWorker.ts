// A load worker owns a chunk's whole path: raw rows from its own connection, records, one block, its PUT (design section 3).
import {parentPort, workerData} from 'node:worker_threads';
import {must} from '../base/assert.ts';
import {isTrouble} from '../base/errors.ts';
import {silentLog} from '../base/log.ts';
import {MiB, minuteMs} from '../base/sizes.ts';
import {retry, wait, type RetryBounds} from '../base/wait.ts';
import {createCounters} from '../codec/counters.ts';
import {createRecordBuffer, resetRecords, sealRecords} from '../codec/recordBuffer.ts';
import {snapshotTranscoder} from '../codec/snapshotTranscoder.ts';
import type {TargetClient} from '../sink/client.ts';
import {compressBlock} from '../sink/compress.ts';
import {UploadSession} from '../sink/uploadSession.ts';
import {openLockedSnapshot, readChunk, readGtidAfter} from '../source/chunkReader.ts';
import {SourceConnection} from '../source/connection.ts';
import {RawConnection} from '../source/rawConnection.ts';
import {blockBytesDefault} from '../spec/limits.ts';
import {openTarget, sourceOptions} from './connections.ts';
import {
  carryError,
  type LoadAnswer,
  type LoadJob,
  type LoadResult,
  type LoadWorkerData,
} from './loadJob.ts';
import {bookAll} from './throttle.ts';

const bufferBytesInitial = 8 * MiB;
/** Progress is told this often, in rows. */
const progressRows = 20_000;

const port = must(parentPort, 'a load worker runs as a worker');
const {task, secrets, throttle} = workerData as LoadWorkerData;
const options = sourceOptions(task, secrets);
const ended = new AbortController();
const buffer = createRecordBuffer(bufferBytesInitial);
const sourceBounds: RetryBounds = {
  countMax: 1000,
  elapsedMsMax: task.retry.connectionMinutes * minuteMs,
  firstMs: 500,
  pauseMsMax: 30_000,
};
let client: TargetClient | null = null;
let reader: RawConnection | null = null;

port.on('message', (job: LoadJob) => {
  runJob(job)
    .then(result => post({jobId: job.jobId, kind: 'result', result}))
    .catch((error: unknown) => post({jobId: job.jobId, kind: 'error', error: carryError(error)}));
});

function post(answer: LoadAnswer): void {
  port.postMessage(answer);
}

async function runJob(job: LoadJob): Promise<LoadResult> {
  client ??= await openTarget(task, secrets, silentLog());
  const session = await UploadSession.reopen(
    client,
    job.plan.baseTable,
    job.sessionId,
    null,
    ended.signal,
  );
  if (job.blockId === null) return loadLocked(job, session);
  // Only reading is repeated here: a block in doubt ends the session, which is the task's business.
  const {rows, bytes, gtidAfter, zeroDates} = await retry(sourceBounds, ended.signal, () =>
    readIntoBuffer(job),
  );
  await session.putBlock(
    job.blockId,
    await compressBlock(sealRecords(buffer)),
    'zstd',
    ended.signal,
  );
  return {rows, bytes, gtidAfter, zeroDates, blocks: [job.blockId]};
}

async function openReader(): Promise<RawConnection> {
  if (reader === null || !reader.usable) reader = await RawConnection.open(options, ended.signal);
  return reader;
}

async function readIntoBuffer(job: LoadJob) {
  const raw = await openReader();
  resetRecords(buffer);
  const {onRow, rows, zeroDates} = rowTaker(job);
  try {
    const pace = pacer(job, raw, rows);
    const read = await readChunk(raw, {sql: job.sql}, onRow, pace, ended.signal);
    // The last socket read, which may be the only one, has no batch after it.
    await pace?.();
    return {...read, gtidAfter: await readGtidAfter(raw), zeroDates: zeroDates()};
  } catch (error) {
    if (!isTrouble(error)) await raw.close();
    reader = null;
    throw error;
  }
}

/** A table without a key: one snapshot, one pass, a block whenever the buffer is full. An interruption starts it over. */
async function loadLocked(job: LoadJob, session: UploadSession): Promise<LoadResult> {
  await using raw = await RawConnection.open(options, ended.signal);
  {
    await using lock = await SourceConnection.open(options, ended.signal);
    const position = await openLockedSnapshot(lock, raw, job.plan.source);
    post({jobId: job.jobId, kind: 'locked', position});
  }
  resetRecords(buffer);
  const {onRow, rows, zeroDates} = rowTaker(job);
  const blocks: number[] = [];
  const flush = async (): Promise<void> => {
    const blockId = blocks.length;
    const block = await compressBlock(sealRecords(buffer));
    resetRecords(buffer);
    await session.putBlock(blockId, block, 'zstd', ended.signal);
    blocks.push(blockId);
  };
  const pace = pacer(job, raw, rows);
  const afterBatch = () => (buffer.length >= blockBytesDefault ? flush().then(pace) : pace?.());
  const read = await readChunk(raw, {sql: job.sql}, onRow, afterBatch, ended.signal);
  if (buffer.records > 0) await flush();
  return {...read, gtidAfter: '', blocks, zeroDates: zeroDates()};
}

/** Waits between two socket reads for `full.throttle`; null where nothing is limited. */
function pacer(job: LoadJob, raw: RawConnection, rows: () => number) {
  if (throttle.rows === null && throttle.bytes === null) return null;
  let rowsBooked = 0;
  let bytesBooked = raw.bytesRead;
  return (): Promise<void> | undefined => {
    const amounts = {rows: rows() - rowsBooked, bytes: raw.bytesRead - bytesBooked};
    rowsBooked += amounts.rows;
    bytesBooked += amounts.bytes;
    const waitMs = bookAll(throttle, amounts);
    if (waitMs === 0) return undefined;
    post({jobId: job.jobId, kind: 'throttled', waitMs});
    return wait(waitMs, ended.signal);
  };
}

/** The row callback of a job: transcodes into the buffer, tells progress. */
function rowTaker(job: LoadJob) {
  const transcode = snapshotTranscoder(job.plan);
  const counters = createCounters(job.plan);
  let lastInput: Buffer | null = null;
  let view: DataView = new DataView(new ArrayBuffer(0));
  let rows = 0;
  const onRow = (input: Buffer, at: number, end: number): void => {
    if (input !== lastInput) {
      lastInput = input;
      view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    }
    transcode(input, view, at, end, buffer, counters);
    if (++rows % progressRows === 0)
      post({jobId: job.jobId, kind: 'progress', rows: progressRows, bytes: 0});
  };
  return {
    onRow,
    rows: () => rows,
    zeroDates: () => counters.zeroDates.reduce((sum, count) => sum + count, 0),
  };
}
