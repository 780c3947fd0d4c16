// `synctask run --shard I/N`: every share a runtime of its own over one source and one target. They are killed while they load
// and while they follow, tables are added and renamed across shares, and every row is compared at the end.
import {spawn, type ChildProcess} from 'node:child_process';
import {join} from 'node:path';
import anyTest, {type ExecutionContext, type TestFn} from 'ava';
import {shardOf} from '../../runtime/spec/shard.ts';
import {fetchStatus} from '../../runtime/task/control.ts';
import type {Status} from '../../runtime/task/progress.ts';
import {wait} from '../../runtime/base/wait.ts';
import {shopSetup, writeShop} from '../support/shop.ts';
import {World} from '../support/world.ts';

const test = anyTest as TestFn;
const launcher = new URL('../../bin/synctask', import.meta.url).pathname;
const {signal} = new AbortController();
const lookMs = 50;
const waitMsMax = 120_000;
const seed = 20261123;
const count = 3;
const shop = ['orders', 'lines', 'visits'];

/** One share of the world's task. */
interface Share {
  stateDir: string;
  kill: () => Promise<void>;
  start: () => void;
  stop: () => Promise<number | null>;
  until: (what: string, condition: (status: Status) => boolean) => Promise<Status>;
}

function openShare(t: ExecutionContext, world: World, index: number): Share {
  const stateDir = join(`${world.stateDir}-${index}`);
  let child: ChildProcess | null = null;
  let output = '';
  const ended = () => new Promise(resolve => child!.once('exit', resolve));
  const start = () => {
    const args = ['run', world.taskFile, '--state', stateDir, '--shard', `${index}/${count}`];
    child = spawn(launcher, args, {stdio: ['ignore', 'pipe', 'pipe']});
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', part => (output += String(part)));
  };
  t.teardown(() => child?.kill('SIGKILL'));
  return {
    stateDir,
    start,
    async kill() {
      const gone = ended();
      child!.kill('SIGKILL');
      await gone;
    },
    async stop() {
      const gone = ended();
      child!.kill('SIGTERM');
      await gone;
      return child!.exitCode;
    },
    async until(what, condition) {
      const endMs = performance.now() + waitMsMax;
      for (;;) {
        const status = await fetchStatus(stateDir);
        if (status !== null && condition(status)) return status;
        if (performance.now() > endMs || child!.exitCode !== null)
          throw new Error(`no ${what}: ${JSON.stringify(status)}\n${output.slice(-2000)}`);
        await wait(lookMs, signal);
      }
    },
  };
}

function rowsOf({tables}: Status): number {
  return tables.reduce((sum, {rowsLoaded, rowsFollowed}) => sum + rowsLoaded + rowsFollowed, 0);
}

/** Waits until every share has done all that the source has committed. */
async function caughtUp(world: World, shares: readonly Share[]): Promise<Status[]> {
  const [[row]] = (await world.mysql.query(
    'SELECT @@global.gtid_executed AS executed',
  )) as unknown as [[{executed: string}]];
  const executed = row.executed.replaceAll('\n', '');
  const found: Status[] = [];
  for (const share of shares) {
    for (;;) {
      const status = await share.until(
        'position',
        ({state, position}) => state === 'following' && position !== null,
      );
      const [[{inside}]] = (await world.mysql.query('SELECT GTID_SUBSET(?, ?) AS inside', [
        executed,
        status.position!.gtidSet,
      ])) as unknown as [[{inside: number}]];
      if (Number(inside) === 1) {
        found.push(status);
        break;
      }
      await wait(lookMs, signal);
    }
  }
  return found;
}

test('shares killed while loading and while following lose and double no row', async t => {
  await using world = await World.open(t, {
    setup: shopSetup(4000),
    settings: {full: {workers: 1, throttle: {rowsPerSecond: 3000}}},
  });
  const shares = [0, 1, 2].map(index => openShare(t, world, index));
  for (const share of shares) share.start();
  let over = false;
  const writing = writeShop(await world.database.connect(), seed, () => over, 20);
  writing.catch(() => undefined);
  const sizes = shares.map(
    (_, index) => shop.filter(table => shardOf(world.database.name, table, count) === index).length,
  );
  for (const state of ['loading', 'following'] as const)
    for (const [index, share] of shares.entries()) {
      if (sizes[index] === 0) continue;
      let first: number | null = null;
      await share.until(`rows while ${state}`, status => {
        if (status.state !== state && status.state !== 'following') return false;
        first ??= rowsOf(status);
        return status.state === 'following' || rowsOf(status) > first;
      });
      await share.kill();
      share.start();
    }
  over = true;
  await writing;
  const statuses = await caughtUp(world, shares);
  t.deepEqual(
    statuses.map(({tables}) => tables.length),
    sizes,
  );
  for (const table of shop) await world.equal(table);
});

test('a share without tables waits for those that come; a table that is renamed moves to its share', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE seed (id INT PRIMARY KEY)', 'INSERT INTO seed VALUES (1)'],
  });
  const shares = [0, 1, 2].map(index => openShare(t, world, index));
  for (const share of shares) share.start();
  const before = await caughtUp(world, shares);
  t.is(
    before.reduce((sum, {tables}) => sum + tables.length, 0),
    1,
  );
  const ofShare = (index: number) => (name: string) =>
    shardOf(world.database.name, name, count) === index;
  const names = Array.from({length: 40}, (_, i) => `added_${i}`);
  const added = [0, 1, 2].map(index => names.find(ofShare(index))!);
  for (const table of added) {
    await world.mysql.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, v VARCHAR(9))`);
    await world.mysql.query(`INSERT INTO ${table} VALUES (1, 'one'), (2, 'two')`);
  }
  for (const [index, share] of shares.entries()) {
    const has = ({tables}: Status) => tables.some(({table}) => table === added[index]);
    await share.until(`table ${added[index]}`, has);
  }
  const renamed = names.filter(ofShare(1)).find(name => name !== added[1])!;
  await world.mysql.query(`RENAME TABLE ${added[0]} TO ${renamed}`);
  await world.mysql.query(`UPDATE ${renamed} SET v = 'moved' WHERE id = 1`);
  await shares[1]!.until(`table ${renamed}`, ({tables}) =>
    tables.some(({table}) => table === renamed),
  );
  await caughtUp(world, shares);
  for (const table of ['seed', renamed, added[1]!, added[2]!]) await world.equal(table);
  for (const share of shares) t.is(await share.stop(), 0);
});

test('what is no share, and a share without a state folder of its own, is refused', async t => {
  await using world = await World.open(t, {setup: ['CREATE TABLE one (id INT PRIMARY KEY)']});
  const refusal = (...args: string[]) =>
    new Promise<string>(resolve => {
      const child = spawn(launcher, ['run', world.taskFile, ...args]);
      let said = '';
      child.stderr.on('data', part => (said += String(part)));
      child.once('exit', code => resolve(`${code} ${said}`));
    });
  t.regex(await refusal('--state', world.stateDir, '--shard', '3/3'), /SYNC1006[^]*0\/4/);
  t.regex(await refusal('--shard', '0/3'), /SYNC1006[^]*--state of its own/);
});
