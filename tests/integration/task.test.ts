import test from 'ava';
import {shopSetup, writeShop} from '../support/shop.ts';
import {World} from '../support/world.ts';

const tables = ['orders', 'lines', 'visits'];

test.serial('C17: base and log merged equal the source under concurrent writes', async t => {
  await using world = await World.open(t, {setup: shopSetup(6000)});
  let over = false;
  const writer = writeShop(await world.database.connect(), 1, () => over);
  const runtime = world.start();
  await world.until(runtime, 'following', status => status.state === 'following');
  over = true;
  await writer;
  const status = await world.caughtUp(runtime);
  for (const table of tables) await world.equal(table);
  t.deepEqual(
    status.tables.map(table => table.state),
    ['following', 'following', 'following'],
  );
  await world.stop(runtime);
});

test.serial('a runtime that was stopped goes on where it was', async t => {
  await using world = await World.open(t, {setup: shopSetup(500)});
  const first = world.start();
  await world.caughtUp(first);
  await world.stop(first);
  await world.mysql.query("UPDATE orders SET note = 'while stopped' WHERE id % 3 = 0");
  await world.mysql.query('DELETE FROM visits LIMIT 7');
  const second = world.start();
  await world.caughtUp(second);
  for (const table of tables) await world.equal(table);
  await world.stop(second);
});

test.serial(
  'a task without the incremental phase ends with 0 when its tables are loaded',
  async t => {
    await using world = await World.open(t, {
      setup: shopSetup(3000),
      settings: {phases: ['schema', 'full']},
    });
    const runtime = world.start();
    t.is(await runtime.exit, 0, runtime.output());
    for (const table of tables) await world.equal(table);
  },
);

test.serial(
  'a column added while following stands last in base and log, with its values',
  async t => {
    await using world = await World.open(t, {setup: shopSetup(200), tables: ['orders']});
    const runtime = world.start();
    await world.caughtUp(runtime);
    await world.mysql.query("INSERT INTO orders (customer, note) VALUES (1, 'before')");
    await world.mysql.query('ALTER TABLE orders ADD COLUMN rating INT AFTER amount');
    await world.mysql.query("INSERT INTO orders (customer, note, rating) VALUES (2, 'after', 5)");
    await world.mysql.query('UPDATE orders SET rating = 1 WHERE id % 2 = 0');
    await world.caughtUp(runtime);
    await world.equal('orders');
    await world.stop(runtime);
  },
);

test.serial('a text column added without a character set is read in that of its table', async t => {
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE old (id INT PRIMARY KEY, a VARCHAR(20)) CHARACTER SET latin1',
      "INSERT INTO old VALUES (1, 'é')",
    ],
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query('ALTER TABLE old ADD COLUMN b VARCHAR(20)');
  await world.mysql.query("INSERT INTO old VALUES (2, 'ü', 'ß'), (3, NULL, '€')");
  await world.caughtUp(runtime);
  await world.equal('old');
  await world.stop(runtime);
});

test.serial(
  'rows changed by a statement instead of row events stop the task before it',
  async t => {
    await using world = await World.open(t, {setup: shopSetup(50), tables: ['orders']});
    const runtime = world.start();
    await world.caughtUp(runtime);
    await world.mysql.query("UPDATE orders SET note = 'x' WHERE id = 1");
    await world.mysql.query("SET SESSION binlog_format = 'STATEMENT'");
    await world.mysql.query('UPDATE orders SET amount = 2');
    t.is(await runtime.exit, 1);
    t.regex(runtime.output(), /SYNC5031/);
  },
);

test.serial('C14: a table that joins later is loaded while the others are followed', async t => {
  await using world = await World.open(t, {setup: shopSetup(2000), tables: ['orders']});
  const first = world.start();
  await world.caughtUp(first);
  await world.stop(first);
  let over = false;
  const writer = writeShop(await world.database.connect(), 7, () => over);
  world.saveTask({
    objects: [{database: world.database.name, tables: ['orders', 'lines', 'visits']}],
  });
  const second = world.start();
  await world.until(second, 'following', status => status.state === 'following');
  over = true;
  await writer;
  await world.caughtUp(second);
  for (const table of tables) await world.equal(table);
  await world.stop(second);
});

test.serial('a second runtime on the same state folder ends with 3 and harms nothing', async t => {
  await using world = await World.open(t, {setup: shopSetup(50)});
  const first = world.start();
  await world.caughtUp(first);
  const second = world.start();
  t.is(await second.exit, 3);
  t.regex(second.output(), /SYNC5010/);
  await world.mysql.query("UPDATE orders SET note = 'still' WHERE id < 10");
  await world.caughtUp(first);
  await world.equal('orders');
  await world.stop(first);
});
