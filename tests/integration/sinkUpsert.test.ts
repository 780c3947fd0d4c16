// Upsert sessions of Delta tables against the embedded endpoint, behind a proxy that breaks what it is told.
import test, {type ExecutionContext} from 'ava';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {UpsertSession} from '../../runtime/sink/upsertSession.ts';
import {FaultProxy, type FaultKind} from '../support/faultProxy.ts';
import {codeOf, openClient, startTarget} from '../support/target.ts';

const {signal} = new AbortController();
const flush = {method: 'PUT', url: /bucketid=/};
const commit = {method: 'POST', url: /upsertid=/};

async function world(t: ExecutionContext) {
  const endpoint = await startTarget(t);
  const proxy = await FaultProxy.start(endpoint);
  t.teardown(() => proxy[Symbol.asyncDispose]());
  const direct = openClient(t, endpoint);
  const client = openClient(t, proxy.url);
  await runSql(
    direct,
    `CREATE TABLE d (id BIGINT NOT NULL, c2 STRING NOT NULL, v STRING, at TIMESTAMP, PRIMARY KEY (id, c2))
     TBLPROPERTIES ('transactional'='true', 'write.bucket.num'='4')`,
    {signal},
  );
  return {
    proxy,
    direct,
    client,
    create: () => UpsertSession.create(client, 'd', {partition: null, signal}),
    rows: async () => {
      const sql = 'SELECT id, c2, v FROM d ORDER BY id, c2 LIMIT 9999';
      return (await runSql(direct, sql, {signal})).rows.map(row => row.join(' '));
    },
  };
}

function row(id: number, v: string | null, key = 'k'): RecordValue[] {
  return [BigInt(id), key, v, {seconds: BigInt(id), nanos: 123}];
}

test('rows show at the commit, the later row of a key wins, deleted keys are gone', async t => {
  const {create, rows, proxy} = await world(t);
  await using first = await create();
  for (let id = 0; id < 50; id++) await first.upsert(row(id, `a${id}`), signal);
  await first.upsert(row(3, 'b3'), signal);
  await first.flush(signal);
  await first.upsert(row(4, 'b4'), signal);
  await first.delete(row(5, 'not looked at'), signal);
  await first.delete(row(1000, null), signal);
  await first.upsert(row(6, 'x6', 'other'), signal);
  t.deepEqual(await rows(), []);
  await first.commit(signal);
  const found = await rows();
  t.is(found.length, 50);
  t.deepEqual(found.slice(3, 8), ['3 k b3', '4 k b4', '6 k a6', '6 other x6', '7 k a7']);
  const buckets = new Set(proxy.seen('PUT', /bucketid=/).map(r => /bucketid=(\d)/.exec(r.url)![1]));
  t.is(buckets.size, 4);
  await using second = await create();
  await second.upsert(row(3, null), signal);
  await second.delete(row(4, null), signal);
  await second.commit(signal);
  t.deepEqual((await rows()).slice(2, 5), ['2 k a2', '3 k ', '6 k a6']);
});

test('an aborted session leaves nothing, and so does one that is closed without a commit', async t => {
  const {create, rows, proxy} = await world(t);
  {
    await using session = await create();
    await session.upsert(row(1, 'a'), signal);
    await session.flush(signal);
  }
  t.is(proxy.seen('DELETE', /upsertid=/).length, 1);
  t.deepEqual(await rows(), []);
});

test('a partition of a Delta table is written on its own', async t => {
  const {client, direct} = await world(t);
  await runSql(
    direct,
    `CREATE TABLE p (id BIGINT NOT NULL, v STRING, PRIMARY KEY (id)) PARTITIONED BY (dt STRING) TBLPROPERTIES ('transactional'='true')`,
    {signal},
  );
  const open = (dt: string) => UpsertSession.create(client, 'p', {partition: `dt=${dt}`, signal});
  t.is(await codeOf(open('1')), 'SYNC4009');
  await runSql(direct, "ALTER TABLE p ADD PARTITION (dt='1') PARTITION (dt='2')", {signal});
  for (const dt of ['1', '2', '1']) {
    await using session = await open(dt);
    await session.upsert([1n, `in ${dt}`], signal);
    await session.commit(signal);
  }
  const {rows} = await runSql(direct, "SELECT id, v, dt FROM p WHERE dt > '' ORDER BY dt LIMIT 9", {
    signal,
  });
  t.deepEqual(rows, [
    ['1', 'in 1', '1'],
    ['1', 'in 2', '2'],
  ]);
});

