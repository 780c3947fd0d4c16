// A failover between two servers while the shop writes and the runtime is killed again and again (rules C2, C5): nothing is
// lost and nothing stands twice, by the independent merge and by mysqlbinlog's own count.
import test from 'ava';
import {logRecords} from '../support/binlogCounts.ts';
import {ReplicaGroup} from '../support/replicaGroup.ts';
import {shopSetup, writeShop} from '../support/shop.ts';
import {World, type Runtime} from '../support/world.ts';

const seed = Number(process.env['SEED'] ?? 20261123);
const tables = ['orders', 'lines', 'visits'];

test.serial(
  'C5, C19: a failover between two servers with kills in between loses and doubles nothing',
  async t => {
    t.log(`seed ${seed}`);
    await using group = await ReplicaGroup.start();
    const [a, b] = [group.primary.server, group.replica.server];
    const source = {
      host: a.host,
      port: a.port,
      hosts: [`${b.host}:${b.port}`],
      user: a.syncUser,
    };
    await using world = await World.open(t, {
      setup: shopSetup(2000),
      server: a,
      settings: {source},
    });
    const [before] = await ReplicaGroup.run(a, 'SELECT @@global.gtid_executed AS executed');
    const loaded = before!['executed']!.replaceAll('\n', '');
    let runtime = world.start();
    await world.caughtUp(runtime);
    let over = false;
    const stopped = () => over;
    const first = writeShop(await world.database.connect(), seed, stopped).catch(() => 0);
    let state = seed;
    const killSome = async () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      let looks = (state >>> 8) % 30;
      await world.until(runtime, `${looks} looks`, () => looks-- <= 0);
      await world.kill(runtime);
      runtime = world.start();
    };
    for (let kills = 0; kills < 3; kills++) await killSome();
    // The orderly part of a failover: the old primary takes no writes any more, the replica has everything.
    await ReplicaGroup.run(a, 'SET GLOBAL super_read_only = ON');
    over = true;
    await first;
    await ReplicaGroup.caughtUp(b, a);
    await group.promote();
    const during = killSome();
    await group.primary[Symbol.asyncDispose]();
    await during;
    world.mysql = await group.connectReplica(world.database.name);
    over = false;
    const second = writeShop(await group.connectReplica(world.database.name), seed + 1, stopped);
    for (let kills = 0; kills < 3; kills++) await killSome();
    over = true;
    await second;
    await finish(t, world, runtime, b, loaded);
  },
);

async function finish(
  t: Parameters<typeof World.open>[0],
  world: World,
  runtime: Runtime,
  server: ReplicaGroup['replica']['server'],
  loaded: string,
): Promise<void> {
  const {position} = await world.caughtUp(runtime);
  t.true(position!.epoch > 1, 'the change of server is recorded');
  const counts = await logRecords(server, world.database.name, tables, loaded);
  for (const table of tables) {
    const {log} = await world.equal(table);
    t.is(log, counts[table]!, `${table}_log holds what mysqlbinlog counts`);
    t.true(log > 0);
  }
  await world.stop(runtime);
}
