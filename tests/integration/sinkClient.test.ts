// What the client does with answers and lost connections, over real HTTP: the proxy answers in the service's place.
import {once} from 'node:events';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import test from 'ava';
import {isSyncError} from '../../runtime/base/errors.ts';
import type {TargetClient, TargetRequest} from '../../runtime/sink/client.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {FaultProxy, type FaultKind} from '../support/faultProxy.ts';
import {codeOf, openClient, testKey, testProject} from '../support/target.ts';

const ok: FaultKind = {kind: 'answer', status: 200, body: 'fine'};
const error = (status: number, code: string, headers: Record<string, string> = {}): FaultKind => ({
  kind: 'answer',
  status,
  headers,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said so</Message><RequestId>r1</RequestId><HostId>h</HostId></Error>`,
});

const get: Omit<TargetRequest, 'signal'> = {
  operation: 'read something',
  side: 'rest',
  method: 'GET',
  path: ['projects', testProject, 'tables', 'a b'],
  query: {taskstatus: '', partition: 'a=1,b=2'},
  repeatable: true,
};

const {signal} = new AbortController();

async function scripted(t: Parameters<typeof openClient>[0], ...faults: FaultKind[]) {
  const proxy = await FaultProxy.start();
  t.teardown(() => proxy[Symbol.asyncDispose]());
  proxy.add(...faults.map(fault => ({times: 1, fault})));
  return {proxy, client: openClient(t, proxy.url)};
}

const send = (client: TargetClient, change: Partial<TargetRequest> = {}) =>
  client.request({...get, ...change, signal});

test('names and values travel percent-encoded, with the project beside them', async t => {
  const {proxy, client} = await scripted(t, ok);
  t.is((await send(client)).body.toString(), 'fine');
  const [seen] = proxy.requests;
  t.is(
    seen!.url,
    '/api/projects/test_project/tables/a%20b?taskstatus&partition=a%3D1%2Cb%3D2&curr_project=test_project',
  );
  t.is(seen!.headers['user-agent'], seen!.headers['x-odps-user-agent']);
  t.true(String(seen!.headers['authorization']).startsWith(`ODPS ${testKey.accessKeyId}:`));
});

test('throttling is waited out, and the pause asked for is kept', async t => {
  const busy = error(429, 'FlowExceeded', {'retry-after': '0'});
  const {proxy, client} = await scripted(t, busy, busy, ok);
  t.is((await send(client, {repeatable: false})).status, 200);
  t.is(proxy.requests.length, 3);
});

test('a conflict that names a time is repeated, one that does not is refused', async t => {
  const busy = error(409, 'Conflict', {'retry-after': '0'});
  const {client} = await scripted(t, busy, ok, error(409, 'ObjectAlreadyExists'));
  t.is((await send(client, {repeatable: false})).status, 200);
  t.is(await codeOf(send(client)), 'SYNC4018');
});

test('throttling without end is given up within the bounds', async t => {
  const busy = error(429, 'QPSExceeded');
  const {proxy, client} = await scripted(t, busy, busy, busy, busy, busy);
  t.is(await codeOf(send(client)), 'SYNC4002');
  t.is(proxy.requests.length, 4);
});

test('the trouble of the service is repeated only where repeating does no harm', async t => {
  const broken = error(503, 'ServiceUnavailable');
  const {proxy, client} = await scripted(t, broken, ok, broken);
  t.is((await send(client)).status, 200);
  let doubts = 0;
  t.is(await codeOf(send(client, {repeatable: false, onDoubt: () => doubts++})), 'SYNC4003');
  t.is(doubts, 1);
  t.is(proxy.requests.length, 3);
});

test('a lost connection is made anew', async t => {
  const {proxy, client} = await scripted(t, {kind: 'drop-before'}, ok, {kind: 'drop-before'});
  t.is((await send(client)).status, 200);
  t.is(await codeOf(send(client, {repeatable: false})), 'SYNC4001');
  t.is(proxy.requests.length, 3);
});

test('an address where nobody listens is trouble with the address named', async t => {
  const client = openClient(t, 'http://127.0.0.1:9/api');
  const caught = await t.throwsAsync(send(client));
  t.true(isSyncError(caught) && caught.code === 'SYNC4001');
  t.true(caught.message.includes('127.0.0.1:9') && caught.message.includes('ECONNREFUSED'));
});

const refusal = test.macro<[number, string, string]>({
  exec: async (t, status, theirs, ours) => {
    const {proxy, client} = await scripted(t, error(status, theirs));
    t.is(await codeOf(send(client)), ours);
    t.is(proxy.requests.length, 1);
  },
  title: (_, _status, theirs, ours) => `${theirs} is ${ours} and is not sent again`,
});
test(refusal, 401, 'SignatureNotMatch', 'SYNC4004');
test(refusal, 403, 'RequestTimeTooSkewed', 'SYNC4005');
test(refusal, 403, 'NoPermission', 'SYNC4006');
test(refusal, 404, 'NoSuchProject', 'SYNC4007');
test(refusal, 404, 'NoSuchPartition', 'SYNC4009');
test(refusal, 400, 'InvalidParameter', 'SYNC4011');

test('an expired token gets one more try with fresh credentials', async t => {
  const expired = error(403, 'AuthenticationRequestExpired');
  const {client} = await scripted(t, expired, ok, expired, expired);
  t.is((await send(client)).status, 200);
  t.is(await codeOf(send(client)), 'SYNC4004');
});

test('a moved slot is addressed by the header the service gave', async t => {
  const moved: FaultKind = {
    kind: 'answer',
    status: 308,
    headers: {'odps-tunnel-routed-server': '10.0.0.1:80'},
  };
  const {proxy, client} = await scripted(t, moved, ok);
  await send(client, {side: 'tunnel'});
  t.is(proxy.requests[1]!.headers['odps-tunnel-routed-server'], '10.0.0.1:80');
  t.is(proxy.requests[1]!.headers['odps-tunnel-retry-index'], '1');
});

test('a JSON error of the tunnel is read like an XML one', async t => {
  const {client} = await scripted(t, {
    kind: 'answer',
    status: 404,
    body: '{"Code":"NoSuchUpload","Message":"gone"}',
  });
  t.is(await codeOf(send(client, {side: 'tunnel'})), 'SYNC4043');
});

test('the tunnel endpoint is asked once; an answer that is no address is refused', async t => {
  const proxy = await FaultProxy.start();
  t.teardown(() => proxy[Symbol.asyncDispose]());
  const address = proxy.url.replace('http://', '');
  proxy.add(
    {times: 1, fault: {kind: 'answer', status: 200, body: '<html>hello</html>'}},
    {times: 1, fault: {kind: 'answer', status: 200, body: `${address}\n`}},
    {times: 2, fault: ok},
  );
  const client = openClient(t, proxy.url, {tunnelEndpoint: null, quota: 'q1'});
  t.is(await codeOf(send(client, {side: 'tunnel'})), 'SYNC4012');
  await send(client, {side: 'tunnel'});
  await send(client, {side: 'tunnel'});
  const lookUps = proxy.seen('GET', /\/tunnel\?service&quotaName=q1&/);
  t.is(lookUps.length, 2);
  t.is(proxy.requests.length, 4);
});

test('cancelling ends a request at once with the reason given', async t => {
  const silent = new Promise<void>(() => undefined);
  const {client} = await scripted(t, {kind: 'delay', until: silent});
  const stop = new AbortController();
  const pending = client.request({...get, signal: stop.signal});
  const reason = new Error('stopped by the test');
  setImmediate(() => stop.abort(reason));
  t.is(await t.throwsAsync(pending), reason);
});

test('a server that never answers is given up, in doubt', async t => {
  const silent = new Promise<void>(() => undefined);
  const proxy = await FaultProxy.start();
  t.teardown(() => proxy[Symbol.asyncDispose]());
  proxy.add({times: 9, fault: {kind: 'delay', until: silent}});
  const bounds = {countMax: 2, elapsedMsMax: 60_000, firstMs: 1, pauseMsMax: 1};
  const client = openClient(t, proxy.url, {}, bounds, 50);
  const caught = await t.throwsAsync(send(client));
  t.true(caught.message.includes('UND_ERR_HEADERS_TIMEOUT'));
  t.is(proxy.requests.length, 2);
});

test('an error never shows a secret, even when the service repeats it', async t => {
  const {client} = await scripted(t, {
    kind: 'answer',
    status: 401,
    body: `<Error><Code>Unauthorized</Code><Message>key ${testKey.accessKeySecret} is wrong</Message></Error>`,
  });
  const caught = await t.throwsAsync(send(client));
  t.false(caught.message.includes(testKey.accessKeySecret));
  t.true(caught.message.includes('[secret]'));
});

// Self-signed for these tests alone; valid until 2126.
const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUQQVDk39lrf6ak97cVqGRr519ZzowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE4NDY0OVoYDzIxMjYxMDI5
MTg0NjQ5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQDjHRv0pTxDGwYKppeO8jgIDjNJzuB2nesf4ka+C/QqcQVl901U45R
7tHtnTpDVaTuIvJ+Xo6/ZXsSkowmckD1o1MwUTAdBgNVHQ4EFgQUARd9KL6TkFif
P3O9Ylwb1LUmag0wHwYDVR0jBBgwFoAUARd9KL6TkFifP3O9Ylwb1LUmag0wDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA9fKkA6MNi107vwPEby+H
UtTlaJ9pEhSJICJ6fgzQJ4MCIH2Q8ftZW8IrOFfkxuK1b9U54WcpsvwNSr/xUMxF
RiRh
-----END CERTIFICATE-----`;
const testCertificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUcU9v7tme5fQEyIn
Mq8rngpwN42aDvg0T6/glyW+I7OhRANCAAQDjHRv0pTxDGwYKppeO8jgIDjNJzuB
2nesf4ka+C/QqcQVl901U45R7tHtnTpDVaTuIvJ+Xo6/ZXsSkowmckD1
-----END PRIVATE KEY-----`;

test('a certificate from nowhere is refused at once', async t => {
  const server = createServer({key: testCertificateKey, cert: testCertificate});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const {port} = server.address() as AddressInfo;
  const caught = await t.throwsAsync(send(openClient(t, `https://127.0.0.1:${port}/api`)));
  t.true(isSyncError(caught) && caught.code === 'SYNC4019');
  t.true(caught.message.includes('DEPTH_ZERO_SELF_SIGNED_CERT'));
});

