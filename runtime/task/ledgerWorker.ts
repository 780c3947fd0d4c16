// The thread that owns SQLite and its fsync, so that neither reading nor transcoding waits for the disk (rule C21).
import {parentPort, workerData} from 'node:worker_threads';
import {must} from '../base/assert.ts';
import {LedgerRefusal, openStore, type LedgerStore} from './ledgerStore.ts';

export interface LedgerCall {
  id: number;
  step: keyof LedgerStore;
  args: unknown[];
}
export interface LedgerAnswer {
  id: number;
  value?: unknown;
  refusal?: LedgerRefusal['reason'];
  /** SQLite's own error: code and text. */
  problem?: string;
}

const port = must(parentPort, 'the ledger runs as a worker');
const store = openStore((workerData as {path: string}).path);

port.on('message', (call: LedgerCall) => {
  const answer: LedgerAnswer = {id: call.id};
  try {
    answer.value = (store[call.step] as (...args: unknown[]) => unknown)(...call.args);
  } catch (error) {
    if (error instanceof LedgerRefusal) answer.refusal = error.reason;
    else answer.problem = error instanceof Error ? error.message : String(error);
  }
  port.postMessage(answer);
});
