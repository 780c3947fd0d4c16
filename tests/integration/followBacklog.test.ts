import test from 'ava';
import {World} from '../support/world.ts';

test('the rest of a backlog shows when the stream runs dry, however long the interval', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE notes (id INT PRIMARY KEY, note TEXT CHARACTER SET ascii)'],
    settings: {incremental: {commitSeconds: 3600}},
  });
  const first = world.start();
  await world.until(first, 'following', ({state}) => state === 'following');
  await world.stop(first);
  await world.mysql.query('SET SESSION cte_max_recursion_depth = 1000000');
  await world.mysql.query(
    `INSERT INTO notes WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
     SELECT i, REPEAT(SHA2(i, 256), 32) FROM n`,
  );
  const second = world.start();
  await world.until(second, 'every row shows', ({tables}) => tables[0]?.rowsFollowed === 9000);
  await world.equal('notes');
  await world.stop(second);
});
