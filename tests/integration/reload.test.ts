// Tables whose settings change while the task lives: each loads anew, the others stream on, and nothing is dropped.
import test, {type ExecutionContext} from 'ava';
import {runSql} from '../../runtime/sink/instance.ts';
import {openClient} from '../support/target.ts';
import {World} from '../support/world.ts';

const setup = [
  'CREATE TABLE orders (id INT PRIMARY KEY, amount INT, note VARCHAR(20))',
  "INSERT INTO orders VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, NULL)",
  'CREATE TABLE items (id INT PRIMARY KEY, note VARCHAR(20))',
  "INSERT INTO items VALUES (1, 'one')",
];

function sqlOf(t: ExecutionContext, world: World) {
  const client = openClient(t, world.target.endpoint, {project: world.target.project});
  const {signal} = new AbortController();
  const hints = {'odps.sql.allow.fullscan': 'true'};
  return (sql: string) => runSql(client, sql, {signal, hints}).then(({rows}) => rows);
}

const withOrders = (world: World, orders: object) => ({
  objects: [{database: world.database.name, tables: [{name: 'orders', ...orders}, 'items']}],
});

test('C13: a table with another filter and other columns loads anew, its old pair stays whole, and the others stream on', async t => {
  await using world = await World.open(t, {setup});
  const sql = sqlOf(t, world);
  const first = world.start();
  await world.caughtUp(first);
  await world.mysql.query('UPDATE orders SET amount = 11 WHERE id = 1');
  await world.mysql.query("INSERT INTO items VALUES (2, 'two')");
  await world.caughtUp(first);
  await world.stop(first);

  await world.mysql.query('UPDATE orders SET amount = 21 WHERE id = 2');
  await world.mysql.query("INSERT INTO items VALUES (3, 'three')");
  world.saveTask(withOrders(world, {where: 'amount >= 20', columns: {exclude: ['note']}}));
  const second = world.start();
  await world.caughtUp(second);
  t.deepEqual(await sql('SELECT id, amount FROM orders_base ORDER BY id'), [
    ['2', '21'],
    ['3', '30'],
  ]);
  await world.equal('items');
  t.deepEqual(await sql('SELECT COUNT(*) FROM items_base'), [['1']], 'items was not loaded again');
  t.deepEqual(await sql('SELECT id, amount, note FROM orders_base_g1 ORDER BY id LIMIT 1'), [
    ['1', '10', 'a'],
  ]);
  t.deepEqual(await sql('SELECT COUNT(*) FROM orders_log_g1'), [['2']]);

  await world.mysql.query('UPDATE orders SET amount = 12 WHERE id = 3');
  await world.caughtUp(second);
  const operation = 'new_dts_sync_operation_flag';
  t.deepEqual(await sql(`SELECT id, ${operation} FROM orders_log`), [['3', 'D']]);
  const highestOld = await sql('SELECT MAX(new_dts_sync_record_id) FROM orders_log_g1');
  const lowestNew = await sql('SELECT MIN(new_dts_sync_record_id) FROM orders_log');
  t.true(Number(lowestNew[0]![0]) > Number(highestOld[0]![0]));
  await world.stop(second);

  const third = world.start();
  await world.caughtUp(third);
  t.deepEqual(await sql('SHOW TABLES LIKE "orders_base_g2"'), [], 'a restart loads nothing again');
  await world.stop(third);
});

test('a table under another name loads there, and the tables of the old name stay', async t => {
  await using world = await World.open(t, {setup});
  const sql = sqlOf(t, world);
  const first = world.start();
  await world.caughtUp(first);
  await world.stop(first);
  world.saveTask(withOrders(world, {as: 'purchases'}));
  const second = world.start();
  await world.caughtUp(second);
  await world.mysql.query('DELETE FROM orders WHERE id = 1');
  await world.caughtUp(second);
  t.deepEqual(await sql('SELECT COUNT(*) FROM purchases_base'), [['3']]);
  t.deepEqual(await sql('SELECT COUNT(*) FROM purchases_log'), [['1']]);
  t.deepEqual(await sql('SELECT COUNT(*) FROM orders_base'), [['3']]);
  await world.stop(second);
});

test('a table that was taken out and comes back loads anew, and its old pair stays whole', async t => {
  await using world = await World.open(t, {setup});
  const sql = sqlOf(t, world);
  const both = {objects: [{database: world.database.name, tables: ['orders', 'items']}]};
  const run = async (change: () => Promise<unknown>) => {
    const runtime = world.start();
    await world.caughtUp(runtime);
    await change();
    await world.caughtUp(runtime);
    await world.stop(runtime);
  };
  await run(() => world.mysql.query("UPDATE orders SET note = 'first' WHERE id = 1"));
  world.saveTask({objects: [{database: world.database.name, tables: ['items']}]});
  await run(() => world.mysql.query("UPDATE orders SET note = 'unseen'"));
  world.saveTask(both);
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query("UPDATE orders SET note = 'third' WHERE id = 1");
  await world.caughtUp(runtime);
  await world.equal('orders');
  await world.equal('items');
  t.deepEqual(await sql('SELECT COUNT(*) FROM orders_log_g1'), [['2']]);
  const ids = await sql('SELECT MIN(new_dts_sync_record_id) FROM orders_log');
  t.deepEqual(ids, [['2']]);
  await world.stop(runtime);
});

test('a task that loads nothing refuses such a change', async t => {
  await using world = await World.open(t, {setup, settings: {phases: ['schema', 'incremental']}});
  const first = world.start();
  await world.caughtUp(first);
  await world.stop(first);
  world.saveTask(withOrders(world, {where: 'amount > 1'}));
  const second = world.start();
  t.is(await second.exit, 1);
  t.regex(second.output(), /SYNC5045/);
});
