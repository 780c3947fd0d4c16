// A load worker: takes jobs from its port and keeps what they share, the connections to source and target.
// How a chunk and a table without a key travel is loadChunk.ts and loadLocked.ts.
import {parentPort, workerData} from 'node:worker_threads';
import {must} from '../base/assert.ts';
import {fail, isTrouble} from '../base/errors.ts';
import {silentLog} from '../base/log.ts';
import {minuteMs} from '../base/sizes.ts';
import type {TargetClient} from '../sink/client.ts';
import {UploadSession} from '../sink/uploadSession.ts';
import {readServerUuid, waitForStart} from '../source/chunkReader.ts';
import {isOutOfReach} from '../source/connection.ts';
import {serversOf} from '../source/findServer.ts';
import {RawConnection} from '../source/rawConnection.ts';
import {createPiecePool} from './blockStream.ts';
import {garbageCollector} from './collectGarbage.ts';
import {openTarget, sourceOptions} from './connections.ts';
import {sendChunk} from './loadChunk.ts';
import {
  carryError,
  type LoadAnswer,
  type LoadJob,
  type LoadResult,
  type LoadWorkerData,
  type SnapshotStep,
} from './loadJob.ts';
import {sendLocked} from './loadLocked.ts';
import type {WorkerRoom} from './loadRows.ts';

const port = must(parentPort, 'a load worker runs as a worker');
const {task, secrets, throttle} = workerData as LoadWorkerData;
let client: TargetClient | null = null;
let reader: RawConnection | null = null;
/** `server_uuid` of `reader`; empty before it was asked. */
let readerUuid = '';
/** The connection whose transaction holds the common snapshot. */
let snapshot: RawConnection | null = null;

const room: WorkerRoom = {
  source: sourceOptions(task, secrets),
  sourceBounds: {
    countMax: 1000,
    elapsedMsMax: task.retry.connectionMinutes * minuteMs,
    firstMs: 500,
    pauseMsMax: 30_000,
  },
  throttle,
  hashKeys: new Map(Object.entries(secrets.hashKeys ?? {})),
  pieces: createPiecePool(),
  collectGarbage: garbageCollector(),
  // The task ends a worker as a whole.
  signal: new AbortController().signal,
  reader: async ({inSnapshot, start}) => {
    if (inSnapshot) return heldSnapshot();
    if (reader === null || !reader.usable) reader = await openReader(start);
    else if (readerUuid !== start.serverUuid) await waitForStart(reader, start);
    return reader;
  },
  tell: answer => port.postMessage(answer),
};

port.on('message', (asked: LoadJob | SnapshotStep) => {
  const {jobId} = asked;
  const done =
    'kind' in asked
      ? stepSnapshot(asked).then(() => post({jobId, kind: 'stepped'}))
      : runJob(asked).then(result => post({jobId, kind: 'result', result}));
  done.catch((error: unknown) => post({jobId, kind: 'error', error: carryError(error)}));
});

/** At the first server that holds what the load began with (rule C2). */
async function openReader(start: LoadJob['start']): Promise<RawConnection> {
  let refusal: unknown = null;
  for (const source of serversOf(room.source)) {
    let opened: RawConnection | null = null;
    try {
      opened = await RawConnection.open(source, room.signal);
      readerUuid = await readServerUuid(opened);
      if (readerUuid !== start.serverUuid) await waitForStart(opened, start);
      return opened;
    } catch (error) {
      await opened?.close();
      if (!isTrouble(error) && !isOutOfReach(error)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

/** Connects before the lock is taken, opens the snapshot under it, lets it go when all is read. */
async function stepSnapshot({kind}: SnapshotStep): Promise<void> {
  if (kind !== 'open') {
    await snapshot?.close();
    snapshot = null;
  }
  if (kind === 'connect') snapshot = await RawConnection.open(room.source, room.signal);
  if (kind === 'open')
    await heldSnapshot().query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
}

function heldSnapshot(): RawConnection {
  if (snapshot?.usable === true) return snapshot;
  throw fail('SYNC5046', {reason: 'its connection is not there any more.'});
}

function post(answer: LoadAnswer): void {
  port.postMessage(answer);
}

async function runJob(job: LoadJob): Promise<LoadResult> {
  client ??= await openTarget(task, secrets, silentLog());
  const session = UploadSession.known(client, job.plan.baseTable, job.session);
  if (job.blockId === null) return await sendLocked(room, job, session);
  return await sendChunk(room, {...job, blockId: job.blockId}, session);
}
