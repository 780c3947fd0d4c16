// Load pods: processes of their own that take chunks of a load over TCP. They and the runtime are killed while they load, with
// writers at work; then every row is compared.
import {spawn, type ChildProcess} from 'node:child_process';
import {createServer, type AddressInfo} from 'node:net';
import anyTest, {type ExecutionContext, type TestFn} from 'ava';
import {shopSetup, writeShop} from '../support/shop.ts';
import {World} from '../support/world.ts';

const test = anyTest as TestFn;
const launcher = new URL('../../bin/synctask', import.meta.url).pathname;
const token = 'a token of thirty-two characters!';
const seed = 20261123;
/** More than 60 MiB: chunks of one table for every worker. */
const wideRows = 60_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

interface Pod {
  process: ChildProcess;
  exit: Promise<number | null>;
  output: () => string;
}

function startPod(t: ExecutionContext, world: World, port: number, ownToken = token): Pod {
  const args = ['load-pod', world.taskFile, '--conductor', `127.0.0.1:${port}`, '--pods', '2'];
  const env = {...process.env, SYNCTASK_LOAD_TOKEN: ownToken};
  const child = spawn(launcher, args, {env, stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', part => (output += String(part)));
  t.teardown(() => child.kill('SIGKILL'));
  const exit = new Promise<number | null>(resolve => child.once('exit', resolve));
  return {process: child, exit, output: () => output};
}

test('load pods and the runtime killed while they load lose and double no row', async t => {
  await using world = await World.open(t, {
    setup: [
      ...shopSetup(2000),
      'CREATE TABLE wide (id INT PRIMARY KEY AUTO_INCREMENT, body TEXT)',
      `INSERT INTO wide (body) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${wideRows})
        SELECT CONCAT(i, REPEAT('x', 1000)) FROM n`,
    ],
    settings: {full: {workers: 1, throttle: {rowsPerSecond: 9000}}},
  });
  const port = await freePort();
  world.runArguments = ['--load-port', String(port), '--load-pods', '2'];
  world.environment = {SYNCTASK_LOAD_TOKEN: token};
  let runtime = world.start();
  const pods = [startPod(t, world, port), startPod(t, world, port)];
  let over = false;
  const writing = writeShop(await world.database.connect(), seed, () => over, 20);
  writing.catch(() => undefined);
  const moved = async () => {
    let first: number | null = null;
    await world.until(runtime, 'rows are loaded', ({state, tables}) => {
      const rows = tables.reduce((sum, table) => sum + table.rowsLoaded, 0);
      if (state === 'following') return true;
      if (state !== 'loading') return false;
      first ??= rows;
      return rows > first;
    });
  };
  for (const index of [0, 1, 0]) {
    await moved();
    pods[index]!.process.kill('SIGKILL');
    await pods[index]!.exit;
    pods[index] = startPod(t, world, port);
  }
  await moved();
  await world.kill(runtime);
  runtime = world.start();
  await moved();
  over = true;
  await writing;
  await world.caughtUp(runtime);
  for (const table of ['orders', 'lines', 'visits', 'wide']) await world.equal(table);
  for (const pod of pods) t.is(await pod.exit, 0, pod.output());
  t.regex(world.log(), /"chunks":[1-9][0-9]*,"msg":"load pods have read chunks/);
  t.regex(world.log(), /the chunk of a load pod is read again/);
  t.false(world.log().includes(token));
});

test('a pod of another token gets no work; one that comes late is told that the load is over', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE one (id INT PRIMARY KEY)', 'INSERT INTO one VALUES (1), (2)'],
  });
  const port = await freePort();
  world.runArguments = ['--load-port', String(port), '--load-pods', '2'];
  world.environment = {SYNCTASK_LOAD_TOKEN: token};
  const runtime = world.start();
  const stranger = startPod(t, world, port, 'some other token of 32 characters');
  await world.caughtUp(runtime);
  const late = startPod(t, world, port);
  t.is(await late.exit, 0);
  await world.until(runtime, 'the stranger is refused', () =>
    world.log().includes('it does not know the token of this task'),
  );
  stranger.process.kill('SIGTERM');
  t.is(await stranger.exit, 1);
  await world.equal('one');
});

test('half of the settings of load pods is refused', async t => {
  await using world = await World.open(t, {setup: ['CREATE TABLE one (id INT PRIMARY KEY)']});
  world.runArguments = ['--load-port', '0'];
  const runtime = world.start();
  t.is(await runtime.exit, 2);
  t.regex(runtime.output(), /SYNC1006[^]*--load-pods/);
});
