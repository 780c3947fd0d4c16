// Transactions that are undone, whole or to a savepoint, while tables without transactions and temporary tables are changed
// in them (rule C7). MySQL leaves what was undone out of its binlog; MariaDB writes it there, with the ROLLBACK behind it.
import test from 'ava';
import {startPrivateServer} from '../support/mysql.ts';
import {World} from '../support/world.ts';

const setup = [
  'CREATE TABLE a (id INT PRIMARY KEY, note VARCHAR(100))',
  'CREATE TABLE copied (id INT PRIMARY KEY)',
  'CREATE TABLE untied (id INT PRIMARY KEY) ENGINE=MyISAM',
  'CREATE TABLE other (id INT PRIMARY KEY)',
  'CREATE TRIGGER copies AFTER INSERT ON copied FOR EACH ROW REPLACE INTO untied VALUES (NEW.id)',
  "INSERT INTO a VALUES (1, 'loaded')",
  'INSERT INTO copied VALUES (1)',
];
/** Enough for several blocks of 4 MiB. */
const fill = (from: number) =>
  `INSERT INTO a WITH RECURSIVE n AS (SELECT ${from} AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${from + 99_999})
   SELECT i, REPEAT('long ', 19) FROM n`;

test('what MySQL undoes beside a table without transactions is in no log, in a transaction of several blocks too', async t => {
  const settings = {'gtid-mode': 'OFF', 'enforce-gtid-consistency': 'OFF'};
  const own = await startPrivateServer(t, settings);
  const tables = ['a', 'copied'];
  await using world = await World.open(t, {setup, tables, server: own.server, byPlace: true});
  const runtime = world.start();
  await world.until(runtime, 'following', status => status.state === 'following');
  for (const sql of [
    'SET SESSION cte_max_recursion_depth = 1000000',
    'BEGIN',
    "INSERT INTO a VALUES (2, 'undone')",
    'INSERT INTO copied VALUES (2)',
    'ROLLBACK',
    'BEGIN',
    "INSERT INTO a VALUES (3, 'kept')",
    'SAVEPOINT s',
    'INSERT INTO copied VALUES (3)',
    "INSERT INTO a VALUES (4, 'undone')",
    'CREATE TEMPORARY TABLE passing (i INT)',
    'ROLLBACK TO s',
    "INSERT INTO a VALUES (4, 'kept')",
    'COMMIT',
    'BEGIN',
    fill(1000),
    'SAVEPOINT s',
    'REPLACE INTO untied VALUES (9)',
    fill(500_000),
    'ROLLBACK TO s',
    'COMMIT',
    'BEGIN',
    fill(500_000),
    'REPLACE INTO untied VALUES (10)',
    'ROLLBACK',
  ])
    await world.mysql.query(sql);
  await world.caughtUp(runtime);
  t.is((await world.equal('a')).log, 100_002);
  t.is((await world.equal('copied')).rows, 1);
  await world.stop(runtime);
});

const mariadb = 'mariadb-10.11';

test('what MariaDB writes and undoes again is in no log', async t => {
  const own = await startPrivateServer(t, {}, mariadb);
  const tables = ['a', 'copied'];
  await using world = await World.open(t, {setup, tables, server: own.server, byPlace: true});
  const runtime = world.start();
  await world.until(runtime, 'following', status => status.state === 'following');
  for (const sql of [
    'BEGIN',
    "INSERT INTO a VALUES (2, 'undone')",
    'CREATE TEMPORARY TABLE passing (i INT)',
    'INSERT INTO copied VALUES (2)',
    'ROLLBACK',
    'BEGIN',
    "INSERT INTO a VALUES (3, 'kept')",
    'SAVEPOINT s',
    'INSERT INTO other VALUES (1)',
    'REPLACE INTO untied VALUES (3)',
    'ROLLBACK TO s',
    "INSERT INTO a VALUES (4, 'kept')",
    'COMMIT',
  ])
    await world.mysql.query(sql);
  await world.caughtUp(runtime);
  t.is((await world.equal('a')).log, 2);
  t.is((await world.equal('copied')).rows, 1);
  await world.stop(runtime);
});

for (const [what, statements] of [
  [
    'a rollback to a savepoint with rows behind it',
    [
      'BEGIN',
      "INSERT INTO a VALUES (3, 'kept')",
      'SAVEPOINT s',
      "INSERT INTO a VALUES (4, 'undone')",
      'CREATE TEMPORARY TABLE passing (i INT)',
      'ROLLBACK TO s',
      'COMMIT',
    ],
  ],
  [
    'a rollback of several blocks',
    ['BEGIN', fill(1000), 'CREATE TEMPORARY TABLE passing (i INT)', 'ROLLBACK'],
  ],
] as const)
  test(`C7: ${what} stops the task before anything of it is committed`, async t => {
    const own = await startPrivateServer(t, {}, mariadb);
    const tables = ['a'];
    await using world = await World.open(t, {setup, tables, server: own.server, byPlace: true});
    const runtime = world.start();
    await world.until(runtime, 'following', status => status.state === 'following');
    await world.mysql.query("INSERT INTO a VALUES (2, 'before')");
    await world.caughtUp(runtime);
    const before = await world.equal('a');
    await world.mysql.query('SET SESSION max_recursive_iterations = 1000000');
    for (const sql of statements) await world.mysql.query(sql);
    t.not(await runtime.exit, 0);
    t.regex(world.log() + runtime.output(), /SYNC5031/);
    const after = await world.equal('a', 'a', 'id < 3');
    t.is(after.log, before.log);
  });
