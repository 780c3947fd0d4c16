// kill -9 of the runtime in every phase, seeded: nothing is lost and nothing stands twice (rules C4, C8–C11).
import test from 'ava';
import type {Status} from '../../runtime/task/progress.ts';
import {shopSetup, writeShop} from '../support/shop.ts';
import {World, type Runtime} from '../support/world.ts';

const seed = Number(process.env['SEED'] ?? 20261122);
const tables = ['orders', 'lines', 'visits'];

/** A moment to kill in: the status that is waited for, and how many looks at it later. */
interface Moment {
  name: string;
  reached: (status: Status) => boolean;
  looks: number;
}

const moments: Moment[] = [
  {name: 'while prechecking', reached: () => true, looks: 0},
  {name: 'while preparing', reached: status => status.state !== 'prechecking', looks: 0},
  {name: 'early in the load', reached: status => status.state === 'loading', looks: 1},
  {
    name: 'late in the load',
    reached: status => status.tables.some(table => table.rowsLoaded > 8000),
    looks: 0,
  },
  {name: 'just when following', reached: status => status.state === 'following', looks: 0},
  {name: 'while following', reached: status => status.state === 'following', looks: 15},
];

for (const [index, moment] of moments.entries())
  test.serial(`kill -9 ${moment.name} loses and doubles nothing`, async t => {
    t.log(`seed ${seed + index}`);
    await using world = await World.open(t, {setup: shopSetup(12_000)});
    let over = false;
    const writer = writeShop(await world.database.connect(), seed + index, () => over);
    const killed = world.start();
    let looks = 0;
    await world.until(
      killed,
      moment.name,
      status => moment.reached(status) && looks++ >= moment.looks,
    );
    await world.kill(killed);
    await finish(t, world, world.start(), () => (over = true), writer);
  });

test.serial('C4: ten kills in a row during load and following lose and double nothing', async t => {
  t.log(`seed ${seed}`);
  await using world = await World.open(t, {setup: shopSetup(12_000)});
  let over = false;
  const writer = writeShop(await world.database.connect(), seed, () => over);
  let state = seed;
  for (let kills = 0; kills < 10; kills++) {
    const runtime = world.start();
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const looksMax = state % 30;
    let looks = 0;
    await world.until(runtime, `${looksMax} looks at its status`, () => looks++ >= looksMax);
    await world.kill(runtime);
  }
  await finish(t, world, world.start(), () => (over = true), writer);
});

async function finish(
  t: Parameters<typeof World.open>[0],
  world: World,
  runtime: Runtime,
  stopWriter: () => void,
  writer: Promise<number>,
): Promise<void> {
  await world.until(runtime, 'following again', status => status.state === 'following');
  stopWriter();
  t.log(`${await writer} transactions`);
  await world.caughtUp(runtime);
  for (const table of tables) t.log(table, await world.equal(table));
  await world.stop(runtime);
}
