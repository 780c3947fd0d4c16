// The thread that owns SQLite and its fsync, so that neither reading nor transcoding waits for the disk (rule C21).
// Steps that wait at the same time share one fsync: with many tables the disk, not the work, would set the pace.
import {parentPort, workerData} from 'node:worker_threads';
import {must} from '../base/assert.ts';
import {LedgerRefusal, LedgerStore} from './ledgerStore.ts';

/** The names of the ledger's steps. */
export type StepName = Exclude<Extract<keyof LedgerStore, string>, 'together'>;

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

let waiting: LedgerCall[] = [];

port.on('message', (call: LedgerCall) => {
  // What is in the port by now comes before the next turn of the loop.
  if (waiting.length === 0) setImmediate(runWaiting);
  waiting.push(call);
});

function runWaiting(): void {
  const calls = waiting;
  waiting = [];
  let answers: LedgerAnswer[] = [];
  const runAll = () => void (answers = calls.map(runCall));
  const isLast = calls.at(-1)!.step === null;
  try {
    if (calls.length === 1 || isLast) runAll();
    else store.together(runAll);
  } catch (error) {
    // Nothing of the group is on disk.
    answers = calls.map(({id}) => ({id, ...problemOf(error)}));
  }
  for (const answer of answers) port.postMessage(answer);
}

function runCall({id, step, args}: LedgerCall): LedgerAnswer {
  try {
    if (step !== null) return {id, value: Reflect.apply(store[step], store, args)};
    store[Symbol.dispose]();
    return {id};
  } catch (error) {
    return {id, ...problemOf(error)};
  }
}

function problemOf(error: unknown): Pick<LedgerAnswer, 'refusal' | 'problem'> {
  if (error instanceof LedgerRefusal) return {refusal: error.reason};
  return {problem: error instanceof Error ? error.message : String(error)};
}
