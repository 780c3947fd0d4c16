// Schema changes as normal events (rules C13, C15, C16): after each the merged target equals the source row for row.
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test from 'ava';
import {alters, runAll, setupOf} from '../support/alters.ts';
import {World} from '../support/world.ts';

const reloads: Record<string, string[]> = {
  'a table that is truncated': ['TRUNCATE TABLE t', "INSERT INTO t VALUES (1, 1, 'new', 1, NULL)"],
  'a table that is dropped and created again as another': [
    'DROP TABLE t',
    'CREATE TABLE t (other VARCHAR(9) PRIMARY KEY, v JSON)',
    `INSERT INTO t VALUES ('k', '[1]')`,
  ],
  'tables that swap their names': [
    'CREATE TABLE t_new LIKE t',
    "INSERT INTO t_new VALUES (1, 1, 'only this', 1, NULL)",
    'RENAME TABLE t TO t_old, t_new TO t',
    'UPDATE t SET a = 2',
  ],
  'partitions that are dropped, truncated and exchanged': [
    'ALTER TABLE t PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (2), PARTITION p1 VALUES LESS THAN (3), PARTITION p2 VALUES LESS THAN MAXVALUE)',
    "INSERT INTO t VALUES (4, 4, '4', 4, NULL)",
    'ALTER TABLE t TRUNCATE PARTITION p0',
    'ALTER TABLE t DROP PARTITION p1',
    'UPDATE t SET a = 0',
  ],
  'values that change with their type': [
    'ALTER TABLE t MODIFY c DECIMAL(10,1) NOT NULL',
    "UPDATE t SET b = 'x' WHERE id = 1",
    'ALTER TABLE t MODIFY a VARCHAR(30), CONVERT TO CHARACTER SET latin1',
    "INSERT INTO t VALUES (4, 'text', 'é', 1, NULL)",
  ],
  'columns whose values only the source knows': [
    'ALTER TABLE t ADD COLUMN s INT AS (a * 2) STORED, ADD COLUMN v INT AS (a * 3)',
    'UPDATE t SET a = 7 WHERE id = 1',
    'ALTER TABLE t ADD COLUMN w DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)',
    'INSERT INTO t (id, a) VALUES (4, 1)',
  ],
  'another key': [
    'ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, c)',
    "INSERT INTO t VALUES (1, 1, 'same id', 99, NULL)",
  ],
};

test('C15: changes of columns are followed in place, in base and log', async t => {
  await using world = await World.open(t, {setup: setupOf(alters)});
  const runtime = world.start();
  await world.caughtUp(runtime);
  await runAll(world, alters);
  await world.caughtUp(runtime);
  for (const [i, title] of Object.keys(alters).entries()) t.log(title, await world.equal(`t${i}`));
  await world.equal('beside');
  t.notRegex(world.log(), /loads anew/);
  await world.stop(runtime);
});

test('C16: tables whose rows change without row events load anew while the others stream on', async t => {
  await using world = await World.open(t, {setup: setupOf(reloads)});
  const runtime = world.start();
  await world.caughtUp(runtime);
  await runAll(world, reloads);
  await world.caughtUp(runtime);
  for (const [i, title] of Object.keys(reloads).entries()) t.log(title, await world.equal(`t${i}`));
  const {base} = await world.equal('beside');
  t.is(base, 1, 'the other table was not loaded again');
  t.regex(world.log(), /TRUNCATE TABLE t0[^\n]*loads anew as a new generation/);
  await world.stop(runtime);
});

test('C15: stream writes go on with every new shape of their table', async t => {
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE t (id INT PRIMARY KEY, a INT, v VARCHAR(20))',
      "INSERT INTO t VALUES (1, 1, 'one')",
    ],
    settings: {incremental: {delivery: 'low-latency'}},
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query('INSERT INTO t VALUES (2, 2, NULL)');
  await world.mysql.query('ALTER TABLE t RENAME COLUMN a TO b, MODIFY v TEXT');
  await world.mysql.query('INSERT INTO t VALUES (3, 3, NULL)');
  await world.mysql.query('ALTER TABLE t MODIFY b BIGINT');
  await world.mysql.query('INSERT INTO t VALUES (4, 9007199254740993, NULL)');
  await world.mysql.query('ALTER TABLE t DROP COLUMN v');
  await world.mysql.query('INSERT INTO t VALUES (5, 5)');
  await world.mysql.query('TRUNCATE t');
  await world.mysql.query('INSERT INTO t VALUES (6, 6)');
  await world.caughtUp(runtime);
  await world.equal('t');
  await world.mysql.query('INSERT INTO t VALUES (7, 7)');
  await world.mysql.query('ALTER TABLE t RENAME COLUMN b TO a');
  await world.mysql.query('UPDATE t SET a = 8');
  await world.caughtUp(runtime);
  await world.equal('t');
  await world.stop(runtime);
});

test('C11, C15: record ids of stream writes go on behind a schema change, kills right after it included', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a INT)'],
    settings: {incremental: {delivery: 'low-latency'}},
  });
  let runtime = world.start();
  await world.caughtUp(runtime);
  for (let round = 0; round < 3; round++) {
    const five = `INSERT INTO t (a) VALUES ${Array(5).fill(`(${round})`).join(', ')}`;
    await world.mysql.query(five);
    await world.mysql.query(`ALTER TABLE t ADD COLUMN c${round} INT`);
    await world.until(runtime, 'the change is stored', () => {
      using ledger = new DatabaseSync(join(world.stateDir, 'ledger.db'), {readOnly: true});
      const {plan} = ledger.prepare('SELECT plan FROM tables').get() as {plan: string};
      return plan.includes(`"c${round}"`);
    });
    await world.kill(runtime);
    await world.mysql.query(five);
    runtime = world.start();
    await world.caughtUp(runtime);
    const {rows} = await world.equal('t');
    t.is(rows, 10 * (round + 1));
  }
  await world.stop(runtime);
});
