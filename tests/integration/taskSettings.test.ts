// Settings of a task tried as a user would, on real parts.
import test from 'ava';
import {World} from '../support/world.ts';

const rowsOf = (count: number) =>
  `INSERT INTO items SELECT n, CONCAT('row ', n) FROM (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < ${count}) SELECT n FROM r) AS numbers`;
const items = 'CREATE TABLE items (id INT PRIMARY KEY, note VARCHAR(40))';

test('throttles hold both phases to their rate, say so, and lose nothing', async t => {
  await using world = await World.open(t, {
    setup: [items, rowsOf(900)],
    settings: {
      full: {workers: 2, throttle: {queriesPerSecond: 100, rowsPerSecond: 300}},
      incremental: {commitSeconds: 0.5, throttle: {rowsPerSecond: 300, mebibytesPerSecond: 1}},
    },
  });
  const startedMs = performance.now();
  const runtime = world.start();
  const shown = (reason: string) =>
    world.until(runtime, reason, status => status.holds.some(hold => hold.reason === reason));
  await shown('throttle-full');
  await world.caughtUp(runtime);
  t.true(performance.now() - startedMs > 1000 * (900 / 300 - 0.5));
  await world.mysql.query("UPDATE items SET note = CONCAT(note, ' again')");
  await shown('throttle-incremental');
  await world.caughtUp(runtime);
  await world.equal('items');
  await world.stop(runtime);
});
