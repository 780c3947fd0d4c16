// Stopping while a large transaction is read: it is read again from its start, and so is what waited for a batch before it.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {World} from '../support/world.ts';

test('C7, C8: a stop inside a large transaction loses nothing of the small ones before it', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE notes (id INT PRIMARY KEY, note TEXT CHARACTER SET ascii)'],
    settings: {incremental: {commitSeconds: 3600, throttle: {mebibytesPerSecond: 4}}},
  });
  const first = world.start();
  await world.caughtUp(first);
  await world.mysql.query("INSERT INTO notes VALUES (0, 'before')");
  await world.mysql.query('SET SESSION cte_max_recursion_depth = 1000000');
  await world.mysql.query(
    `INSERT INTO notes WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 15000)
     SELECT i, REPEAT(SHA2(i, 256), 32) FROM n`,
  );
  await world.until(
    first,
    'a block of the running transaction',
    () => readdirSync(join(world.stateDir, 'spool')).length > 0,
  );
  await world.stop(first);
  world.saveTask({incremental: {commitSeconds: 0.5}});
  const second = world.start();
  await world.caughtUp(second);
  await world.equal('notes');
  await world.stop(second);
});
