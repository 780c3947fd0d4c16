// Preparing again while a task runs: a schema change ended the generation of some tables, or a table that the task wants
// was created. Following is drained as at a stop; the others go on from where they were. What asks is told here, and why.
import type {Log} from '../base/log.ts';
import {selectTable} from '../source/selection.ts';
import {isPattern} from '../spec/pattern.ts';
import type {Task} from '../spec/task.ts';

export interface Again {
  /** Asked for: what runs drains. */
  signal: AbortSignal;
  /** Asks for it; raises the reason, so that nothing more is read. */
  prepare: (reason: string) => never;
  /** Whether a table that a statement at `place` made is to join now. */
  wants: (database: string, table: string, place: string) => boolean;
}

/** What was asked for in one run, so that no statement asks twice. */
export type Asked = Set<string>;

/** For one round of loading and following. */
export function createAgain(task: Task, log: Log, asked: Asked): Again {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    prepare: reason => {
      log.info({reason}, 'the task prepares again');
      const why = new DOMException(reason, 'AbortError');
      controller.abort(why);
      throw why;
    },
    wants: (database, table, place) => {
      if (!joins(task, database, table)) return false;
      const key = JSON.stringify([database, table, place]);
      if (asked.has(key)) return false;
      asked.add(key);
      return true;
    },
  };
}

/** Whether a table that appears while the task runs becomes part of it. */
function joins(task: Task, database: string, table: string): boolean {
  if (!task.phases.includes('schema') || !task.phases.includes('full')) return false;
  const at = selectTable(task.objects, database, table);
  if (at === null) return false;
  const object = task.objects[at.objectIndex]!;
  const isMatched = isPattern(object.tables[at.tableIndex]!.name) || isPattern(object.database);
  return !isMatched || object.newTables === 'add';
}
