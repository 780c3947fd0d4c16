// The sender of one run: what sending batches shares with its task.
import {join} from 'node:path';
import type {Run} from './runTask.ts';
import {sessionQueue, type Sender} from './sendBatch.ts';

/** A sender with nothing on its way. Recovery stores no checkpoint of its own; following says which. */
export function createSender(run: Run, checkpointAfter: Sender['checkpointAfter']): Sender {
  return {
    client: run.client,
    ledger: run.ledger,
    spoolDir: join(run.stateDir, 'spool'),
    log: run.log,
    signal: run.ended,
    sessions: sessionQueue(),
    heldBytes: 0,
    spooledBytes: 0,
    lastBatchId: 0,
    checkpointAfter,
  };
}
