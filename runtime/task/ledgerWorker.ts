// The thread that owns SQLite and its fsync, so that neither reading nor transcoding waits for the disk (rule C21).
import {parentPort, workerData} from 'node:worker_threads';
import {must} from '../base/assert.ts';
import {LedgerRefusal, LedgerStore} from './ledgerStore.ts';

/** The names of the ledger's steps. */
export type StepName = Extract<keyof LedgerStore, string>;

export interface LedgerCall {
  id: number;
  /** null closes the ledger. */
  step: StepName | null;
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
const store = new LedgerStore((workerData as {path: string}).path);

port.on('message', (call: LedgerCall) => {
  const answer: LedgerAnswer = {id: call.id};
  try {
    if (call.step === null) store[Symbol.dispose]();
    else answer.value = Reflect.apply(store[call.step], store, call.args);
  } catch (error) {
    if (error instanceof LedgerRefusal) answer.refusal = error.reason;
    else answer.problem = error instanceof Error ? error.message : String(error);
  }
  port.postMessage(answer);
});
