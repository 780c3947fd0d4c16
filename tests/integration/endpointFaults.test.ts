// The fault switch, the virtual clock and the limits of the endpoint.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {EndpointFault, FaultKind} from '../../runtime/endpoint/faults.ts';
import type {Limits} from '../../runtime/endpoint/limits.ts';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {call, columnsOf, commit, download, key, openUpload, putBlock, sql, stream} from '../support/tunnel.ts'; // prettier-ignore

const columns = columnsOf({a: 'bigint'});

async function open(t: ExecutionContext, limits: Partial<Limits> = {}) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'synctask-faults-'));
  const faults: EndpointFault[] = [];
  const clock = {aheadMs: 0};
  const nowMs = () => Date.now() + clock.aheadMs;
  const endpoint = await startEndpoint({
    dataDir,
    port: 0,
    project: 'local',
    ...key,
    limits,
    forTests: {faults, nowMs},
  });
  t.teardown(async () => {
    await endpoint.close();
    await rm(dataDir, {recursive: true, force: true});
  });
  await sql(endpoint.endpoint, 'CREATE TABLE t (a BIGINT)');
  return {endpoint: endpoint.endpoint, faults, clock};
}

const rowsAfter = test.macro<[FaultKind, number | 'lost', bigint[][]]>({
  exec: async (t, fault, seen, rows) => {
    const {endpoint, faults} = await open(t);
    const id = await openUpload(endpoint, 't');
    await putBlock(endpoint, 't', id, 0, stream(columns, [[1n]]));
    faults.push({method: 'POST', url: /uploadid=/, times: 1, fault});
    const answer = await commit(endpoint, 't', id).then(
      reply => reply.status,
      () => 'lost' as const,
    );
    t.is(answer, seen);
    t.deepEqual(await download(endpoint, 't', columns), rows);
    t.is((await commit(endpoint, 't', id)).status, 200);
    t.deepEqual(await download(endpoint, 't', columns), [[1n]]);
  },
  title: (_, fault) =>
    `a commit that meets ${JSON.stringify(fault)} can be sent again, to one effect`,
});
test(rowsAfter, {kind: 'refuse', status: 500, code: 'InternalServerError'}, 500, []);
test(rowsAfter, {kind: 'refuse', status: 429, code: 'FlowExceeded', retryAfterSeconds: 3}, 429, []);
test(rowsAfter, {kind: 'lost-request'}, 'lost', []);
test(rowsAfter, {kind: 'lost-answer'}, 'lost', [[1n]]);
test(rowsAfter, {kind: 'cut-answer'}, 'lost', [[1n]]);
test(rowsAfter, {kind: 'corrupt-answer'}, 200, [[1n]]);

test('a refusal names its code, and the time to wait where one is given', async t => {
  const {endpoint, faults} = await open(t);
  const fault: FaultKind = {
    kind: 'refuse',
    status: 429,
    code: 'SlotExceeded',
    retryAfterSeconds: 7,
  };
  faults.push({url: /uploads/, times: 1, fault});
  const reply = await call(endpoint, 'POST', '/projects/local/tables/t?uploads');
  t.is(reply.headers.get('retry-after'), '7');
  t.is(JSON.parse(reply.text).Code, 'SlotExceeded');
});

test('a block that lands after its client gave up is there in the end', async t => {
  const {endpoint, faults} = await open(t);
  const id = await openUpload(endpoint, 't');
  let release = () => {};
  const until = new Promise<void>(resolve => (release = resolve));
  faults.push({method: 'PUT', url: /blockid=/, times: 1, fault: {kind: 'late-effect', until}});
  await t.throwsAsync(putBlock(endpoint, 't', id, 0, stream(columns, [[1n]])));
  const listed = async () => {
    const reply = await call(endpoint, 'GET', `/projects/local/tables/t?uploadid=${id}`);
    return (JSON.parse(reply.text) as {UploadedBlockList: unknown[]}).UploadedBlockList.length;
  };
  t.is(await listed(), 0);
  release();
  while ((await listed()) === 0);
  await commit(endpoint, 't', id);
  t.deepEqual(await download(endpoint, 't', columns), [[1n]]);
});

test('a delayed request is answered when its time has come', async t => {
  const {endpoint, faults} = await open(t);
  let release = () => {};
  const until = new Promise<void>(resolve => (release = resolve));
  faults.push({method: 'GET', url: /tables\/t$/, times: 1, fault: {kind: 'delay', until}});
  const pending = call(endpoint, 'GET', '/projects/local/tables/t');
  release();
  t.is((await pending).status, 200);
});

test('sessions are forgotten after a day of the endpoint’s clock', async t => {
  const {endpoint, clock} = await open(t);
  const id = await openUpload(endpoint, 't');
  await putBlock(endpoint, 't', id, 0, stream(columns, [[1n]]));
  clock.aheadMs = 24 * 3600 * 1000 + 60_000;
  const date = new Date(Date.now() + clock.aheadMs).toUTCString();
  const place = `/projects/local/tables/t?uploadid=${id}`;
  const late = await call(endpoint, 'POST', place, '', {date});
  t.is(late.status, 404);
  t.is(JSON.parse(late.text).Code, 'NoSuchUpload');
  const skewed = await call(endpoint, 'POST', place);
  t.regex(skewed.text, /RequestTimeTooSkew/);
});

test('a table beyond the limits of the service is refused', async t => {
  const {endpoint} = await open(t, {partitionsMax: 2, sqlBytesMax: 5_000, blocksMax: 2});
  const long = 'x'.repeat(1025);
  const many = Array.from({length: 7}, (_, i) => `k${i} STRING`).join(', ');
  for (const statement of [
    `CREATE TABLE u (a BIGINT COMMENT '${long}')`,
    `CREATE TABLE u (a BIGINT) PARTITIONED BY (${many})`,
    `CREATE TABLE u (${'n'.repeat(129)} BIGINT)`,
  ])
    await t.throwsAsync(sql(endpoint, statement), {message: /ODPS-0130071/}, statement);
  await t.throwsAsync(sql(endpoint, `SELECT '${'x'.repeat(5_000)}'`), {
    message: /longer than 5000/,
  });
  await sql(endpoint, 'CREATE TABLE p (a BIGINT) PARTITIONED BY (dt STRING)');
  const three = "ALTER TABLE p ADD PARTITION (dt='1') PARTITION (dt='2') PARTITION (dt='3')";
  await t.throwsAsync(sql(endpoint, three), {message: /more than 2 partitions/});
  await sql(endpoint, "ALTER TABLE p ADD PARTITION (dt='1') PARTITION (dt='2')");
  const create = '&create_partition=true&partition=dt%3D3';
  await t.throwsAsync(openUpload(endpoint, 'p', create), {message: /more than 2 partitions/});
  t.is(await sql(endpoint, 'SHOW PARTITIONS p'), 'dt=1\ndt=2');
  const id = await openUpload(endpoint, 't');
  t.is((await putBlock(endpoint, 't', id, 2, stream(columns, []))).status, 400);
});
