// MySQL 5.6 as a source, live: by GTIDs and by file position.
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

for (const gtidMode of ['ON', 'OFF'])
  test(`a load and what follows it, killed in between, equal the source with gtid_mode ${gtidMode}`, async t => {
    const settings =
      gtidMode === 'ON' ? {} : {'gtid-mode': 'OFF', 'enforce-gtid-consistency': 'OFF'};
    const own = await startPrivateServer(t, settings, 'mysql-5.6');
    await using world = await World.open(t, {
      setup: otherShopSetup(3000),
      tables: otherShopTables,
      server: own.server,
      byPlace: gtidMode === 'OFF',
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
    await finish(t, world, runtime);
  });
