import test from 'ava';
import {createCounters} from '../../../runtime/codec/counters.ts';
import {
  addColumns,
  planTable,
  planWarnings,
  type PlanOptions,
} from '../../../runtime/codec/planTable.ts';
import {selectList} from '../../../runtime/codec/snapshotTranscoder.ts';
import {plainOptions, sourceColumn, sourceTable} from '../../support/sourceTable.ts';

const table = sourceTable(
  [
    ['id', 'bigint'],
    ['Full Name', 'varchar(20)'],
    ['born', 'date'],
    ['seen', 'datetime(6)'],
  ],
  ['id'],
);

const options = (columns: Partial<PlanOptions['columns']>): PlanOptions => ({
  ...plainOptions,
  columns: {...plainOptions.columns, ...columns},
});

test('a plan names tables, columns, types and key', t => {
  const plan = planTable(table, {...plainOptions, targetName: 'Shop-T'});
  t.is(plan.baseTable, 'shop_t_base');
  t.is(plan.logTable, 'shop_t_log');
  t.deepEqual(plan.key, [0]);
  t.deepEqual(
    plan.columns.map(c => [c.targetName, c.targetType, c.imageIndex]),
    [
      ['id', 'BIGINT', 0],
      ['full_name', 'STRING', 1],
      ['born', 'DATE', 2],
      ['seen', 'TIMESTAMP_NTZ', 3],
    ],
  );
  t.is(selectList(plan), '`id`, `Full Name`, `born`, `seen`');
  t.is(createCounters(plan).zeroDates.length, 4);
});

test('columns are left out, renamed, retyped and given policies', t => {
  const policy = {zeroDate: 'text', overLong: 'null', invalidText: 'replace'} as const;
  const plan = planTable(
    table,
    options({
      exclude: ['Full Name'],
      rename: {seen: 'Last Seen'},
      types: {born: 'string'},
      policies: {born: policy},
    }),
  );
  t.deepEqual(
    plan.columns.map(c => [c.targetName, c.targetType, c.imageIndex]),
    [
      ['id', 'BIGINT', 0],
      ['born', 'STRING', 2],
      ['last_seen', 'TIMESTAMP_NTZ', 3],
    ],
  );
  t.deepEqual(plan.columns[1]!.policies, policy);
  t.deepEqual(planTable(table, options({include: ['seen', 'id']})).columns.length, 2);
});

test('warnings of a plan name their columns', t => {
  const plan = planTable(table, options({types: {born: 'STRING'}}));
  t.deepEqual(
    planWarnings(plan, 'v2').map(w => [w.column, w.code]),
    [['seen', 'SYNC3101']],
  );
});

test('a zero date stops in a key column, which takes no NULL', t => {
  const dated = sourceTable([['day', 'date']], ['day']);
  t.is(planTable(dated, plainOptions).columns[0]!.policies.zeroDate, 'stop');
});

const refused = test.macro<[string, () => unknown, string]>({
  title: (_, what) => `${what} is refused`,
  exec: (t, _what, make, code) => {
    t.throws(make, {code});
  },
});

const many = (count: number) =>
  sourceTable(Array.from({length: count}, (_, i) => [`c${i}`, 'int'] as const));
const stopping = {zeroDate: 'null', overLong: 'stop', invalidText: 'stop'} as const;

test(
  refused,
  'a name in two columns',
  () =>
    planTable(
      sourceTable([
        ['a b', 'int'],
        ['a-b', 'int'],
      ]),
      plainOptions,
    ),
  'SYNC3005',
);
test(
  refused,
  'a name in two cases',
  () =>
    planTable(
      sourceTable([
        ['ab', 'int'],
        ['Ab', 'int'],
      ]),
      {...plainOptions, naming: {additionalColumns: 'new', case: 'source'}},
    ),
  'SYNC3005',
);
test(
  refused,
  'the name of an additional column',
  () =>
    planTable(sourceTable([['record_id', 'int']]), {
      ...plainOptions,
      naming: {additionalColumns: 'previous', case: 'default'},
    }),
  'SYNC3006',
);
test(
  refused,
  'the name of a partition column',
  () => planTable(sourceTable([['new_dts_sync_modifytime_day', 'int']]), plainOptions),
  'SYNC3006',
);
test(refused, 'a table of 1,195 columns', () => planTable(many(1195), plainOptions), 'SYNC3007');
test(
  refused,
  'a table name of 124 bytes',
  () => planTable(table, {...plainOptions, targetName: 'x'.repeat(124)}),
  'SYNC3008',
);
test(
  refused,
  'a setting for a column that is not there',
  () => planTable(table, options({exclude: ['nobody']})),
  'SYNC3009',
);
test(
  refused,
  'leaving a key column out',
  () => planTable(table, options({exclude: ['id']})),
  'SYNC3010',
);
test(
  refused,
  'cutting a key column',
  () => planTable(table, options({policies: {id: {...stopping, overLong: 'truncate'}}})),
  'SYNC3011',
);
test(
  refused,
  'repairing a key column',
  () => planTable(table, options({policies: {id: {...stopping, invalidText: 'replace'}}})),
  'SYNC3011',
);
test(
  refused,
  'rounding a key column',
  () => planTable(sourceTable([['at', 'datetime(6)']], ['at']), options({types: {at: 'DATETIME'}})),
  'SYNC3011',
);
test(
  refused,
  'leaving every column out',
  () => planTable(sourceTable([['a', 'int']]), options({exclude: ['a']})),
  'SYNC3012',
);
test(
  refused,
  'zero dates as text in a DATE',
  () => planTable(table, options({policies: {born: {...stopping, zeroDate: 'text'}}})),
  'SYNC3013',
);

test('1,194 columns and a name of 123 bytes are accepted', t => {
  t.is(planTable(many(1194), plainOptions).columns.length, 1194);
  const long = 'x'.repeat(123);
  t.is(planTable(table, {...plainOptions, targetName: long}).baseTable, `${long}_base`);
});

test('added columns stand last in the target and where MySQL puts them in the image', t => {
  const plan = planTable(table, plainOptions);
  const after = addColumns(
    plan,
    [
      {column: sourceColumn('n', 'int'), place: {after: 'ID'}},
      {column: sourceColumn('m', 'int'), place: {after: 'n'}},
      {column: sourceColumn('first', 'int'), place: 'first'},
      {column: sourceColumn('end', 'int'), place: 'last'},
    ],
    options({}),
  );
  t.deepEqual(
    after.source.columns.map(c => c.name),
    ['first', 'id', 'n', 'm', 'Full Name', 'born', 'seen', 'end'],
  );
  t.deepEqual(
    after.columns.map(c => [c.targetName, c.imageIndex]),
    [
      ['id', 1],
      ['full_name', 4],
      ['born', 5],
      ['seen', 6],
      ['n', 2],
      ['m', 3],
      ['first', 0],
      ['end', 7],
    ],
  );
  t.deepEqual(after.key, [0]);
  t.is(plan.source.columns.length, 4);
});

test('an added column that the task leaves out is only known to be in the image', t => {
  const only = options({include: ['id', 'seen']});
  const plan = planTable(table, only);
  const column = {column: sourceColumn('n', 'int'), place: 'first'} as const;
  const after = addColumns(plan, [column], only);
  t.deepEqual(
    after.columns.map(c => c.imageIndex),
    [1, 4],
  );
});

test('an added column meets the same checks as the others', t => {
  const plan = planTable(table, plainOptions);
  const added = [{column: sourceColumn('full name', 'int'), place: 'last'}] as const;
  t.throws(() => addColumns(plan, added, plainOptions), {code: 'SYNC3005'});
});
