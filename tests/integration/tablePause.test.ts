// One table is paused while the others stream on: nothing of it is sent, nothing of it is lost, and what waits has a bound.
import {execFileSync} from 'node:child_process';
import {rmSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test from 'ava';
import {readRuntimeFile, sendControl} from '../../runtime/task/control.ts';
import type {Status} from '../../runtime/task/progress.ts';
import {commandLine} from '../support/cliProcess.ts';
import {World} from '../support/world.ts';

const setup = [
  'CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT CHARACTER SET ascii)',
  'CREATE TABLE items (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(20))',
];

async function control(world: World, call: 'pause' | 'resume', table: string): Promise<void> {
  await sendControl(world.stateDir, call, {
    tables: JSON.stringify([`${world.database.name}.${table}`]),
  });
}

function of(status: Status, name: string) {
  return status.tables.find(({table}) => table === name)!;
}

function isHeld(reason: string) {
  return (status: Status) => status.holds.some(hold => hold.reason === reason);
}

test('C19: a paused table waits, over a kill, a restart and a stop, while the others stream; then nothing is lost or doubled', async t => {
  await using world = await World.open(t, {setup});
  const first = world.start();
  await world.caughtUp(first);
  await world.mysql.query("INSERT INTO orders (note) VALUES ('before')");
  await world.caughtUp(first);
  await control(world, 'pause', 'orders');
  const write = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await world.mysql.query(`INSERT INTO orders (note) VALUES ('waits ${i}')`);
      await world.mysql.query(`INSERT INTO items (note) VALUES ('${i}')`);
    }
    await world.mysql.query('UPDATE orders SET id = id + 100000 WHERE id < 3');
  };
  const streamed = (rows: number) => (status: Status) =>
    status.state === 'following' &&
    of(status, 'items').rowsFollowed === rows &&
    of(status, 'orders').lagSeconds! > 1;
  await write(20);
  const waiting = await world.until(first, 'the other table', streamed(20));
  t.like(of(waiting, 'orders'), {isPaused: true, rowsFollowed: 1});
  t.like(of(waiting, 'items'), {isPaused: false, lagSeconds: 0});
  t.true(waiting.lagSeconds! > 1, 'the task is as late as its latest table');
  await world.equal('items');
  await world.kill(first);
  const second = world.start();
  await write(20);
  const again = await world.until(second, 'the other table', streamed(40));
  t.like(of(again, 'orders'), {isPaused: true, rowsFollowed: 1});
  await world.stop(second);
  const third = world.start();
  await world.until(third, 'paused still', streamed(40));
  await write(5);
  const still = await world.until(third, 'the other table', streamed(45));
  t.is(of(still, 'orders').rowsFollowed, 1);
  await control(world, 'resume', 'orders');
  const status = await world.caughtUp(third);
  t.like(of(status, 'orders'), {isPaused: false, lagSeconds: 0});
  for (const table of ['orders', 'items']) await world.equal(table);
  await t.throwsAsync(control(world, 'pause', 'none'), {code: 'SYNC5080'});
  await world.stop(third);
});

test('C19: what waits of a paused table is read again though it takes long to open the relay log', async t => {
  await using world = await World.open(t, {
    setup,
    settings: {incremental: {delivery: 'low-latency', relayLog: {}}},
  });
  const first = world.start();
  await world.caughtUp(first);
  await control(world, 'pause', 'orders');
  await world.mysql.query("INSERT INTO orders (note) VALUES ('waits')");
  await world.mysql.query("INSERT INTO items (note) VALUES ('after')");
  const executed = await one(world, 'SELECT @@global.gtid_executed');
  await world.until(first, 'the position is stored behind the change that waits', async () => {
    const inside = await one(world, 'SELECT GTID_SUBSET(?, ?)', [executed, storedSet(world)]);
    return Number(inside) === 1;
  });
  await world.kill(first);
  // A file that nobody writes is not opened for reading either, and then refuses to be read.
  const path = join(world.stateDir, 'relay-log/relay-99999999');
  execFileSync('mkfifo', [path]);
  const stuck = world.start();
  const isPrepared = (status: Status) => status.tables.length === 2;
  let looks = 0;
  await world.until(stuck, 'many ticks of its follower', s => isPrepared(s) && ++looks > 40);
  await (await open(path, 'w')).close();
  t.is(await stuck.exit, 1);
  rmSync(path);
  const second = world.start();
  await world.until(second, 'following', ({state}) => state === 'following');
  await control(world, 'resume', 'orders');
  await world.caughtUp(second);
  for (const table of ['orders', 'items']) await world.equal(table);
  await world.stop(second);
});

