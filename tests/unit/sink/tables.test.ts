import test from 'ava';
import {isSyncError} from '../../../runtime/base/errors.ts';
import {
  addColumnsSql,
  baseTableDdl,
  baseTableDefinition,
  compareTable,
  createTableSql,
  deltaTableDefinition,
  formatDifference,
  logTableDdl,
  renameTableSql,
  setOwnerSql,
  type TargetTable,
} from '../../../runtime/sink/tables.ts';
import {logNames, tablePlan} from '../../support/tablePlan.ts';

const columns = [
  ['id', 'BIGINT'],
  ['price', 'DECIMAL(12, 2)'],
] as const;

test('a base table has the columns of the plan, all nullable, with comments and the owner mark', t => {
  const plan = tablePlan('orders', columns, ['id']);
  plan.source.comment = "it's \\ here";
  t.is(
    baseTableDdl(plan, 'u1:1:2'),
    `CREATE TABLE \`orders_base\` (
  \`id\` BIGINT COMMENT 'about id',
  \`price\` DECIMAL(12,2) COMMENT 'about price'
)
COMMENT 'it\\'s \\\\ here'
TBLPROPERTIES ('synctask.owner'='u1:1:2')`,
  );
});

test('a log table begins with five additional columns and ends with partitions and lifecycle', t => {
  const names = logNames('previous', ['modifytime_year', 'modifytime_month']);
  const plan = tablePlan('orders', columns, ['id'], {logNames: names, lifecycleDays: 30});
  const ddl = logTableDdl(plan, 'u1:1:2');
  const order = [
    '`record_id` BIGINT',
    '`operation_flag` STRING',
    '`utc_timestamp` BIGINT',
    '`before_flag` STRING',
    '`after_flag` STRING',
    '`id` BIGINT',
    '`price` DECIMAL(12,2)',
    'PARTITIONED BY (`modifytime_year` STRING,\n  `modifytime_month` STRING)',
    'TBLPROPERTIES',
    'LIFECYCLE 30',
  ].map(part => ddl.indexOf(part));
  t.false(order.includes(-1), ddl);
  t.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
});

test('a comment above the limit is cut at a character', t => {
  const plan = tablePlan('orders', columns, ['id']);
  plan.source.comment = '注'.repeat(400);
  t.true(baseTableDdl(plan, 'u:1:1').includes(`COMMENT '${'注'.repeat(341)}'`));
});

test('names and limits are checked before any DDL is made', t => {
  const refused = (name: string, change: Partial<Parameters<typeof createTableSql>[0]> = {}) => {
    const definition = {...baseTableDefinition(tablePlan('t', columns, null), ''), name, ...change};
    const error = t.throws(() => createTableSql(definition));
    return isSyncError(error) ? error.code : null;
  };
  t.is(refused('1st'), 'SYNC4024');
  t.is(refused('a-b'), 'SYNC4024');
  t.is(refused('t'.repeat(129)), 'SYNC4024');
  const column = {name: 'c', type: 'BIGINT', comment: '', nullable: true};
  t.is(refused('t', {columns: [{...column, name: 'a b'}]}), 'SYNC4024');
  t.is(refused('t', {columns: [column, {...column, name: 'C'}]}), 'SYNC4027');
  t.is(refused('t', {columns: []}), 'SYNC4025');
  t.is(refused('t', {lifecycleDays: 0}), 'SYNC4025');
  const many = Array.from({length: 1201}, (_, i) => ({...column, name: `c${i}`}));
  t.is(refused('t', {columns: many}), 'SYNC4025');
});

test('other statements quote their names', t => {
  const column = {name: 'order', type: 'STRING', comment: 'new', nullable: true};
  t.is(addColumnsSql('t', [column]), "ALTER TABLE `t` ADD COLUMNS (`order` STRING COMMENT 'new')");
  t.is(renameTableSql('t_log', 't_log_g1'), 'ALTER TABLE `t_log` RENAME TO `t_log_g1`');
  t.is(setOwnerSql('t', 'u:1:2'), "ALTER TABLE `t` SET TBLPROPERTIES ('synctask.owner'='u:1:2')");
});

test('comparison finds order, types, nullability, partitions, lifecycle and views, and no more', t => {
  const expected = baseTableDefinition(tablePlan('orders', columns, ['id']), 'u:1:1');
  const actual: TargetTable = {
    ...structuredClone(expected),
    name: 'ORDERS_BASE',
    comment: 'another',
    properties: {},
    recordNum: 5,
    isView: false,
  };
  actual.columns[1]!.type = 'decimal(12,2)';
  actual.columns[0]!.name = 'ID';
  t.deepEqual(compareTable(expected, actual), []);

  actual.columns.reverse();
  actual.columns[0]!.nullable = false;
  actual.partitionColumns.push({name: 'dt', type: 'STRING', comment: '', nullable: true});
  actual.lifecycleDays = 7;
  actual.isView = true;
  t.deepEqual(compareTable(expected, actual).map(formatDifference), [
    'kind: table is needed, view is there',
    'column 1: id BIGINT is needed, price DECIMAL(12,2) NOT NULL is there',
    'column 2: price DECIMAL(12,2) is needed, id BIGINT is there',
    'partition column 1: none is needed, dt STRING is there',
    'lifecycle: none is needed, 7 is there',
  ]);
});

test('a Delta table has the key of the plan, NOT NULL, and its buckets', t => {
  const plan = tablePlan('orders', columns, ['id']);
  const definition = deltaTableDefinition(plan, 'u1:1:2', {buckets: 8, retainHours: 24});
  t.is(
    createTableSql(definition),
    `CREATE TABLE \`orders_base\` (
  \`id\` BIGINT NOT NULL COMMENT 'about id',
  \`price\` DECIMAL(12,2) COMMENT 'about price',
  PRIMARY KEY (\`id\`)
)
TBLPROPERTIES ('synctask.owner'='u1:1:2', 'transactional'='true', 'write.bucket.num'='8', 'acid.data.retain.hours'='24')`,
  );
  const unkeyed = tablePlan('orders', columns, null);
  t.throws(() => deltaTableDefinition(unkeyed, '', {buckets: 8, retainHours: 24}), {
    message: /SYNC9001/,
  });
});

test('a Delta table with another key, other buckets or none of them is another table', t => {
  const plan = tablePlan('orders', columns, ['id']);
  const wanted = deltaTableDefinition(plan, 'u1:1:2', {buckets: 8, retainHours: 24});
  const actual: TargetTable = {...structuredClone(wanted), recordNum: 0, isView: false};
  t.deepEqual(compareTable(wanted, actual), []);
  actual.primaryKey = ['id', 'price'];
  actual.properties['write.bucket.num'] = '16';
  t.deepEqual(compareTable(wanted, actual).map(formatDifference), [
    'primary key: id is needed, id, price is there',
    'property write.bucket.num: 8 is needed, 16 is there',
  ]);
  t.deepEqual(compareTable(baseTableDefinition(plan, ''), actual).map(formatDifference), [
    'column 1: id BIGINT is needed, id BIGINT NOT NULL is there',
    'primary key: none is needed, id, price is there',
    'property transactional: none is needed, true is there',
    'property write.bucket.num: none is needed, 16 is there',
    'property acid.data.retain.hours: none is needed, 24 is there',
  ]);
});
