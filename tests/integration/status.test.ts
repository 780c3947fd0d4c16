// The status server over real HTTP, with a task made by hand.
import {request} from 'node:http';
import test, {type ExecutionContext} from 'ava';
import {startStatusServer} from '../../runtime/status/server.ts';
import {sampleStatus, standingTask} from '../support/standingTask.ts';

const token = 'the-token-of-this-test';

async function open(t: ExecutionContext, task = standingTask()) {
  const server = await startStatusServer(task, {port: 0, token});
  t.teardown(() => server.close());
  const address = `http://127.0.0.1:${server.port}`;
  const call = (name: string, authorization?: string) =>
    fetch(`${address}/control/${name}`, {
      method: 'POST',
      headers: authorization === undefined ? {} : {authorization},
    });
  return {server, address, task, call};
}

/** Status code of GET path with a Host of choice, which fetch would not send. */
function codeWithHost(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({host: '127.0.0.1', port, path: '/status', headers: {host}}, answer => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('GET /status gives the status with the keys that programs depend on', async t => {
  const {address} = await open(t);
  const answer = await fetch(`${address}/status`);
  t.is(answer.status, 200);
  t.regex(answer.headers.get('content-type')!, /^application\/json/);
  const status = (await answer.json()) as Record<string, any>;
  t.deepEqual(status, sampleStatus());
  const promised = [
    'name',
    'environment',
    'state',
    'phase',
    'holds',
    'lagSeconds',
    'position',
    'error',
    'tables',
  ];
  for (const key of promised) t.true(key in status, key);
  t.deepEqual(Object.keys(status['position']), [
    'epoch',
    'serverUuid',
    'gtidSet',
    'file',
    'offset',
  ]);
  t.deepEqual(Object.keys(status['tables'][0]), [
    'database',
    'table',
    'target',
    'state',
    'rowsEstimated',
    'rowsLoaded',
    'bytesLoaded',
    'rowsPerSecond',
    'etaSeconds',
    'isPaused',
    'lagSeconds',
    'rowsFollowed',
    'rowsFiltered',
    'rowsSetAside',
    'policies',
  ]);
});

test('the page comes with a policy that allows its own script and nothing else', async t => {
  const {address} = await open(t);
  const answer = await fetch(`${address}/`);
  const policy = answer.headers.get('content-security-policy')!;
  const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1];
  t.true(policy.startsWith("default-src 'none'; "));
  t.false(policy.includes('unsafe'));
  const page = await answer.text();
  t.true(page.includes(`<script nonce="${nonce}">`));
  const again = await fetch(`${address}/`);
  t.false(again.headers.get('content-security-policy')!.includes(nonce!), 'one nonce, one answer');
});

test('metrics and health are there, and a failed task is unhealthy', async t => {
  const {address, task} = await open(t);
  t.regex(await (await fetch(`${address}/metrics`)).text(), /^synctask_lag_seconds\{.*\} 0\.5$/m);
  t.is((await fetch(`${address}/healthz`)).status, 200);
  task.say({state: 'failed'});
  const answer = await fetch(`${address}/healthz`);
  t.is(answer.status, 503);
  t.deepEqual(await answer.json(), {state: 'failed'});
});

test('control calls with the token are carried out', async t => {
  const {call, task} = await open(t);
  t.is((await call('pause', `Bearer ${token}`)).status, 200);
  t.deepEqual(task.status().holds, [{reason: 'operator'}]);
  t.is((await call('resume', `Bearer ${token}`)).status, 200);
  t.deepEqual(task.status().holds, []);
  t.is((await call('stop', `Bearer ${token}`)).status, 200);
  t.is(task.status().state, 'stopped');
});

test('control calls without the token, or with another, change nothing', async t => {
  const {call, task} = await open(t);
  for (const authorization of [
    undefined,
    '',
    token,
    'Bearer ',
    `Bearer ${token}x`,
    `bearer ${token}`,
  ])
    t.is((await call('stop', authorization)).status, 401, String(authorization));
  t.is(task.status().state, 'following');
});

test('a name that was bound to this address by somebody else reads nothing', async t => {
  const {server} = await open(t);
  for (const host of ['evil.example', `evil.example:${server.port}`, '127.0.0.1.evil.example'])
    t.is(await codeWithHost(server.port, host), 421, host);
  for (const host of ['127.0.0.1', `localhost:${server.port}`, '[::1]:80'])
    t.is(await codeWithHost(server.port, host), 200, host);
});

test('no other origin is let in', async t => {
  const {address} = await open(t);
  const headers = {origin: 'https://evil.example'};
  const answer = await fetch(`${address}/status`, {headers});
  t.is(answer.headers.get('access-control-allow-origin'), null);
  const preflight = await fetch(`${address}/control/stop`, {method: 'OPTIONS', headers});
  t.is(preflight.status, 405);
});

test('what is not there is 404, and a wrong method is told the right one', async t => {
  const {address} = await open(t);
  t.is((await fetch(`${address}/nothing`)).status, 404);
  t.is((await fetch(`${address}/control/restart`, {method: 'POST'})).status, 404);
  const answer = await fetch(`${address}/control/stop`);
  t.is(answer.status, 405);
  t.is(answer.headers.get('allow'), 'POST');
});

test('HEAD answers as GET without a body', async t => {
  const {address} = await open(t);
  const answer = await fetch(`${address}/status`, {method: 'HEAD'});
  t.is(answer.status, 200);
  t.is(await answer.text(), '');
});

test('a port that is taken is refused with its code', async t => {
  const {server} = await open(t);
  await t.throwsAsync(startStatusServer(standingTask(), {port: server.port, token}), {
    code: 'EADDRINUSE',
  });
});

test('a task whose status cannot be told ends no server', async t => {
  const broken = {...standingTask()};
  const {address} = await open(t, broken);
  broken.status = () => {
    throw new Error('not now');
  };
  t.is((await fetch(`${address}/status`)).status, 500);
  t.is((await fetch(`${address}/nothing`)).status, 404);
});

test('a server that is closed lets no reader wait', async t => {
  const {server, address} = await open(t);
  await (await fetch(`${address}/status`)).text();
  await server.close();
  await t.throwsAsync(fetch(`${address}/status`));
});
