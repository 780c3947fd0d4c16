// Wrong task files as users write them: the smallest right one with some settings changed, and what it must be answered with.
import test from 'ava';
import {parseTask} from '../../runtime/spec/parse.ts';
import {minimalTask} from './taskInput.ts';

/** Settings changed, by path as in a finding: `objects[0].tables[0].name`. `undefined` takes one out. */
export type Changes = Record<string, unknown>;

/** Where it is wrong, the value shown, why, and what to do; all to the letter. */
export interface Answer {
  code?: 'SYNC1001' | 'SYNC1002';
  where: string;
  observed: string | null;
  cause: string;
  fix: string;
}

/** The smallest right task with `changes`. */
export function taskChanged(changes: Changes): unknown {
  const task = minimalTask();
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(/[.[]/).map(key => (key.endsWith(']') ? Number.parseInt(key) : key));
    let at: Record<string | number, any> = task;
    for (const key of keys.slice(0, -1)) at = at[key] ??= {};
    if (value === undefined) delete at[keys.at(-1)!];
    else at[keys.at(-1)!] = value;
  }
  return task;
}

/** One wrong file, one answer. The file goes the way of every file: through JSON text. */
export const answered = test.macro<[string, Changes, Answer]>({
  exec: (t, _, changes, {code = 'SYNC1001', ...answer}) => {
    const {task, findings} = parseTask(JSON.parse(JSON.stringify(taskChanged(changes))));
    t.is(task, null);
    const told = findings.map(found => ({
      code: found.code,
      where: found.where,
      observed: found.observed,
      cause: found.cause,
      fix: found.fix,
    }));
    t.deepEqual(told as unknown, [{code, ...answer}]);
    t.false(JSON.stringify(findings).includes('hidden-value'), 'a secret is not quoted');
  },
  title: (_, what) => `${what} is answered with its place, value, cause and fix`,
});
