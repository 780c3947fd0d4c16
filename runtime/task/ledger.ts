// The ledger as the task sees it: asynchronous steps, each durable when its promise resolves. The steps are ledgerStore.ts.
import {extname} from 'node:path';
import {Worker} from 'node:worker_threads';
import {assert} from '../base/assert.ts';
import {fail} from '../base/errors.ts';
import type {LedgerStore} from './ledgerStore.ts';
import type {LedgerAnswer, LedgerCall, StepName} from './ledgerWorker.ts';

type Steps = {
  [K in StepName]: (...args: Parameters<LedgerStore[K]>) => Promise<ReturnType<LedgerStore[K]>>;
};

/** The steps of the ledger, and its end. */
export type Ledger = Steps & AsyncDisposable;

/** Opens (or makes) the ledger at `path`. Steps raise SYNC5011 when SQLite fails, SYNC5012 when the lease is lost, SYNC5013 for a newer format. */
export function openLedger(path: string): Ledger {
  const worker = new Worker(new URL(`./ledgerWorker${extname(import.meta.url)}`, import.meta.url), {
    workerData: {path},
  });
  const waiting = new Map<
    number,
    {resolve: (value: unknown) => void; reject: (error: Error) => void}
  >();
  let lastId = 0;
  let closed = false;
  let dead: string | null = null;
  const failAll = (problem: string): void => {
    dead ??= problem;
    for (const {reject} of waiting.values()) reject(fail('SYNC5011', {path, problem}));
    waiting.clear();
  };
  worker.on('message', (answer: LedgerAnswer) => {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    assert(caller !== undefined, 'every answer of the ledger has its caller');
    if (answer.refusal === 'lease-lost') caller.reject(fail('SYNC5012', {path}));
    else if (answer.refusal === 'newer-format') caller.reject(fail('SYNC5013', {path}));
    else if (answer.problem !== undefined)
      caller.reject(fail('SYNC5011', {path, problem: answer.problem}));
    else caller.resolve(answer.value);
  });
  worker.on('error', error => failAll(error instanceof Error ? error.message : String(error)));
  worker.on('exit', () => failAll('its worker ended'));

  const call = (step: StepName | null, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (dead !== null) throw fail('SYNC5011', {path, problem: dead});
      const id = ++lastId;
      waiting.set(id, {resolve, reject});
      worker.postMessage({id, step, args} satisfies LedgerCall);
    });
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    if (dead !== null) return;
    await call(null, []);
    await worker.terminate();
  };
  return new Proxy({} as Ledger, {
    get: (_target, name) => {
      if (name === Symbol.asyncDispose) return close;
      if (typeof name !== 'string' || name === 'then') return undefined;
      return (...args: unknown[]) => call(name as StepName, args);
    },
  });
}
