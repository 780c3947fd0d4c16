// Tables of every type and kind and the changes that the service allows, made in the embedded endpoint and found again.
import test, {type ExecutionContext} from 'ava';
import {
  allowNullSql,
  changeTypeSql,
  commentColumnSql,
  commentTableSql,
  dropColumnsSql,
  lifecycleSql,
  renameColumnSql,
} from '../../runtime/sink/alterTable.ts';
import type {TargetClient} from '../../runtime/sink/client.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {
  compareTable,
  createTable,
  createTableSql,
  deltaTableDefinition,
  getTable,
} from '../../runtime/sink/tables.ts';
import type {TableDefinition, TargetColumn} from '../../runtime/sink/targetTable.ts';
import {tablePlan} from '../support/tablePlan.ts';
import {openClient, startTarget} from '../support/target.ts';

const {signal} = new AbortController();
const column = (name: string, type: string): TargetColumn => ({
  name,
  type,
  comment: `a 'quoted' \\ name`,
  nullable: true,
});

async function make(
  t: ExecutionContext,
  changes: Partial<TableDefinition>,
): Promise<{client: TargetClient; table: TableDefinition}> {
  const client = openClient(t, await startTarget(t));
  const table: TableDefinition = {
    name: 'made',
    columns: [column('id', 'BIGINT')],
    partitionColumns: [],
    comment: '',
    lifecycleDays: null,
    properties: {},
    ...changes,
  };
  await createTable(client, createTableSql(table), signal);
  return {client, table};
}

const roundTrip = test.macro<[string, string[]]>({
  exec: async (t, _, types) => {
    const columns = types.map((type, i) => column(`c${i}`, type));
    const {client, table} = await make(t, {columns});
    const found = await getTable(client, 'made', signal);
    t.deepEqual(compareTable(table, found!), []);
    t.deepEqual(found!.columns, columns);
  },
  title: (_, system) =>
    `a table with every type of the ${system} type system is found as it was made`,
});

test(roundTrip, 'old', ['BIGINT', 'DOUBLE', 'DECIMAL(38,18)', 'STRING', 'DATETIME', 'BOOLEAN']);
const newTypes =
  'TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL(20,0) DECIMAL(38,18) STRING VARCHAR(65535) CHAR(255) BINARY ' +
  'BOOLEAN DATE DATETIME TIMESTAMP TIMESTAMP_NTZ JSON ARRAY<FLOAT> MAP<STRING,ARRAY<BIGINT>> STRUCT<A:BIGINT,B:STRING>';
test(roundTrip, 'new', newTypes.split(' '));

test('reserved and odd names are kept', async t => {
  const names = ['select', 'order', 'partition', '_', '_1', 'Name', 'a'.repeat(128)];
  const columns = names.map(name => column(name, 'STRING'));
  const partitionColumns = ['where', 'group'].map(name => ({
    ...column(name, 'STRING'),
    comment: '',
  }));
  const {client, table} = await make(t, {columns, partitionColumns, lifecycleDays: 7});
  t.deepEqual(compareTable(table, (await getTable(client, 'made', signal))!), []);
});

test('a table takes every change that the service allows', async t => {
  const columns = ['INT', 'DECIMAL(12,2)', 'STRING', 'STRING'].map((type, i) =>
    column(`c${i}`, type),
  );
  const {client, table} = await make(t, {
    columns: [{...column('id', 'BIGINT'), nullable: false}, ...columns],
    partitionColumns: [{...column('day', 'STRING'), comment: ''}],
    lifecycleDays: 7,
  });
  const run = (sql: string) => runSql(client, sql, {signal});
  await run(renameColumnSql('made', 'c3', 'order'));
  await run(dropColumnsSql('made', ['c2']));
  await run(changeTypeSql('made', columns[0]!, 'BIGINT'));
  await run(changeTypeSql('made', columns[1]!, 'DECIMAL(20,4)'));
  await run(allowNullSql('made', 'id'));
  await run(commentColumnSql('made', 'id', "it's"));
  await run(commentTableSql('made', 'new words'));
  await run(lifecycleSql('made', 30));
  const found = await getTable(client, 'made', signal);
  const wanted: TableDefinition = {
    ...table,
    columns: [
      column('id', 'BIGINT'),
      column('c0', 'BIGINT'),
      column('c1', 'DECIMAL(20,4)'),
      column('order', 'STRING'),
    ],
    lifecycleDays: 30,
  };
  t.deepEqual(compareTable(wanted, found!), []);
  t.is(found!.columns[0]!.comment, "it's");
  t.is(found!.comment, 'new words');
});

test('a Delta table is found with its key and buckets, and differs from one without', async t => {
  const plan = tablePlan(
    'orders',
    [
      ['id', 'BIGINT'],
      ['part', 'STRING'],
      ['n', 'INT'],
    ],
    ['id', 'part'],
  );
  const wanted = deltaTableDefinition(plan, 'u1:1:1', {buckets: 8, retainHours: 24});
  const {client} = await make(t, wanted);
  const found = await getTable(client, wanted.name, signal);
  t.deepEqual(found!.primaryKey, ['id', 'part']);
  t.deepEqual(compareTable(wanted, found!), []);
  const other = deltaTableDefinition(plan, 'u1:1:1', {buckets: 16, retainHours: 24});
  t.deepEqual(
    compareTable(other, found!).map(difference => difference.name),
    ['write.bucket.num'],
  );
});
