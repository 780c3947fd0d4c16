// Stream sessions against the embedded endpoint, behind a proxy that breaks what it is told.
import test, {type ExecutionContext} from 'ava';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';
import {writeRecords} from '../../runtime/codec/recordWriter.ts';
import {compressWhole} from '../../runtime/sink/compress.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {StreamSession, type StreamOptions} from '../../runtime/sink/streamSession.ts';
import {FaultProxy, type FaultKind} from '../support/faultProxy.ts';
import {codeOf, openClient, startTarget} from '../support/target.ts';

const {signal} = new AbortController();
const columns = [{name: 'id', type: parseOdpsType('bigint')}];
const write = {method: 'PUT', url: /slotid=/};

function rows(...ids: number[]): Buffer {
  return writeRecords(
    ids.map(id => [BigInt(id)]),
    columns,
  );
}

async function world(t: ExecutionContext) {
  const endpoint = await startTarget(t);
  const proxy = await FaultProxy.start(endpoint);
  t.teardown(() => proxy[Symbol.asyncDispose]());
  const direct = openClient(t, endpoint);
  const client = openClient(t, proxy.url);
  await runSql(direct, 'CREATE TABLE t (id BIGINT)', {signal});
  return {
    proxy,
    client,
    direct,
    create: (more: Partial<StreamOptions> = {}) =>
      StreamSession.create(client, 't', {
        partition: null,
        slots: 1,
        schemaVersion: null,
        inDoubt: 'raise',
        signal,
        ...more,
      }),
    ids: async () => {
      const {rows: found} = await runSql(direct, 'SELECT id FROM t ORDER BY id LIMIT 99', {signal});
      return found.map(([id]) => Number(id));
    },
  };
}

test('rows of a stream show with each write, plain and compressed', async t => {
  const {create, ids} = await world(t);
  await using session = await create();
  t.deepEqual(
    session.columns.map(column => column.name),
    ['id'],
  );
  await session.write(rows(1, 2), 2, 'none', signal);
  t.deepEqual(await ids(), [1, 2]);
  await session.write(await compressWhole(rows(3)), 1, 'zstd', signal);
  t.deepEqual(await ids(), [1, 2, 3]);
});

test('a stream makes its partition', async t => {
  const {client, direct} = await world(t);
  await runSql(direct, 'CREATE TABLE p (id BIGINT) PARTITIONED BY (dt STRING)', {signal});
  const options = {
    partition: 'dt=1',
    slots: 1,
    schemaVersion: null,
    inDoubt: 'raise',
    signal,
  } as const;
  await using session = await StreamSession.create(client, 'p', options);
  await session.write(rows(1), 1, 'none', signal);
  const found = await runSql(direct, "SELECT id, dt FROM p WHERE dt = '1' LIMIT 9", {signal});
  t.deepEqual(found.rows, [['1', '1']]);
});

const refused = test.macro<[string, FaultKind]>({
  exec: async (t, _name, fault) => {
    const {proxy, create, ids} = await world(t);
    await using session = await create();
    proxy.add({...write, times: 2, fault});
    await session.write(rows(1), 1, 'none', signal);
    t.is(proxy.seen('PUT', /slotid=/).length, 3);
    t.deepEqual(await ids(), [1]);
  },
  title: (_, name) => `a write that meets ${name} is sent again, to the same effect`,
});
test(refused, '429', {kind: 'answer', status: 429});
test(refused, '308', {
  kind: 'answer',
  status: 308,
  headers: {'odps-tunnel-routed-server': '10.0.0.7:80'},
});

test('a moved slot is written to at its new address', async t => {
  const {proxy, create} = await world(t);
  await using session = await create();
  const headers = {'odps-tunnel-routed-server': '10.0.0.7:80'};
  proxy.add({...write, times: 1, fault: {kind: 'answer', status: 308, headers}});
  await session.write(rows(1), 1, 'none', signal);
  const servers = proxy
    .seen('PUT', /slotid=/)
    .map(seen => seen.headers['odps-tunnel-routed-server']);
  t.is(servers[1], '10.0.0.7:80');
});

test('a slot that moved without a word of where to is asked for', async t => {
  const {proxy, create, ids} = await world(t);
  await using session = await create();
  proxy.add({...write, times: 1, fault: {kind: 'answer', status: 308}});
  await session.write(rows(1), 1, 'none', signal);
  t.is(proxy.seen('GET', /streams/).length, 1);
  t.deepEqual(await ids(), [1]);
});

test('a write without an answer is SYNC4035 and not repeated', async t => {
  const {proxy, create, ids} = await world(t);
  await using session = await create();
  proxy.add({...write, times: 1, fault: {kind: 'drop-after'}});
  t.is(await codeOf(session.write(rows(1), 1, 'none', signal)), 'SYNC4035');
  t.is(proxy.seen('PUT', /slotid=/).length, 1);
  t.deepEqual(await ids(), [1]);
});

test('a session whose rows may arrive twice repeats a lost write, and asks for its slots after a 502', async t => {
  const {proxy, create, ids} = await world(t);
  await using session = await create({inDoubt: 'repeat'});
  proxy.add({...write, times: 1, fault: {kind: 'answer', status: 502}});
  proxy.add({...write, times: 1, fault: {kind: 'drop-after'}});
  await session.write(rows(1), 1, 'none', signal);
  t.is(proxy.seen('GET', /streams/).length, 1);
  t.deepEqual(await ids(), [1, 1]);
});

test('a table that changed under the session is SYNC4034', async t => {
  const {proxy, create} = await world(t);
  await using session = await create();
  const body = '{"Code":"SchemaModified","Message":"newer"}';
  proxy.add({...write, times: 1, fault: {kind: 'answer', status: 412, body}});
  t.is(await codeOf(session.write(rows(1), 1, 'none', signal)), 'SYNC4034');
});

test('a table version that is not known yet is waited for', async t => {
  const {proxy, create} = await world(t);
  const body = '{"Code":"NoSuchSchema","Message":"not yet"}';
  proxy.add({method: 'POST', url: /streams/, times: 2, fault: {kind: 'answer', status: 404, body}});
  await using session = await create({schemaVersion: '0'});
  t.is(session.slots, 1);
  t.is(proxy.seen('POST', /streams/).length, 3);
});

test('a session without slots is asked for again, and given up within the bounds', async t => {
  const {proxy, create} = await world(t);
  const body = JSON.stringify({session_name: 's', status: 'init', schema: {columns: []}});
  proxy.add({url: /streams/, times: 99, fault: {kind: 'answer', status: 200, body}});
  t.is(await codeOf(create()), 'SYNC4037');
});

test('an answer that is no session is SYNC4012', async t => {
  const {proxy, create} = await world(t);
  for (const body of ['{}', '<html>', '{"session_name":"s","status":"normal","schema":{}}']) {
    proxy.add({url: /streams/, times: 1, fault: {kind: 'answer', status: 200, body}});
    t.is(await codeOf(create()), 'SYNC4012', body);
  }
});
