import test from 'ava';
import {isSyncError} from '../../../runtime/base/errors.ts';
import {classifyStatement} from '../../../runtime/source/ddl.ts';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {assertReloads, ignoredKinds} from '../../../runtime/task/ddlPolicy.ts';
import {taskWith} from '../../support/taskInput.ts';

const table = {database: 'd', table: 't'};

function taskOf(settings: object, phases = ['schema', 'full', 'incremental']) {
  const input = taskWith(['objects'], [{database: 'd', tables: [{name: 't', ...settings}]}]);
  const {task, findings} = parseTask({...(input as object), phases});
  if (task === null) throw new Error(findings[0]!.cause);
  return task;
}

/** The kinds left as they are, or the code that stops the task. */
function decide(settings: object, sql: string): string[] | string {
  const statement = classifyStatement(sql, 'd', () => true);
  try {
    return [...ignoredKinds(taskOf(settings), table, statement, sql)];
  } catch (error) {
    if (isSyncError(error)) return error.code;
    throw error;
  }
}

const both = 'ALTER TABLE t ADD COLUMN a INT, DROP COLUMN b';

test('kinds that ddl names are carried out', t => {
  t.deepEqual(decide({}, both), []);
  t.deepEqual(decide({ddl: ['add-column', 'drop-column']}, both), []);
});

test('others stop the task', t => {
  t.is(decide({ddl: ['add-column']}, both), 'SYNC5081');
  t.is(decide({ddl: 'none'}, 'TRUNCATE t'), 'SYNC5081');
});

test('or are left, where the rows that follow are those of the same table', t => {
  t.deepEqual(decide({ddl: ['add-column'], otherDdl: 'ignore'}, both), ['drop-column']);
  t.deepEqual(decide({ddl: 'none', otherDdl: 'ignore'}, 'TRUNCATE t'), ['truncate-table']);
  t.is(decide({ddl: 'none', otherDdl: 'ignore'}, 'RENAME TABLE t TO u, v TO t'), 'SYNC5081');
  t.is(decide({ddl: 'none', otherDdl: 'ignore'}, 'ALTER TABLE t DROP PRIMARY KEY'), 'SYNC5081');
});

test('a table loads anew where settings and phases allow it', t => {
  const refused = (settings: object, phases?: string[]) =>
    t.throws(() => assertReloads(taskOf(settings, phases), table, 'TRUNCATE t', 'it is emptied'));
  t.notThrows(() => assertReloads(taskOf({}), table, 'TRUNCATE t', 'it is emptied'));
  t.regex(refused({reload: 'never'}).message, /SYNC5082[^]*TRUNCATE t[^]*'never'/);
  t.regex(refused({}, ['schema', 'incremental']).message, /SYNC5082[^]*phases schema and full/);
});
