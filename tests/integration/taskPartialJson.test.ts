// A task over a source whose sessions log partial JSON updates: base and log merged equal the source.
import test from 'ava';
import {World} from '../support/world.ts';

test('partial JSON updates arrive as the documents that SELECT gives', async t => {
  const rows = Array.from(
    {length: 40},
    (_, id) => `(${id}, '{"n": ${id}, "l": [1, 2]}', 'x', '[]')`,
  );
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE docs (id INT PRIMARY KEY, a JSON, note VARCHAR(20), b JSON)',
      `INSERT INTO docs VALUES ${rows.join(', ')}`,
    ],
    tables: ['docs'],
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query(`SET binlog_row_value_options = 'PARTIAL_JSON'`);
  await world.mysql.query(`UPDATE docs SET a = JSON_SET(a, '$.n', CONCAT('row ', id)), note = 'y'`);
  await world.mysql.query(
    `UPDATE docs SET a = JSON_REMOVE(a, '$.l[0]'), b = '{"k": 1}' WHERE id % 2 = 0`,
  );
  await world.mysql.query(
    `UPDATE docs SET b = JSON_SET(b, '$.k', NULL), a = NULL WHERE id % 4 = 0`,
  );
  await world.mysql.query(
    `UPDATE docs SET a = JSON_ARRAY_APPEND(a, '$.l', REPEAT('z', 70000)) WHERE id = 7`,
  );
  await world.caughtUp(runtime);
  await world.equal('docs');
  await world.stop(runtime);
});
