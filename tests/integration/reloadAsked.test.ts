// `synctask reload`: tables of a task load again, at once in a running one, at the next start of one that is at rest. It is
// the way out when the position is lost.
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {runSql} from '../../runtime/sink/instance.ts';
import {PrivateServer} from '../support/mysql.ts';
import {openClient} from '../support/target.ts';
import {World} from '../support/world.ts';

const launcher = new URL('../../bin/synctask', import.meta.url).pathname;

const setup = [
  'CREATE TABLE orders (id INT PRIMARY KEY, amount INT)',
  'INSERT INTO orders VALUES (1, 10), (2, 20), (3, 30)',
  'CREATE TABLE items (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(20))',
  "INSERT INTO items (note) VALUES ('one')",
];

async function reload(world: World, ...args: string[]): Promise<string> {
  const {stdout} = await promisify(execFile)(launcher, [
    'reload',
    '--state',
    world.stateDir,
    ...args,
  ]);
  return stdout;
}

function countOf(t: ExecutionContext, world: World) {
  const client = openClient(t, world.target.endpoint, {project: world.target.project});
  const {signal} = new AbortController();
  const hints = {'odps.sql.allow.fullscan': 'true'};
  return async (table: string) => {
    const {rows} = await runSql(client, `SELECT COUNT(*) FROM ${table}`, {signal, hints});
    return Number(rows[0]![0]);
  };
}

test('one table loads again while the others stream on', async t => {
  await using world = await World.open(t, {setup});
  const count = countOf(t, world);
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query('UPDATE orders SET amount = 11 WHERE id = 1');
  await world.mysql.query("INSERT INTO items (note) VALUES ('two')");
  await world.caughtUp(runtime);
  let over = false;
  const writer = (async () => {
    for (let i = 0; !over; i++) await world.mysql.query(`INSERT INTO items (note) VALUES ('${i}')`);
  })();
  t.is(await reload(world, `${world.database.name}.orders`), 'the task loads again\n');
  await world.until(runtime, 'the old pair is kept', async () =>
    count('orders_base_g1').then(
      rows => rows === 3,
      () => false,
    ),
  );
  over = true;
  await writer;
  await world.mysql.query('UPDATE orders SET amount = 31 WHERE id = 3');
  const {tables} = await world.caughtUp(runtime);
  t.deepEqual(tables.map(({table}) => table).sort(), ['items', 'orders']);
  t.is(await count('orders_log'), 2);
  await t.throwsAsync(count('items_base_g1'), undefined, 'items was not loaded again');
  for (const table of ['orders', 'items']) await world.equal(table);
  await t.throwsAsync(reload(world, 'no.such'));
  await world.stop(runtime);

  const second = world.start();
  await world.caughtUp(second);
  await t.throwsAsync(count('orders_base_g2'), undefined, 'a restart loads nothing again');
  await world.stop(second);
});

test('a task whose position was purged loads everything again, and goes on from a new position', async t => {
  await using mysql = await PrivateServer.start();
  await using world = await World.open(t, {setup, server: mysql.server});
  const first = world.start();
  const before = await world.caughtUp(first);
  await world.stop(first);
  await world.mysql.query('UPDATE orders SET amount = 11 WHERE id = 1');
  await world.mysql.query('FLUSH BINARY LOGS');
  await world.mysql.query("PURGE BINARY LOGS TO 'binlog.000002'");
  await world.mysql.query('UPDATE orders SET amount = 12 WHERE id = 2');
  const stuck = world.start();
  t.is(await stuck.exit, 1);
  t.regex(stuck.output(), /SYNC2101/);
  await t.throwsAsync(reload(world, 'no.such'), {message: /SYNC5080/});
  t.is(await reload(world, '--all'), 'noted; the next start loads again\n');
  const second = world.start();
  const {position} = await world.caughtUp(second);
  t.is(position!.epoch, before.position!.epoch + 1);
  await world.mysql.query('DELETE FROM orders WHERE id = 3');
  await world.caughtUp(second);
  for (const table of ['orders', 'items']) await world.equal(table);
  await world.stop(second);
});
