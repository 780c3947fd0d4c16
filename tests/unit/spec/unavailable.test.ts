import test from 'ava';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {unavailable} from '../../../runtime/spec/unavailable.ts';
import {taskWith} from '../../support/taskInput.ts';

/** A value that asks for the feature, by the path of the setting. */
const asking: Record<string, unknown> = {
  'objects[].tables[].ddl': 'none',
};

for (const {path} of unavailable)
  test(`${path} is refused where it asks for what is not there yet`, t => {
    const exact = path.replaceAll('[]', '[0]');
    const keys = exact.split(/[.[\]]+/).map(key => (/^\d+$/.test(key) ? Number(key) : key));
    const {findings} = parseTask(taskWith(keys, asking[path]));
    const found = findings.filter(f => f.code === 'SYNC1005');
    t.deepEqual(
      found.map(f => [f.where, f.observed]),
      [[exact, JSON.stringify(asking[path])]],
    );
    t.true(found[0]!.cause.includes(JSON.stringify(asking[path])));
  });

test('each table that asks is named', t => {
  const tables = ['a', {name: 'b', ddl: 'none'}, {name: 'c', ddl: 'none'}];
  const {findings} = parseTask(taskWith(['objects', 0, 'tables'], tables));
  t.deepEqual(
    findings.map(f => f.where),
    ['objects[0].tables[1].ddl', 'objects[0].tables[2].ddl'],
  );
});

test('a long value is shortened', t => {
  const operations = Array.from({length: 40}, () => 'add-column');
  const tables = [{name: 'b', ddl: operations}];
  const {findings} = parseTask(taskWith(['objects', 0, 'tables'], tables));
  const found = findings.filter(f => f.code === 'SYNC1005');
  t.true(found[0]!.observed!.length < 100);
});
