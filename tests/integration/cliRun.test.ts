// `synctask run` as a process, with a source and a target that take connections and never answer: the task waits in its prechecks.
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {createServer, type AddressInfo} from 'node:net';
import {once} from 'node:events';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {commandLine} from '../support/cliProcess.ts';
import {minimalTask} from '../support/taskInput.ts';

const password = 'p4ss-of-this-test';
const secrets = {DB_PASSWORD: password};

/** A command line with task.json, and a server that is silent. */
async function silentWorld(t: ExecutionContext) {
  const silent = createServer(socket => socket.on('error', () => undefined));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const {port} = silent.address() as AddressInfo;
  t.teardown(() => silent.close());
  const cli = commandLine(t);
  const task = minimalTask();
  task['source'] = {host: '127.0.0.1', port, user: 'sync'};
  task['target'].endpoint = `http://127.0.0.1:${port}/api`;
  writeFileSync(join(cli.dir, 'task.json'), JSON.stringify(task));
  return {...cli, stateDir: cli.stateDirOf('shop')};
}

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} drains and ends with 0, and takes runtime.json away`, async t => {
    const {start, stateDir} = await silentWorld(t);
    const runtime = start(['run', 'task.json'], secrets);
    await runtime.says(/ prechecking,/);
    const path = join(stateDir, 'runtime.json');
    t.is(statSync(path).mode & 0o777, 0o600);
    const announced = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    t.deepEqual(Object.keys(announced), ['pid', 'port', 'token']);
    t.is(announced['pid'], runtime.child.pid, "the launcher's process is the runtime's");

    runtime.child.kill(signal);
    const {code, stderr} = await runtime.ended;
    t.is(code, 0);
    t.is(stderr, '');
    t.false(existsSync(path));
  });

test('the page is where the first line says, on the port asked for', async t => {
  const {start} = await silentWorld(t);
  const runtime = start(['run', 'task.json'], secrets);
  const [, address] = await runtime.says(/^status page: (http:\/\/127\.0\.0\.1:\d+\/)$/m);
  t.is((await fetch(address!)).status, 200);
});

test('a port that is taken is refused with 2', async t => {
  const {dir, run} = await silentWorld(t);
  const taken = (JSON.parse(readFileSync(join(dir, 'task.json'), 'utf8')) as any).source.port;
  const {code, stderr} = await run(['run', 'task.json', '--status-port', String(taken)], secrets);
  t.is(code, 2);
  t.regex(stderr, /--status-port \d+ cannot be listened on \(EADDRINUSE\)/);
});

test('a second runtime of the task is refused with 3 and disturbs the first in nothing', async t => {
  const {start, run, stateDir} = await silentWorld(t);
  const runtime = start(['run', 'task.json'], secrets);
  await runtime.says(/ prechecking,/);
  const announced = readFileSync(join(stateDir, 'runtime.json'), 'utf8');
  const {code, stderr} = await run(['run', 'task.json'], secrets);
  t.is(code, 3);
  t.regex(stderr, /^error\[SYNC5010\]/);
  t.is(readFileSync(join(stateDir, 'runtime.json'), 'utf8'), announced);
  t.is((await run(['stop'])).code, 0);
  t.is((await runtime.ended).code, 0);
});

test('the state folder is the one that --state names', async t => {
  const {dir, start, run} = await silentWorld(t);
  const runtime = start(['run', 'task.json', '--state', 'own'], secrets);
  await runtime.says(/ prechecking,/);
  t.true(existsSync(join(dir, 'own', 'runtime.json')));
  t.is((await run(['stop', '--state', 'own'])).code, 0);
});

test('a state folder that cannot be made is refused with 2', async t => {
  const {run} = await silentWorld(t);
  const {code, stderr} = await run(['run', 'task.json', '--state', 'task.json/x'], secrets);
  t.is(code, 2);
  t.regex(stderr, /cannot be made \(ENOTDIR\)/);
});

test('a source that cannot be reached fails the task with 1, and the last status says why', async t => {
  const {dir, run} = commandLine(t);
  const task = minimalTask();
  task['source'] = {host: '127.0.0.1', port: 1, user: 'sync'};
  task['target'].endpoint = 'http://127.0.0.1:1/api';
  writeFileSync(join(dir, 'task.json'), JSON.stringify(task));
  const {code, stdout, stderr} = await run(['run', 'task.json'], secrets);
  t.is(code, 1);
  t.regex(stdout, / shop failed,/);
  const [, shown] = /^error\[(SYNC2\d{3})\]/.exec(stderr) ?? [];
  t.truthy(shown);
  const last = await run(['status', '--json']);
  t.is(last.code, 0);
  t.like(JSON.parse(last.stdout), {state: 'failed', error: {code: shown}});
});

test('no password is in what is printed, logged or kept', async t => {
  const {start, run, stateDir} = await silentWorld(t);
  const runtime = start(['run', 'task.json'], secrets);
  await runtime.says(/ prechecking,/);
  await run(['stop']);
  const {stdout, stderr} = await runtime.ended;
  const kept = ['runtime.log', 'lastStatus.json', 'ledger.db'].map(file =>
    readFileSync(join(stateDir, file), 'latin1'),
  );
  for (const text of [stdout, stderr, ...kept]) t.false(text.includes(password));
});
