// Schema changes as normal events (rules C13, C15, C16): after each the merged target equals the source row for row.
import test from 'ava';
import {World} from '../support/world.ts';

const columns =
  '(id INT PRIMARY KEY, a INT, b VARCHAR(20), c DECIMAL(10,2) NOT NULL DEFAULT 0, d DATETIME)';

/** A table for each scenario, in one task, and one that nothing happens to. */
function setupOf(scenarios: Record<string, string[]>): string[] {
  const tables = Object.keys(scenarios).flatMap((_, i) => [
    `CREATE TABLE t${i} ${columns}`,
    `INSERT INTO t${i} VALUES (1, 10, 'one', 1.5, '2020-01-01 00:00:01'), (2, 20, 'two', 2.5, NULL), (3, 30, NULL, 3.5, NULL)`,
  ]);
  return [
    ...tables,
    'CREATE TABLE beside (id INT PRIMARY KEY, v INT)',
    'INSERT INTO beside VALUES (1, 1)',
  ];
}

/** Runs the statements of each scenario on its table, row changes around them; those of all tables in turns. */
async function runAll(world: World, scenarios: Record<string, string[]>): Promise<void> {
  const left = Object.values(scenarios).map((statements, i) =>
    [`UPDATE t SET a = a + 1`, ...statements].map(sql =>
      sql.replaceAll(/\bt(_\w+)?\b/g, `t${i}$1`),
    ),
  );
  for (let round = 0; left.some(statements => statements.length > round); round++)
    for (const statements of left)
      if (statements[round] !== undefined) {
        await world.mysql.query(statements[round]!);
        await world.mysql.query('UPDATE beside SET v = v + 1');
      }
}

const alters: Record<string, string[]> = {
  'columns added first, after another and last, with attributes': [
    'ALTER TABLE t ADD COLUMN x INT FIRST, ADD COLUMN y VARCHAR(9) AFTER a, ADD z JSON',
    `UPDATE t SET x = id, y = 'y', z = '{"k":1}'`,
    'INSERT INTO t (id, x, y) VALUES (4, 4, NULL)',
    'ALTER TABLE t ADD COLUMN (p BIGINT UNSIGNED INVISIBLE, q TIMESTAMP(3) NULL), ALGORITHM=INSTANT',
    "UPDATE t SET p = 18446744073709551615, q = '2021-02-03 04:05:06.789' WHERE id < 3",
  ],
  'columns dropped, and added again as something else': [
    'ALTER TABLE t DROP COLUMN b, ALGORITHM=INSTANT',
    "INSERT INTO t VALUES (5, 50, 5.5, '2020-01-01')",
    'ALTER TABLE t ADD COLUMN b BIGINT AFTER id, DROP COLUMN d',
    'UPDATE t SET b = id * 1000',
    'INSERT INTO t VALUES (6, 6000, 60, 6.5)',
    'ALTER TABLE t DROP COLUMN b',
    'ALTER TABLE t ADD COLUMN b VARCHAR(5)',
    "UPDATE t SET b = 'again' WHERE id = 6",
  ],
  'columns renamed, moved and renamed in a circle': [
    'ALTER TABLE t RENAME COLUMN a TO amount, ALGORITHM=INPLACE',
    'UPDATE t SET amount = amount + 1 WHERE id = 1',
    'ALTER TABLE t CHANGE b note VARCHAR(20) FIRST, MODIFY id INT AFTER note',
    "INSERT INTO t (id, note) VALUES (7, 'seven')",
    'ALTER TABLE t RENAME COLUMN amount TO d, RENAME COLUMN d TO amount',
    "UPDATE t SET d = 5, amount = '2022-02-02' WHERE id = 7",
  ],
  'types that become wider': [
    'ALTER TABLE t MODIFY a BIGINT, MODIFY b TEXT, MODIFY c DECIMAL(20,2) NOT NULL, MODIFY d DATETIME(6)',
    "UPDATE t SET a = 9007199254740993, c = 123456789012345678.91, d = '2020-01-01 00:00:00.123456' WHERE id = 2",
    "INSERT INTO t VALUES (8, -9223372036854775808, REPEAT('x', 3000), 0, NULL)",
    'ALTER TABLE t MODIFY id BIGINT',
    'INSERT INTO t VALUES (9223372036854775807, 1, NULL, 0, NULL)',
  ],
  'several clauses, indexes, comments and options in one statement': [
    "ALTER TABLE t ADD INDEX i (aa), ADD COLUMN e ENUM('x','y'), DROP COLUMN d, RENAME COLUMN a TO aa, COMMENT 'new', ALGORITHM=COPY",
    "INSERT INTO t VALUES (10, 1, 'b', 2, 'y')",
    "ALTER TABLE t MODIFY e ENUM('z','y','x'), ENGINE=InnoDB, DROP INDEX i",
    "UPDATE t SET e = 'z' WHERE id = 1",
    'ALTER TABLE t ADD UNIQUE u (e, id), ALTER COLUMN aa SET DEFAULT 7, FORCE',
    "UPDATE t SET e = 'x' WHERE id = 2",
  ],
};

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