/** Answers in the service's place for one job whose task is in `status`, with `result` as its text. */
async function job(t: Parameters<typeof openClient>[0], status: string, result: string) {
  const proxy = await FaultProxy.start();
  t.teardown(() => proxy[Symbol.asyncDispose]());
  const state = status === 'Running' ? 'Running' : 'Terminated';
  const tasks = (inner: string) =>
    `<Instance><Status>${state}</Status><Tasks><Task Type="SQL"><Name>x</Name>${inner}</Task></Tasks></Instance>`;
  const xml = (body: string): FaultKind => ({kind: 'answer', status: 200, body});
  const location = 'http://h/projects/p/instances/i1';
  proxy.add(
    {method: 'POST', times: 1, fault: {kind: 'answer', status: 201, headers: {location}}},
    {url: /taskstatus/, times: 99, fault: xml(tasks(`<Status>${status}</Status>`))},
    {url: /result/, times: 99, fault: xml(tasks(`<Result><![CDATA[${result}]]></Result>`))},
  );
  return openClient(t, proxy.url);
}

test('a job that fails while it runs is trouble', async t => {
  const client = await job(t, 'Failed', 'FAILED: ODPS-0010000:System internal error - x');
  const caught = await t.throwsAsync(runSql(client, 'SELECT 1', {signal}));
  t.true(isSyncError(caught) && caught.code === 'SYNC4021' && caught.kind === 'trouble');
});

test('a job that does not end is given up with its instance named', async t => {
  const client = await job(t, 'Running', '');
  const caught = await t.throwsAsync(runSql(client, 'SELECT 1', {signal, runMsMax: 1}));
  t.true(isSyncError(caught) && caught.code === 'SYNC4022');
  t.true(caught.message.includes('i1'));
});
