import test from 'ava';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {unavailableSettings, type UnavailableSetting} from '../../../runtime/spec/unavailable.ts';
import {taskWith} from '../../support/taskInput.ts';

/** As if schema changes could not be chosen. */
const made: UnavailableSetting = {
  path: 'objects[].tables[].ddl',
  asks: value => value !== 'all',
  instead: "Use 'all'.",
};

function found(tables: unknown[]) {
  const {task} = parseTask(taskWith(['objects', 0, 'tables'], tables));
  return unavailableSettings(task!, [made]);
}

test('a setting is refused where it asks for what is not there yet, for each table', t => {
  const findings = found(['a', {name: 'b', ddl: 'none'}, {name: 'c', ddl: ['add-column']}]);
  t.deepEqual(
    findings.map(({code, where, observed}) => [code, where, observed]),
    [
      ['SYNC1005', 'objects[0].tables[1].ddl', '"none"'],
      ['SYNC1005', 'objects[0].tables[2].ddl', '["add-column"]'],
    ],
  );
  t.true(findings[0]!.cause.includes('"none"'));
});

test('a long value is shortened', t => {
  const ddl = Array.from({length: 40}, () => 'add-column');
  t.true(found([{name: 'b', ddl}])[0]!.observed!.length < 100);
});
