// Downloads of tables and query results against the embedded endpoint: every type, ranges, and answers that are damaged.
import test, {type ExecutionContext} from 'ava';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {writeRecords} from '../../runtime/codec/recordWriter.ts';
import {downloadRows, openDownload, type ReadOptions} from '../../runtime/sink/download.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {UploadSession} from '../../runtime/sink/uploadSession.ts';
import {FaultProxy} from '../support/faultProxy.ts';
import {codeOf, openClient, startTarget} from '../support/target.ts';
import {columnsOf} from '../support/tunnel.ts';

const {signal} = new AbortController();
const types = {
  id: 'bigint',
  name: 'string',
  price: 'decimal(10,2)',
  at: 'datetime',
  ts: 'timestamp',
  bin: 'binary',
  tags: 'array<string>',
  counts: 'map<string,bigint>',
  pair: 'struct<a:bigint,b:string>',
};
const rowsAll: RecordValue[][] = Array.from({length: 5_000}, (_, i) => [
  BigInt(i),
  `näme ${i}`,
  `${i}.25`,
  BigInt(i) * 1000n,
  {seconds: BigInt(i), nanos: 123_456_000},
  Buffer.from([0, 255, i & 255]),
  ['a', null],
  [['k', BigInt(i)]],
  [BigInt(i), null],
]);
rowsAll.push(rowsAll[0]!.map(() => null));

async function world(t: ExecutionContext) {
  const endpoint = await startTarget(t);
  const proxy = await FaultProxy.start(endpoint);
  t.teardown(() => proxy[Symbol.asyncDispose]());
  const client = openClient(t, proxy.url);
  const list = Object.entries(types).map(([name, type]) => `${name} ${type}`);
  await runSql(client, `CREATE TABLE t (${list.join(', ')})`, {signal});
  const options = {partition: null, overwrite: false, signal};
  await using session = await UploadSession.create(client, 't', options);
  await session.putBlock(0, writeRecords(rowsAll, columnsOf(types)), 'none', signal);
  await session.commit([0], signal);
  const download = await openDownload(client, {table: 't', partition: null}, signal);
  const read = async (more: Partial<ReadOptions> = {}) => {
    const found: RecordValue[][] = [];
    for await (const rows of downloadRows(client, download, {signal, ...more})) found.push(...rows);
    return found;
  };
  return {proxy, client, download, read};
}

const data = {method: 'GET', url: /rowrange=/};

test('all rows of a table come back as they were written, in ranges', async t => {
  const {proxy, download, read} = await world(t);
  t.is(download.records, rowsAll.length);
  t.deepEqual(await read(), rowsAll);
  t.true(proxy.seen('GET', /rowrange=/).length > 1);
});

test('a part of the rows and of the columns comes in the order of the table', async t => {
  const {read} = await world(t);
  t.deepEqual(await read({start: 4_990, count: 4, columns: ['price', 'ID']}), [
    [4990n, '4990.25'],
    [4991n, '4991.25'],
    [4992n, '4992.25'],
    [4993n, '4993.25'],
  ]);
  t.deepEqual(await read({start: 9_999_999}), []);
});

test('a range whose answer is cut or damaged is asked once more', async t => {
  const {proxy, read} = await world(t);
  proxy.add({...data, times: 1, fault: {kind: 'cut-answer'}});
  proxy.add({...data, times: 1, fault: {kind: 'answer', status: 200, body: 'not records'}});
  t.deepEqual((await read({count: 2})).length, 2);
  t.is(proxy.seen('GET', /rowrange=/).length, 3);
});

test('a range that stays damaged is SYNC4036, and an unknown encoding SYNC4012', async t => {
  const {proxy, read} = await world(t);
  const empty = writeRecords([], []).toString('latin1');
  const bodies = ['not records', '', empty];
  for (const body of bodies) {
    proxy.add({...data, times: 2, fault: {kind: 'answer', status: 200, body}});
    t.is(await codeOf(read()), 'SYNC4036', JSON.stringify(body));
  }
  const headers = {'content-encoding': 'zstd'};
  proxy.add({...data, times: 2, fault: {kind: 'answer', status: 200, headers, body: 'no zstd'}});
  t.is(await codeOf(read()), 'SYNC4036');
  const strange = {'content-encoding': 'br'};
  proxy.add({...data, times: 1, fault: {kind: 'answer', status: 200, headers: strange, body: ''}});
  t.is(await codeOf(read()), 'SYNC4012');
});

test('a session that is being made is waited for, one that expired is not read', async t => {
  const {proxy, client} = await world(t);
  const open = () => openDownload(client, {table: 't', partition: null}, signal);
  const make = {method: 'POST', url: /downloads/};
  const answer = (status: string) => JSON.stringify({DownloadID: 'd', Status: status});
  proxy.add({...make, times: 1, fault: {kind: 'answer', status: 200, body: answer('INITIATING')}});
  t.is(await codeOf(open()), 'SYNC4043');
  proxy.add({...make, times: 1, fault: {kind: 'answer', status: 200, body: answer('EXPIRED')}});
  t.is(await codeOf(open()), 'SYNC4015');
});

test('the whole result of a query comes through the tunnel, with its types', async t => {
  const {client} = await world(t);
  let instance = '';
  const sql = 'SELECT id, price, tags FROM t WHERE id IS NOT NULL ORDER BY id DESC';
  await runSql(client, sql, {signal, onProgress: progress => (instance = progress.instance)});
  const download = await openDownload(client, {instance}, signal);
  const found: RecordValue[][] = [];
  for await (const rows of downloadRows(client, download, {signal})) found.push(...rows);
  t.is(found.length, 5_000);
  t.deepEqual(found[0], [4999n, '4999.25', ['a', null]]);
});
