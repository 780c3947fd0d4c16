// MariaDB as a source, live: prechecks, a load, and what follows it.
import test, {type ExecutionContext} from 'ava';
import {otherShopSetup, otherShopTables, writeOtherShop} from '../support/otherShop.ts';
import {startPrivateServer} from '../support/mysql.ts';
import {World, type Runtime} from '../support/world.ts';

const seed = Number(process.env['SEED'] ?? 20261122);

async function finish(t: ExecutionContext<any>, world: World, runtime: Runtime): Promise<void> {
  await world.caughtUp(runtime);
  for (const table of otherShopTables) t.log(table, await world.equal(table));
  await world.stop(runtime);
}

const servers = [
  {product: 'mariadb-10.11', settings: {}},
  {product: 'mariadb-11.8', settings: {'log-bin-compress': 'ON', 'log-bin-compress-min-len': '10'}},
] as const;

for (const {product, settings} of servers)
  test(`${product}: a load and what follows it, killed in between and over a crash of the server, equal the source`, async t => {
    const own = await startPrivateServer(t, settings, product);
    await using world = await World.open(t, {
      setup: otherShopSetup(3000),
      tables: otherShopTables,
      server: own.server,
      byPlace: true,
    });
    let over = false;
    const writer = writeOtherShop(await world.database.connect(), seed, () => over);
    const killed = world.start();
    await world.until(killed, 'following', status => status.state === 'following');
    await world.kill(killed);
    const runtime = world.start();
    await world.until(runtime, 'following', status => status.state === 'following');
    over = true;
    t.log(`${await writer} transactions`);
    await own.crash();
    world.mysql = await world.database.connect();
    await world.mysql.query('DELETE FROM orders ORDER BY id LIMIT 5');
    await finish(t, world, runtime);
  });
