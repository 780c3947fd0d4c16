// Every promise of an upload session (C9, C10), against the embedded endpoint behind a proxy that breaks what it is told.
import test, {type ExecutionContext} from 'ava';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';
import {writeRecords} from '../../runtime/codec/recordWriter.ts';
import type {TargetClient} from '../../runtime/sink/client.ts';
import {compressWhole} from '../../runtime/sink/compress.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {UploadSession} from '../../runtime/sink/uploadSession.ts';
import {FaultProxy, type FaultKind} from '../support/faultProxy.ts';
import {codeOf, openClient, startTarget} from '../support/target.ts';

const {signal} = new AbortController();
const columns = [
  {name: 'id', type: parseOdpsType('bigint')},
  {name: 'note', type: parseOdpsType('string')},
];

/** A block of one row for each id. */
function block(...ids: number[]): Buffer {
  return writeRecords(
    ids.map(id => [BigInt(id), `row ${id}`]),
    columns,
  );
}

interface World {
  proxy: FaultProxy;
  client: TargetClient;
  create(overwrite?: boolean): Promise<UploadSession>;
  /** Ids in the table, rising. */
  ids(): Promise<number[]>;
}

async function world(t: ExecutionContext): Promise<World> {
  const endpoint = await startTarget(t);
  const proxy = await FaultProxy.start(endpoint);
  t.teardown(() => proxy[Symbol.asyncDispose]());
  const direct = openClient(t, endpoint);
  const client = openClient(t, proxy.url);
  await runSql(direct, 'CREATE TABLE t (id BIGINT, note STRING)', {signal});
  return {
    proxy,
    client,
    create: (overwrite = false) =>
      UploadSession.create(client, 't', {partition: null, overwrite, signal}),
    ids: async () => {
      const {rows} = await runSql(direct, 'SELECT id FROM t ORDER BY id LIMIT 1000', {signal});
      return rows.map(([id]) => Number(id));
    },
  };
}

const put = {method: 'PUT', url: /blockid=/};
const commit = {method: 'POST', url: /uploadid=/};
const reload = {method: 'GET', url: /uploadid=/};
const lost: FaultKind = {kind: 'drop-after'};

test('rows show at the commit and not before, all blocks at once', async t => {
  const {create, ids} = await world(t);
  await using session = await create();
  await session.putBlock(0, block(1, 2), 'none', signal);
  await session.putBlock(7, [block(3).subarray(0, 4), block(3).subarray(4)], 'none', signal);
  t.deepEqual(await session.status(signal), {status: 'NORMAL', blocks: [0, 7]});
  t.deepEqual(await ids(), []);
  await session.commit([7, 0], signal);
  t.deepEqual(await ids(), [1, 2, 3]);
  t.is((await session.status(signal)).status, 'CLOSED');
});

test('a zstd block arrives like a plain one', async t => {
  const {create, ids} = await world(t);
  await using session = await create();
  await session.putBlock(0, await compressWhole(block(1, 2, 3)), 'zstd', signal);
  await session.commit([0], signal);
  t.deepEqual(await ids(), [1, 2, 3]);
});

test('an overwriting session replaces what was there, in the moment of its commit', async t => {
  const {create, ids} = await world(t);
  for (const [overwrite, id] of [[false, 1] as const, [true, 2] as const]) {
    await using session = await create(overwrite);
    await session.putBlock(0, block(id), 'none', signal);
    await session.commit([0], signal);
  }
  t.deepEqual(await ids(), [2]);
});

for (const fault of ['drop-before', 'drop-after', 'cut-request'] as const)
  test(`a block whose PUT meets ${fault} is sent again and arrives once`, async t => {
    const {proxy, create, ids} = await world(t);
    await using session = await create();
    proxy.add({...put, times: 2, fault: {kind: fault}});
    await session.putBlock(3, block(1, 2), 'none', signal);
    t.is(proxy.seen('PUT', /blockid=3/).length, 3);
    await session.commit([3], signal);
    t.deepEqual(await ids(), [1, 2]);
  });

test('C10: a block given up in doubt bars the commit until the same block is answered', async t => {
  const {proxy, create, ids} = await world(t);
  await using session = await create();
  await session.putBlock(0, block(1), 'none', signal);
  proxy.add({...put, times: 4, fault: lost});
  t.is(await codeOf(session.putBlock(1, block(2), 'none', signal)), 'SYNC4013');
  // The block did arrive: by the list alone the session would look right.
  t.deepEqual((await session.status(signal)).blocks, [0, 1]);
  t.is(await codeOf(session.commit([0, 1], signal)), 'SYNC4013');
  t.deepEqual(await ids(), []);
  await session.putBlock(1, block(2), 'none', signal);
  await session.commit([0, 1], signal);
  t.deepEqual(await ids(), [1, 2]);
});

test('a cancelled PUT leaves its block in doubt', async t => {
  const {proxy, create} = await world(t);
  await using session = await create();
  let open = () => {};
  const until = new Promise<void>(resolve => (open = resolve));
  proxy.add({...put, times: 1, fault: {kind: 'late', until}});
  const stop = new AbortController();
  const pending = session.putBlock(0, block(1), 'none', stop.signal);
  setImmediate(() => stop.abort(new Error('the task stops')));
  await t.throwsAsync(pending, {message: 'the task stops'});
  t.is(await codeOf(session.commit([], signal)), 'SYNC4013');
  open();
});

