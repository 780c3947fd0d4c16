// Following by stream writes (`delivery: 'low-latency'`): nothing is lost, and what stands twice has the same record id.
import test from 'ava';
import {shopSetup, writeShop} from '../support/shop.ts';
import {World} from '../support/world.ts';

const seed = Number(process.env['SEED'] ?? 20261123);
const tables = ['orders', 'lines', 'visits'];
const settings = {incremental: {delivery: 'low-latency'}};

test.serial(
  'kill -9 while stream writes run loses nothing; doubles have the same record id',
  async t => {
    t.log(`seed ${seed}`);
    await using world = await World.open(t, {setup: shopSetup(2_000), settings});
    let over = false;
    const writer = writeShop(await world.database.connect(), seed, () => over);
    for (let kills = 0; kills < 4; kills++) {
      const runtime = world.start();
      let looks = 0;
      await world.until(
        runtime,
        'rows were written',
        ({state, latency}) => state === 'following' && latency !== null && looks++ >= 5 * kills,
      );
      await world.kill(runtime);
    }
    const last = world.start();
    await world.until(last, 'following again', ({state}) => state === 'following');
    over = true;
    await writer;
    await world.caughtUp(last);
    let doubles = 0;
    for (const table of tables) doubles += (await world.equal(table)).doubles;
    t.log(`${doubles} rows stood twice`);
    await world.stop(last);
  },
);

test.serial(
  'an added column, a transaction larger than a write and a change of delivery arrive',
  async t => {
    await using world = await World.open(t, {
      setup: [
        'CREATE TABLE notes (id INT PRIMARY KEY, note LONGTEXT)',
        "INSERT INTO notes VALUES (1, 'before')",
      ],
      settings,
    });
    const first = world.start();
    await world.until(first, 'following', ({state}) => state === 'following');
    await world.mysql.query("INSERT INTO notes VALUES (2, 'a'), (3, 'b')");
    await world.mysql.query('ALTER TABLE notes ADD COLUMN extra INT');
    await world.mysql.query('SET SESSION cte_max_recursion_depth = 1000000');
    await world.mysql.query(
      `INSERT INTO notes WITH RECURSIVE n AS (SELECT 10 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
     SELECT i, REPEAT(SHA2(i, 256), 40), i FROM n`,
    );
    await world.mysql.query('UPDATE notes SET extra = 1, note = NULL WHERE id < 3');
    await world.caughtUp(first);
    await world.stop(first);
    // The same task goes on under the ledger, and back.
    world.saveTask({incremental: {commitSeconds: 0.5}});
    await world.mysql.query('DELETE FROM notes WHERE id = 3');
    const second = world.start();
    await world.caughtUp(second);
    await world.stop(second);
    world.saveTask(settings);
    await world.mysql.query("INSERT INTO notes VALUES (4, 'again', 4)");
    const third = world.start();
    await world.caughtUp(third);
    const {doubles} = await world.equal('notes');
    t.is(doubles, 0);
    await world.stop(third);
  },
);
