import test from 'ava';
import {editLines, ruleOf, strongest, type Edit} from '../../../provider/edits.ts';
import {taskSpec} from '../../../runtime/spec/task.ts';
import {syncTaskInputs} from '../../support/syncTaskInputs.ts';

/** Paths of all leaves of a parsed task: every input there is. */
function leaves(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [at];
  const entries = Object.entries(value);
  if (entries.length === 0) return [at];
  return entries.flatMap(([key, inner]) => leaves(inner, at === '' ? key : `${at}.${key}`));
}

test('the table has a rule for every input of a task', t => {
  const task = taskSpec.parse(syncTaskInputs());
  t.deepEqual(
    Object.keys(taskSpec.shape).filter(key => !(key in task)),
    [],
  );
  const paths = leaves(task, '');
  t.true(paths.length > 50);
  t.deepEqual(
    paths.filter(path => ruleOf(path) === null),
    [],
  );
});

test('the longest prefix decides', t => {
  t.is(ruleOf('target.quota')?.kind, 'restart');
  t.is(ruleOf('target.project')?.kind, 'replace');
  t.is(ruleOf('objects[0].tables[1]')?.kind, 'restart');
  t.is(ruleOf('targets'), null);
});

const edit = (kind: Edit['kind'], object: string | null = null): Edit => ({
  path: 'p',
  kind,
  why: 'because',
  object,
  change: 'changed',
});

test('the strongest of several edits is what the user must know', t => {
  t.is(strongest([edit('in-place'), edit('backfill'), edit('restart')]), 'backfill');
  t.is(strongest([edit('restart'), edit('replace')]), 'replace');
  t.is(strongest([]), null);
});

test('drift and edits are told in one line each', t => {
  t.deepEqual(
    editLines([edit('restart'), edit('backfill', 'shop.items')], ['The runtime is dead.']),
    ['The runtime is dead.', 'p: restart, because', 'p: backfill (shop.items), because'],
  );
});
