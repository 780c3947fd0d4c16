// SQL instances and tables of the target, against the embedded endpoint.
import test, {type ExecutionContext} from 'ava';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';
import {writeRecords} from '../../runtime/codec/recordWriter.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {checkOwner, takeOwnership} from '../../runtime/sink/owner.ts';
import {
  addColumnsSql,
  compareTable,
  createTable,
  createTableSql,
  dropTable,
  getTable,
  listPartitions,
  logTableDefinition,
  renameTableSql,
} from '../../runtime/sink/tables.ts';
import {UploadSession} from '../../runtime/sink/uploadSession.ts';
import {countRecords, countRows, highestRecordId} from '../../runtime/sink/verify.ts';
import {FaultProxy} from '../support/faultProxy.ts';
import {tablePlan} from '../support/tablePlan.ts';
import {codeOf, openClient, startTarget} from '../support/target.ts';

const {signal} = new AbortController();
const plan = tablePlan(
  'orders',
  [
    ['id', 'BIGINT'],
    ['order', 'STRING'],
    ['price', 'DECIMAL(12,2)'],
    ['at', 'TIMESTAMP_NTZ'],
  ],
  ['id'],
  {lifecycleDays: 30},
);
const log = logTableDefinition(plan, 'u1:1:1');

async function world(t: ExecutionContext) {
  const endpoint = await startTarget(t);
  const proxy = await FaultProxy.start(endpoint);
  t.teardown(() => proxy[Symbol.asyncDispose]());
  return {proxy, client: openClient(t, proxy.url)};
}

test('a result has its column names, texts as they are, and NULLs', async t => {
  const {client} = await world(t);
  const seen: string[] = [];
  const result = await runSql(
    client,
    `SET odps.sql.allow.fullscan=true;\nSELECT 1 AS a, CAST(NULL AS STRING) AS b, '' AS c, 'x"y,\\nz' AS d`,
    {signal, onProgress: p => seen.push(p.status)},
  );
  t.deepEqual(result, {columns: ['a', 'b', 'c', 'd'], rows: [['1', null, '', 'x"y,\nz']]});
  t.is(seen.at(-1), 'Terminated');
});

test('a failed statement is told by the code of the service', async t => {
  const {client} = await world(t);
  t.is(await codeOf(runSql(client, 'SELECT * FROM nowhere LIMIT 1', {signal})), 'SYNC4008');
  t.is(await codeOf(runSql(client, 'SELEC 1', {signal})), 'SYNC4020');
});

test('a table is made exactly as defined, found again, and dropped twice without harm', async t => {
  const {client} = await world(t);
  t.is(await getTable(client, 'orders_log', signal), null);
  await createTable(client, createTableSql(log), signal);
  const found = await getTable(client, 'orders_log', signal);
  t.deepEqual(compareTable(log, found!), []);
  t.deepEqual(found!.properties['synctask.owner'], 'u1:1:1');
  t.is(found!.columns[5]!.comment, 'about id');
  t.is(found!.lifecycleDays, 30);
  await dropTable(client, 'orders_log', signal);
  await dropTable(client, 'orders_log', signal);
  t.is(await getTable(client, 'orders_log', signal), null);
});

test('a table in the way of a CREATE is seen', async t => {
  const {client} = await world(t);
  await createTable(client, createTableSql(log), signal);
  t.is(await codeOf(createTable(client, createTableSql(log), signal)), 'SYNC4018');
});

test('columns are added at the end, and a table takes a new name', async t => {
  const {client} = await world(t);
  await createTable(client, createTableSql(log), signal);
  const column = {name: 'select', type: 'ARRAY<FLOAT>', comment: "it's", nullable: true};
  await runSql(client, addColumnsSql('orders_log', [column]), {signal});
  await runSql(client, renameTableSql('orders_log', 'orders_log_g1'), {signal});
  t.is(await getTable(client, 'orders_log', signal), null);
  const found = await getTable(client, 'orders_log_g1', signal);
  t.deepEqual(compareTable({...log, columns: [...log.columns, column]}, found!), []);
});

test('a statement whose submission got no answer is told, unless running it twice is harmless', async t => {
  const {proxy, client} = await world(t);
  const submit = {method: 'POST', url: /instances/, times: 1, fault: {kind: 'drop-after' as const}};
  proxy.add(submit);
  t.is(await codeOf(runSql(client, 'CREATE TABLE one (a BIGINT)', {signal})), 'SYNC4023');
  // It did run: the endpoint carried it out while the answer was lost.
  proxy.add({...submit});
  t.deepEqual((await runSql(client, 'SELECT 1 AS a', {signal})).rows, [['1']]);
  proxy.add({...submit});
  await createTable(client, createTableSql(log), signal);
  t.deepEqual(compareTable(log, (await getTable(client, log.name, signal))!), []);
});

test('the owner mark keeps a second writer out', async t => {
  const {client} = await world(t);
  await createTable(client, createTableSql(log), signal);
  const owner = {uid: 'u1', generation: 1, epoch: 1};
  await checkOwner(client, log.name, owner, signal);
  await takeOwnership(client, log.name, {...owner, epoch: 2}, signal);
  await checkOwner(client, log.name, {...owner, epoch: 2}, signal);
  t.is(await codeOf(checkOwner(client, log.name, owner, signal)), 'SYNC4030');
  const other = {...owner, uid: 'u2', epoch: 9};
  t.is(await codeOf(checkOwner(client, log.name, other, signal)), 'SYNC4030');
  await dropTable(client, log.name, signal);
  t.is(await codeOf(checkOwner(client, log.name, owner, signal)), 'SYNC4008');
});

test('what a forgotten session wrote is read back by ids, partition by partition', async t => {
  const {client} = await world(t);
  await createTable(client, createTableSql(log), signal);
  const id = plan.logNames.recordId;
  t.is(await highestRecordId(client, log.name, id, signal), 0);
  const columns = log.columns.map(c => ({name: c.name, type: parseOdpsType(c.type)}));
  const write = async (day: string, ids: number[]) => {
    const partition = `${plan.logNames.partitions[0]}=${day}`;
    const options = {partition, overwrite: false, signal};
    await using session = await UploadSession.create(client, log.name, options);
    const rows = ids.map(n => [BigInt(n), 'I', 0n, 'N', 'Y', 1n, 'x', '1.50', null]);
    await session.putBlock(0, writeRecords(rows, columns), 'none', signal);
    await session.commit([0], signal);
    return partition;
  };
  const first = await write('01', [1, 2, 2, 3]);
  const second = await write('02', [4, 5]);
  t.deepEqual(
    (await listPartitions(client, log.name, signal)).map(p => p.spec),
    [first, second],
  );
  t.deepEqual(await countRecords(client, log.name, first, id, 2, 4, signal), {
    count: 3,
    distinctIds: 2,
  });
  t.deepEqual(await countRecords(client, log.name, second, id, 1, 4, signal), {
    count: 1,
    distinctIds: 1,
  });
  t.is(await highestRecordId(client, log.name, id, signal), 5);
  t.is(await countRows(client, log.name, signal), 6);
});
