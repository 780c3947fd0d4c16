import test from 'ava';
import {schemaSteps} from '../../../runtime/task/schemaSteps.ts';

function definition(columns: readonly (readonly [string, string])[]) {
  return {
    name: 't_base',
    columns: columns.map(([name, type]) => ({name, type, comment: '', nullable: true})),
    partitionColumns: [],
    comment: '',
    lifecycleDays: null,
    properties: {},
  };
}

const shapes = (steps: ReturnType<typeof schemaSteps>) =>
  steps.map(({after}) => after.columns.map(({name, type}) => `${name} ${type}`).join(', '));

test('columns are renamed, then widened, then added, and each step says what the table is after it', t => {
  const steps = schemaSteps(
    definition([
      ['a', 'INT'],
      ['b', 'STRING'],
    ]),
    definition([
      ['c', 'BIGINT'],
      ['b', 'STRING'],
      ['d', 'DATE'],
    ]),
  );
  t.deepEqual(shapes(steps), [
    'c INT, b STRING',
    'c BIGINT, b STRING',
    'c BIGINT, b STRING, d DATE',
  ]);
  t.true(steps.every(({sql}) => sql.startsWith('ALTER TABLE `t_base`')));
});

test('names that change places go by one that no column has', t => {
  const before = definition([
    ['a', 'INT'],
    ['b', 'INT'],
    ['synctask_renamed_1', 'INT'],
  ]);
  const after = definition([
    ['b', 'INT'],
    ['a', 'INT'],
    ['synctask_renamed_1', 'INT'],
  ]);
  t.deepEqual(shapes(schemaSteps(before, after)), [
    'synctask_renamed_2 INT, b INT, synctask_renamed_1 INT',
    'synctask_renamed_2 INT, a INT, synctask_renamed_1 INT',
    'b INT, a INT, synctask_renamed_1 INT',
  ]);
});

test('a name that another column leaves is taken after it', t => {
  const before = definition([
    ['a', 'INT'],
    ['b', 'INT'],
  ]);
  const after = definition([
    ['b', 'INT'],
    ['b_dropped_1', 'INT'],
  ]);
  t.deepEqual(shapes(schemaSteps(before, after)), [
    'a INT, b_dropped_1 INT',
    'b INT, b_dropped_1 INT',
  ]);
});

test('equal shapes need no statement', t => {
  t.deepEqual(schemaSteps(definition([['a', 'INT']]), definition([['A', 'INT']])), []);
});
