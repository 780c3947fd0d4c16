// The life of the source: crashes and restarts while a task follows it (catalogue F4).
import test from 'ava';
import {PrivateServer} from '../support/mysql.ts';
import {shopSetup, writeShop} from '../support/shop.ts';
import {World} from '../support/world.ts';

const tables = ['orders', 'lines', 'visits'];

test.serial(
  'a crash of the source while following is waited out, and nothing is lost or doubled',
  async t => {
    await using mysql = await PrivateServer.start({
      'sync-binlog': '1',
      'innodb-flush-log-at-trx-commit': '1',
    });
    await using world = await World.open(t, {setup: shopSetup(300), server: mysql.server});
    const runtime = world.start();
    await world.caughtUp(runtime);
    let over = false;
    const writer = writeShop(await world.database.connect(), 3, () => over).catch(() => 0);
    await world.until(runtime, 'some changes', status =>
      status.tables.some(table => table.rowsFollowed > 20),
    );
    await mysql.crash();
    over = true;
    await writer;
    world.mysql = await world.database.connect();
    await world.mysql.query("UPDATE orders SET note = 'after the crash' WHERE id < 50");
    await world.caughtUp(runtime);
    for (const table of tables) await world.equal(table);
    await world.stop(runtime);
  },
);

test.serial(
  'a clean restart of the source is survived by a task that was stopped before it',
  async t => {
    await using mysql = await PrivateServer.start();
    await using world = await World.open(t, {setup: shopSetup(300), server: mysql.server});
    const first = world.start();
    await world.caughtUp(first);
    await world.mysql.query("UPDATE orders SET note = 'last' WHERE id < 5");
    await world.caughtUp(first);
    await world.mysql.query('SHUTDOWN');
    await world.until(first, 'the source is gone', status =>
      status.holds.some(hold => hold.reason === 'source-connection'),
    );
    await mysql.crash();
    world.mysql = await world.database.connect();
    await world.caughtUp(first);
    await world.mysql.query("UPDATE orders SET note = 'again' WHERE id < 9");
    await world.stop(first);
    const second = world.start();
    await world.caughtUp(second);
    for (const table of tables) await world.equal(table);
    await world.stop(second);
  },
);