async function one(world: World, sql: string, values: unknown[] = []): Promise<unknown> {
  const [rows] = await world.mysql.query(sql, values as string[]);
  return Object.values((rows as object[])[0]!)[0];
}

/** The GTID set of the task's position in the ledger. */
function storedSet(world: World): string {
  using ledger = new DatabaseSync(join(world.stateDir, 'ledger.db'), {readOnly: true});
  const {position} = ledger.prepare('SELECT position FROM task').get() as {position: string};
  return (JSON.parse(position) as {gtidSet: string}).gtidSet;
}

test('a paused table that fills the spool holds the task, by name, until it is resumed', async t => {
  await using world = await World.open(t, {
    setup,
    settings: {incremental: {commitSeconds: 0.2, spool: {mebibytes: 2}}},
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await control(world, 'pause', 'orders');
  for (let i = 0; i < 4; i++)
    await world.mysql.query(
      `INSERT INTO orders (note) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900)
       SELECT CONCAT(${Array.from({length: 90}, (_, k) => `SHA2(CONCAT(${i}, '-', i, '-${k}'), 256)`).join(', ')}) FROM n`,
    );
  await world.mysql.query("INSERT INTO items (note) VALUES ('after')");
  const held = await world.until(runtime, 'a full spool', isHeld('spool-full'));
  t.is(of(held, 'orders').rowsFollowed, 0);
  t.is(of(held, 'items').rowsFollowed, 0, 'reading waits');
  await control(world, 'resume', 'orders');
  await world.caughtUp(runtime);
  for (const table of ['orders', 'items']) await world.equal(table);
  await world.stop(runtime);
});

test('C15: a schema change of a paused table waits for it, a stop in between included', async t => {
  await using world = await World.open(t, {setup});
  const first = world.start();
  await world.caughtUp(first);
  await control(world, 'pause', 'orders');
  await world.mysql.query("INSERT INTO orders (note) VALUES ('before')");
  await world.mysql.query('ALTER TABLE orders ADD COLUMN extra INT');
  await world.mysql.query("INSERT INTO orders (note, extra) VALUES ('after', 1)");
  await world.until(first, 'the change waits', isHeld('schema-change-of-paused-table'));
  await world.stop(first);
  t.is(readRuntimeFile(world.stateDir), null);
  const second = world.start();
  await world.until(second, 'it waits again', isHeld('schema-change-of-paused-table'));
  await control(world, 'resume', 'orders');
  await world.caughtUp(second);
  await world.equal('orders');
  await world.stop(second);
});

test('a table is resumed by its name while the task cannot reach its source', async t => {
  await using world = await World.open(t, {setup});
  const first = world.start();
  await world.caughtUp(first);
  await control(world, 'pause', 'orders');
  await world.stop(first);
  const {source} = world.task as {source: object};
  world.saveTask({source: {...source, port: 1}});
  const second = world.start();
  const held = await world.until(second, 'a held start', isHeld('source-connection'));
  t.deepEqual(held.tables, []);
  const {run} = commandLine(t);
  const table = `${world.database.name}.orders`;
  const resumed = await run(['resume', '--state', world.stateDir, '--table', table]);
  t.like(resumed, {code: 0, stdout: 'resumed\n'});
  const refused = await run(['pause', '--state', world.stateDir, '--table', table]);
  t.regex(refused.stderr, /does not know its tables yet/);
  await world.stop(second);
  world.saveTask({source});
  const third = world.start();
  const {tables} = await world.caughtUp(third);
  t.deepEqual(
    tables.map(({isPaused}) => isPaused),
    [false, false],
  );
  await world.stop(third);
});