test('a damaged block is sent once more, then refused, and leaves no doubt', async t => {
  const {proxy, create, ids} = await world(t);
  await using session = await create();
  const damaged = Buffer.from(block(1, 2));
  damaged[3]! ^= 1;
  t.is(await codeOf(session.putBlock(0, damaged, 'none', signal)), 'SYNC4017');
  t.is(proxy.seen('PUT', /blockid=0/).length, 2);
  await session.putBlock(1, block(5), 'none', signal);
  await session.commit([1], signal);
  t.deepEqual(await ids(), [5]);
});

test('a session with other blocks than were sent is not committed', async t => {
  const {create, ids} = await world(t);
  await using session = await create();
  await session.putBlock(0, block(1), 'none', signal);
  const missing = await t.throwsAsync(session.commit([0, 1], signal));
  t.true(missing.message.includes('SYNC4014') && missing.message.includes('lacks [1] and has []'));
  const extra = await t.throwsAsync(session.commit([], signal));
  t.true(extra.message.includes('lacks [] and has [0]'));
  t.deepEqual(await ids(), []);
});

const commitOnce = test.macro<[FaultKind, number]>({
  exec: async (t, fault, times) => {
    const {proxy, create, ids} = await world(t);
    await using session = await create();
    await session.putBlock(0, block(1, 2), 'none', signal);
    proxy.add({...commit, times, fault});
    await session.commit([0], signal);
    t.deepEqual(await ids(), [1, 2]);
  },
  title: (_, fault, times) =>
    `a commit that meets ${fault.kind}${'status' in fault ? ` ${fault.status}` : ''} ${times} times takes effect once`,
});
const conflict = '{"Code":"StatusConflict","Message":"closed"}';
test(commitOnce, {kind: 'drop-before'}, 2);
test(commitOnce, lost, 1);
test(commitOnce, {kind: 'cut-answer'}, 1);
test(commitOnce, {kind: 'answer', status: 503}, 2);
test(commitOnce, {kind: 'answer', status: 429}, 2);
test(commitOnce, {kind: 'answer-after', status: 503}, 1);
test(commitOnce, {kind: 'answer-after', status: 400, body: conflict}, 1);

test('a commit that lands late, after it was repeated, adds nothing', async t => {
  const {proxy, create, ids} = await world(t);
  await using session = await create();
  await session.putBlock(0, block(1), 'none', signal);
  let release = () => {};
  const until = new Promise<void>(resolve => (release = resolve));
  proxy.add({...commit, times: 1, fault: {kind: 'late', until}});
  await session.commit([0], signal);
  release();
  await proxy.lateEffects();
  t.deepEqual(await ids(), [1]);
});

test('a session found again after a crash is committed, or found closed without a second commit', async t => {
  const {proxy, client, create, ids} = await world(t);
  const first = await create();
  await first.putBlock(0, block(1), 'none', signal);
  await using again = await UploadSession.reopen(client, 't', first.id, null, signal);
  t.true(Math.abs(again.createdMs - first.createdMs) < 60_000);
  await again.commit([0], signal);
  const posts = proxy.seen('POST', /uploadid=/).length;
  await using third = await UploadSession.reopen(client, 't', first.id, null, signal);
  await third.commit([0], signal);
  t.is(proxy.seen('POST', /uploadid=/).length, posts);
  t.deepEqual(await ids(), [1]);
});

test('a session that the service does not know is SYNC4043', async t => {
  const {client} = await world(t);
  t.is(await codeOf(UploadSession.reopen(client, 't', 'nosuch', null, signal)), 'SYNC4043');
});

const ended = test.macro<[string, string]>({
  exec: async (t, status, code) => {
    const {proxy, create, ids} = await world(t);
    await using session = await create();
    const body = JSON.stringify({UploadID: session.id, Status: status, UploadedBlockList: []});
    proxy.add({...reload, times: 1, fault: {kind: 'answer', status: 200, body}});
    t.is(await codeOf(session.commit([], signal)), code);
    t.is(proxy.seen('POST', /uploadid=/).length, 0);
    t.deepEqual(await ids(), []);
  },
  title: (_, status, code) => `a session that is ${status} is not committed: ${code}`,
});
test(ended, 'expired', 'SYNC4042');
test(ended, 'CRITICAL', 'SYNC4015');
test(ended, 'CANCELED', 'SYNC4015');

test('a commit that stays COMMITTING is repeated, and given up within the bounds', async t => {
  const {proxy, create} = await world(t);
  await using session = await create();
  const body = JSON.stringify({UploadID: session.id, Status: 'COMMITTING', UploadedBlockList: []});
  const committing: FaultKind = {kind: 'answer', status: 200, body};
  proxy.add({...commit, times: 4, fault: committing}, {...reload, times: 5, fault: committing});
  t.is(await codeOf(session.commit([], signal)), 'SYNC4016');
  t.is(proxy.seen('POST', /uploadid=/).length, 4);
  await session.commit([], signal);
});
