// A running task that is asked to load tables again: what was asked is noted in the ledger, then the task drains and begins
// anew in the same process, where the asked tables join as if their settings had changed and the others go on.
import {fail} from '../base/errors.ts';
import type {Task} from '../spec/task.ts';
import {noteReload, type AskedTables} from './askReload.ts';
import type {Run} from './runTask.ts';

export interface Reloads {
  /** Resolves when it is noted; the task is drained by then or later. */
  ask: (tables: AskedTables) => Promise<void>;
  /** Conducts `run` until it ends without having been asked. */
  conduct: (run: Run, once: Conduct) => ReturnType<Conduct>;
}

type Conduct = (run: Run) => Promise<'done' | 'stopped'>;

/** Nothing asked yet. */
export function createReloads(task: Task): Reloads {
  let again = new AbortController();
  const running = Promise.withResolvers<Run>();
  return {
    ask: async tables => {
      if (!task.phases.includes('full') || !task.phases.includes('schema'))
        throw fail('SYNC5045', {table: tables === 'all' ? 'every table' : tables.join(', ')});
      const {ledger, log} = await running.promise;
      await noteReload(ledger, tables);
      log.info({tables}, 'tables are loaded again');
      again.abort(new DOMException('tables are loaded again', 'AbortError'));
    },
    conduct: async (run, once) => {
      running.resolve(run);
      for (;;) {
        again = new AbortController();
        try {
          const outcome = await once({...run, stop: AbortSignal.any([run.stop, again.signal])});
          if (!again.signal.aborted || run.stop.aborted) return outcome;
        } catch (error) {
          if (run.stop.aborted || error !== again.signal.reason) throw error;
        }
        run.board.signal('again');
      }
    },
  };
}
