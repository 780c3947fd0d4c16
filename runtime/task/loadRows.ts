// Rows of one read into records: the transcoder of the table, its counters, progress and the pace of `full.throttle`.
import {MiB} from '../base/sizes.ts';
import {wait, type RetryBounds} from '../base/wait.ts';
import {createCounters, type Counters} from '../codec/counters.ts';
import type {RecordBuffer} from '../codec/recordBuffer.ts';
import {packetsTranscoder, snapshotTranscoder} from '../codec/snapshotTranscoder.ts';
import {hashSnapshot} from '../rules/hashSnapshot.ts';
import type {HashKeys} from '../rules/rewriteImage.ts';
import type {SourceOptions} from '../source/connection.ts';
import type {RawConnection, TakeRows} from '../source/rawConnection.ts';
import type {PiecePool} from './blockStream.ts';
import type {CollectGarbage} from './collectGarbage.ts';
import type {LoadAnswer, LoadJob} from './loadJob.ts';
import type {PolicyCounts} from './progress.ts';
import {bookAll, isPaced, type PhaseThrottle} from './throttle.ts';

/** Progress is told this often. */
const progressMs = 250;
/** Bytes read between two looks for garbage: what lies around is at most twice this. */
const garbageBytes = 8 * MiB;

/** What the jobs of one worker share. */
export interface WorkerRoom {
  source: SourceOptions;
  sourceBounds: RetryBounds;
  throttle: PhaseThrottle;
  hashKeys: HashKeys;
  pieces: PiecePool;
  collectGarbage: CollectGarbage;
  signal: AbortSignal;
  /** The worker's own connection to the source, opened when there is none; it holds what the job wants. */
  reader: (job: Pick<LoadJob, 'inSnapshot' | 'start'>) => Promise<RawConnection>;
  tell: (answer: LoadAnswer) => void;
}

/** One read of rows. */
export interface RowTaker {
  onRow: (input: Buffer, at: number, end: number) => void;
  /** Takes them by the chunk; null where they are changed one by one. */
  takeRows: TakeRows | null;
  /** Called after each socket read; tells progress and keeps the pace. A promise holds the source back. */
  afterBatch: () => Promise<void> | undefined;
  rows: () => number;
  counts: () => PolicyCounts;
  /** Takes back what was told: the rows are read again. */
  forget: () => void;
}

/** Takes the rows that `raw` reads for `job` into what `records` gives at that moment. */
export function takeRows(
  room: WorkerRoom,
  job: LoadJob,
  raw: RawConnection,
  records: () => RecordBuffer,
): RowTaker {
  const counters = createCounters(job.plan);
  const writer = createWriter(room, job, records, counters);
  const bytesBefore = raw.bytesRead;
  const told = {rows: 0, bytes: 0};
  const booked = {rows: 0, bytes: 0};
  let collectedBytes = 0;
  let toldMs = performance.now();
  const tell = (): void => {
    const bytes = raw.bytesRead - bytesBefore;
    const rows = writer.rows();
    room.tell({
      jobId: job.jobId,
      kind: 'progress',
      rows: rows - told.rows,
      bytes: bytes - told.bytes,
    });
    toldMs = performance.now();
    told.rows = rows;
    told.bytes = bytes;
  };
  const pace = (): Promise<void> | undefined => {
    const {throttle} = room;
    if (!isPaced(throttle)) return undefined;
    const bytes = raw.bytesRead - bytesBefore;
    const rows = writer.rows();
    const waitMs = bookAll(throttle, {rows: rows - booked.rows, bytes: bytes - booked.bytes});
    booked.rows = rows;
    booked.bytes = bytes;
    if (waitMs === 0) return undefined;
    room.tell({jobId: job.jobId, kind: 'throttled', waitMs});
    return wait(waitMs, room.signal);
  };
  return {
    onRow: writer.onRow,
    takeRows: writer.takeRows,
    afterBatch: () => {
      const bytes = raw.bytesRead - bytesBefore;
      if (bytes - collectedBytes >= garbageBytes) {
        collectedBytes = bytes;
        // What is held now by nobody but the socket's last read.
        writer.letGo();
        room.collectGarbage();
      }
      if (performance.now() - toldMs >= progressMs) tell();
      return pace();
    },
    rows: writer.rows,
    counts: () => ({
      zeroDates: sum(counters.zeroDates),
      overLong: sum(counters.overLong),
      invalidText: sum(counters.invalidText),
    }),
    forget: () =>
      room.tell({jobId: job.jobId, kind: 'progress', rows: -told.rows, bytes: -told.bytes}),
  };
}

interface RowWriter extends Pick<RowTaker, 'onRow' | 'takeRows' | 'rows'> {
  /** Lets go of the bytes of the last row. */
  letGo: () => void;
}

/** Writes rows one by one and, where nothing changes them before, by the chunk. */
function createWriter(
  room: WorkerRoom,
  {plan}: LoadJob,
  records: () => RecordBuffer,
  counters: Counters,
): RowWriter {
  const usual = snapshotTranscoder(plan);
  const transcode = hashSnapshot(plan, room.hashKeys, usual);
  const transcodeMany = transcode === usual ? packetsTranscoder(plan) : null;
  let lastInput: Buffer | null = null;
  let view: DataView = new DataView(new ArrayBuffer(0));
  let rowsAlone = 0;
  const takeRows: TakeRows | null = transcodeMany && {
    take: (input, at, end) => {
      const out = records();
      const recordsBefore = out.records;
      const next = transcodeMany(input, at, end, out, counters);
      takeRows!.rows += out.records - recordsBefore;
      return next;
    },
    rows: 0,
  };
  return {
    onRow: (input, at, end) => {
      if (input !== lastInput) {
        lastInput = input;
        view = new DataView(input.buffer, input.byteOffset, input.byteLength);
      }
      transcode(input, view, at, end, records(), counters);
      rowsAlone++;
    },
    takeRows,
    rows: () => rowsAlone + (takeRows?.rows ?? 0),
    letGo: () => (lastInput = null),
  };
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
