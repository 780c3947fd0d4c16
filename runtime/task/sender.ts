// What sending batches shares within one run: client, ledger, spool, the pace of sessions, and what is held where.
import {join} from 'node:path';
import PQueue from 'p-queue';
import type {Log} from '../base/log.ts';
import type {TargetClient} from '../sink/client.ts';
import {compressBlock} from '../sink/compress.ts';
import type {CutBatch} from './followedTable.ts';
import type {Ledger} from './ledger.ts';
import type {CheckpointRecord} from './ledgerTypes.ts';
import type {Run} from './runTask.ts';
import {systemDisk, type SpoolDisk} from './spool.ts';

/** Upload sessions made in a second; the service starts to refuse above it (rule C19). */
export const sessionsPerSecond = 20;
/** Blocks on their way at once: one by one, the target's answers would be waited for instead of its work. */
const uploadsMax = 8;

/** What sending needs from its task. */
export interface Sender {
  client: TargetClient;
  ledger: Ledger;
  spoolDir: string;
  disk: SpoolDisk;
  /** Makes a block of records small for a connection of this speed; its pieces are valid until `use` settles. */
  compress: typeof compressBlock;
  log: Log;
  signal: AbortSignal;
  /** Paces session creation. */
  sessions: PQueue;
  /** Bounds the blocks that are read from the spool and on their way, over all tables. */
  uploads: PQueue;
  /** Where blocks are read to that go on their way; as many as are at once. */
  rooms: Buffer[];
  /** Uncompressed bytes held in memory: open buffers and blocks on their way to the spool. */
  heldBytes: number;
  /** Compressed bytes in the spool. */
  spooledBytes: number;
  lastBatchId: number;
  /** Waits until a table that is about to be written is there and has our mark; null when there is nothing to do. */
  claim: (tableId: number) => Promise<void> | null;
  /** Called between `commit` and `done`: what the ledger stores with it. */
  checkpointAfter: (cut: CutBatch) => CheckpointRecord | null;
}

/** The pacing of session creation under the budget. */
export function sessionQueue(): PQueue {
  return new PQueue({concurrency: 8, intervalCap: sessionsPerSecond, interval: 1000});
}

/** A sender with nothing on its way. Recovery stores no checkpoint of its own; following says which. */
export function createSender(run: Run, checkpointAfter: Sender['checkpointAfter']): Sender {
  return {
    client: run.client,
    ledger: run.ledger,
    spoolDir: join(run.stateDir, 'spool'),
    disk: systemDisk,
    compress: compressBlock,
    log: run.log,
    signal: run.ended,
    sessions: sessionQueue(),
    uploads: new PQueue({concurrency: uploadsMax}),
    rooms: [],
    heldBytes: 0,
    spooledBytes: 0,
    lastBatchId: 0,
    claim: tableId => run.making?.made(tableId) ?? run.marks?.claim(tableId) ?? null,
    checkpointAfter,
  };
}
