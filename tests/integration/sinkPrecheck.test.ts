// Prechecks of the target, against the embedded endpoint.
import test, {type ExecutionContext} from 'ava';
import type {Finding} from '../../runtime/base/errors.ts';
import type {TablePlan} from '../../runtime/codec/plan.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {precheckSink, type SinkPrecheckOptions} from '../../runtime/sink/precheck.ts';
import {
  baseTableDdl,
  baseTableDefinition,
  createTableSql,
  logTableDdl,
  logTableDefinition,
} from '../../runtime/sink/tables.ts';
import {FaultProxy} from '../support/faultProxy.ts';
import {tablePlan} from '../support/tablePlan.ts';
import {openClient, startTarget, testKey} from '../support/target.ts';

const {signal} = new AbortController();
const plan = tablePlan('orders', [['id', 'BIGINT']], ['id']);
const report: SinkPrecheckOptions = {
  conflictingTables: 'report',
  ownTables: new Set(),
  signal,
};
const adopt: SinkPrecheckOptions = {...report, conflictingTables: 'adopt'};

const short = (findings: Finding[]) =>
  findings.map(f => `${f.id} ${f.code} ${f.severity} ${f.object ?? f.where}`).toSorted();

async function world(t: ExecutionContext) {
  return openClient(t, await startTarget(t));
}

test('a target that is ready has no finding', async t => {
  const client = await world(t);
  t.deepEqual(await precheckSink(client, [plan], report), []);
});

test('an address where nobody listens is P34, and names are checked all the same', async t => {
  const client = openClient(t, 'http://127.0.0.1:9/api');
  const bad: TablePlan = {...plan, baseTable: '1st_base'};
  t.deepEqual(short(await precheckSink(client, [bad], report)), [
    'P26 SYNC4024 error shop.orders',
    'P34 SYNC4001 error target',
  ]);
});

test('wrong keys and a missing project are P34', async t => {
  const endpoint = await startTarget(t);
  const wrong = {...testKey, accessKeySecret: 'wrong', securityToken: null};
  const stranger = openClient(t, endpoint, {credentials: () => Promise.resolve(wrong)});
  t.deepEqual(short(await precheckSink(stranger, [], report)), ['P34 SYNC4004 error target']);
  const lost = openClient(t, endpoint, {project: 'nosuch_project'});
  t.deepEqual(short(await precheckSink(lost, [], report)), ['P34 SYNC4007 error target']);
});

test('a key that may not run jobs is P35', async t => {
  const proxy = await FaultProxy.start(await startTarget(t));
  t.teardown(() => proxy[Symbol.asyncDispose]());
  const body = '<Error><Code>NoPermission</Code><Message>no CreateInstance</Message></Error>';
  const fault = {kind: 'answer' as const, status: 403, body};
  proxy.add({method: 'POST', url: /instances/, times: 1, fault});
  const findings = await precheckSink(openClient(t, proxy.url), [plan], report);
  t.deepEqual(short(findings), ['P35 SYNC4006 error target']);
});

test('a table in the way is reported, unless the task made it', async t => {
  const client = await world(t);
  await runSql(client, baseTableDdl(plan, 'u1:1:1'), {signal});
  t.deepEqual(short(await precheckSink(client, [plan], report)), [
    'P36 SYNC4028 error shop.orders',
  ]);
  const ownTables = new Set(['orders_base']);
  t.deepEqual(await precheckSink(client, [plan], {...report, ownTables}), []);
});

test('adopt takes exact tables without an owner, names each difference and warns of rows', async t => {
  const client = await world(t);
  const base = {...baseTableDefinition(plan, ''), properties: {}};
  const log = {...logTableDefinition(plan, ''), properties: {}};
  await runSql(client, createTableSql(base), {signal});
  await runSql(client, createTableSql(log), {signal});
  t.deepEqual(await precheckSink(client, [plan], adopt), []);

  const columns = '1, "I", 2, "N", "Y", 3';
  const partition = `${plan.logNames.partitions[0]}="01"`;
  const insert = `INSERT INTO TABLE orders_log PARTITION (${partition}) VALUES (${columns})`;
  await runSql(client, insert, {signal});
  const warned = await precheckSink(client, [plan], adopt);
  t.deepEqual(short(warned), ['P36 SYNC4031 warning shop.orders']);

  const wider = tablePlan('orders', [['id', 'STRING']], ['id']);
  const differing = await precheckSink(client, [wider], adopt);
  t.deepEqual(short(differing), [
    'P36 SYNC4029 error shop.orders',
    'P36 SYNC4029 error shop.orders',
  ]);
  t.true(differing[0]!.cause.includes('id STRING is needed, id BIGINT is there'));
});

test("another task's tables are never adopted", async t => {
  const client = await world(t);
  await runSql(client, logTableDdl(plan, 'other:1:1'), {signal});
  t.deepEqual(short(await precheckSink(client, [plan], adopt)), ['P36 SYNC4030 error shop.orders']);
});

test('a log with a partition a minute and no lifecycle is warned of as P37', async t => {
  const client = await world(t);
  const minutes: TablePlan = {...plan, partitionBy: ['day', 'hour', 'minute']};
  const found = await precheckSink(client, [minutes], report);
  t.deepEqual(short(found), ['P37 SYNC4044 warning log.partitionBy']);
  t.regex(found[0]!.cause, /1440 partitions a day.*after 41 days/);
  t.deepEqual(await precheckSink(client, [{...minutes, lifecycleDays: 41}], report), []);
});

test('names that meet are found before anything is asked of the target', async t => {
  const client = await world(t);
  const twin = tablePlan('ORDERS', [['id', 'BIGINT']], ['id']);
  const doubled = tablePlan('doubled', [['new_dts_sync_record_id', 'BIGINT']], null);
  t.deepEqual(short(await precheckSink(client, [plan, twin, doubled], report)), [
    'P26 SYNC4027 error shop.doubled',
    'P40 SYNC4026 error shop.orders',
    'P40 SYNC4026 error shop.orders',
  ]);
});