const survives = test.macro<[typeof flush, FaultKind, number]>({
  exec: async (t, place, fault, times) => {
    const {proxy, create, rows} = await world(t);
    await using session = await create();
    await session.upsert(row(1, 'a'), signal);
    proxy.add({...place, times, fault});
    await session.commit(signal);
    t.deepEqual(await rows(), ['1 k a']);
  },
  title: (_, place, fault) =>
    `a ${place === flush ? 'flush' : 'commit'} that meets ${JSON.stringify(fault)} takes effect once`,
});
for (const place of [flush, commit]) {
  test(survives, place, {kind: 'drop-before'}, 2);
  test(survives, place, {kind: 'drop-after'}, 1);
  test(survives, place, {kind: 'cut-answer'}, 1);
  test(survives, place, {kind: 'answer', status: 503}, 2);
  test(survives, place, {kind: 'answer', status: 502}, 1);
  test(survives, place, {kind: 'answer', status: 429}, 2);
  test(survives, place, {kind: 'answer-after', status: 503}, 1);
}

test('a session that is forgotten after its commit was committed', async t => {
  const {proxy, create} = await world(t);
  await using session = await create();
  const body = '{"Code":"UpsertSessionNotFound","Message":"gone"}';
  proxy.add({...commit, times: 1, fault: {kind: 'answer', status: 500}});
  proxy.add({...commit, times: 1, fault: {kind: 'answer', status: 404, body}});
  await session.commit(signal);
  t.is(proxy.seen('POST', /upsertid=/).length, 2);
});

test('a session that is unknown at its first commit was not committed', async t => {
  const {proxy, create} = await world(t);
  await using session = await create();
  const body = '{"Code":"UpsertSessionNotFound","Message":"gone"}';
  proxy.add({...commit, times: 1, fault: {kind: 'answer', status: 404, body}});
  t.is(await codeOf(session.commit(signal)), 'SYNC4043');
});

test('a flush given up in doubt bars the commit', async t => {
  const {proxy, create, rows} = await world(t);
  await using session = await create();
  await session.upsert(row(1, 'a'), signal);
  proxy.add({...flush, times: 4, fault: {kind: 'drop-after'}});
  t.is(await codeOf(session.flush(signal)), 'SYNC4013');
  t.is(await codeOf(session.commit(signal)), 'SYNC4013');
  t.deepEqual(await rows(), []);
});

test('a commit that does not end is SYNC4016, one that ended otherwise SYNC4015', async t => {
  const {proxy, create} = await world(t);
  for (const [status, code] of [
    ['committing', 'SYNC4016'],
    ['aborted', 'SYNC4015'],
  ]) {
    await using session = await create();
    const body = JSON.stringify({status});
    proxy.add({...commit, times: 4, fault: {kind: 'answer', status: 200, body}});
    t.is(await codeOf(session.commit(signal)), code!);
  }
});

test('a key with NULL is refused before anything is sent', async t => {
  const {create, proxy} = await world(t);
  await using session = await create();
  t.is(await codeOf(session.upsert([1n, null, 'a', null], signal)), 'SYNC4039');
  t.is(proxy.seen('PUT', /./).length, 0);
});

test('a session with a bucket missing, or with another hasher, is refused', async t => {
  const {proxy, create} = await world(t);
  const schema = {columns: [{name: 'id', type: 'bigint'}], partitionKeys: []};
  const good = {id: 'x', status: 'normal', hasher: 'default', hash_key: ['id'], schema};
  const slot = (...buckets: number[]) => [{slot_id: '0', buckets, worker_addr: 'h:1'}];
  for (const answer of [
    {...good, slots: slot(0, 2)},
    {...good, slots: slot(0, 1, 1)},
    {...good, slots: []},
    {...good, slots: slot(0), hasher: 'newer'},
    {...good, slots: slot(0), hash_key: ['nope']},
  ]) {
    const body = JSON.stringify(answer);
    proxy.add({
      method: 'POST',
      url: /upserts/,
      times: 1,
      fault: {kind: 'answer', status: 200, body},
    });
    t.is(await codeOf(create()), 'SYNC4040', body);
  }
});

test('a table without a primary key takes no upserts', async t => {
  const {client, direct} = await world(t);
  await runSql(direct, 'CREATE TABLE plain (id BIGINT)', {signal});
  t.is(await codeOf(UpsertSession.create(client, 'plain', {partition: null, signal})), 'SYNC4011');
});
