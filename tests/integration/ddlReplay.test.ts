// Rows are decoded with the columns of their own position (rule C15), also when all of it is read again later.
import test from 'ava';
import {alters, runAll, setupOf} from '../support/alters.ts';
import {PrivateServer} from '../support/mysql.ts';
import {World} from '../support/world.ts';

const kills = 4;
const carriedOut = (world: World) =>
  world.log().split('a schema change is carried out in the target').length;

let own: PrivateServer;
test.before(async () => {
  own = await PrivateServer.start({});
});
test.after.always(() => own[Symbol.asyncDispose]());

for (const metadata of ['MINIMAL', 'FULL'])
  test.serial(
    `C15: schema changes that happened in the absence of the runtime are replayed, kills included, with ${metadata} row metadata`,
    async t => {
      await using world = await World.open(t, {setup: setupOf(alters), server: own.server});
      await world.mysql.query(`SET GLOBAL binlog_row_metadata = '${metadata}'`);
      let runtime = world.start();
      await world.caughtUp(runtime);
      await world.stop(runtime);
      await runAll(world, alters);
      for (let life = 0; life < kills; life++) {
        const before = carriedOut(world);
        runtime = world.start();
        // Each life goes on over the change that the one before it had under way.
        await world.until(runtime, 'schema changes', () => carriedOut(world) > before + life);
        await world.kill(runtime);
      }
      runtime = world.start();
      await world.caughtUp(runtime);
      for (const i of Object.keys(alters).keys()) await world.equal(`t${i}`);
      await world.equal('beside');
      t.notRegex(world.log(), /loads anew/);
      await world.stop(runtime);
    },
  );
