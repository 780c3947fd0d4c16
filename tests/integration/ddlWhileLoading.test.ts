// Schema changes while their table is being loaded (rules C14, C15): added columns wait for the base, anything else starts the
// load over with what the table is by then. And the order of columns after any ALTER, against MySQL's own.
import test from 'ava';
import {alterColumns, type ColumnChange} from '../../runtime/codec/alterColumns.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import {classifyStatement} from '../../runtime/source/ddl.ts';
import {createDatabase} from '../support/mysql.ts';
import {sendControl} from '../../runtime/task/control.ts';
import {connect, optionsOf} from '../support/source.ts';
import {World, type Runtime} from '../support/world.ts';

const columns = '(id INT PRIMARY KEY, a INT, v VARCHAR(200), d DATETIME)';
const rows = (table: string) =>
  `INSERT INTO ${table} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) SELECT i, i, REPEAT('x', 200), NOW() FROM n`;

const changes = [
  'ALTER TABLE t ADD COLUMN b INT, ADD COLUMN c VARCHAR(9) FIRST',
  'ALTER TABLE t DROP COLUMN v',
  'ALTER TABLE t MODIFY a BIGINT, RENAME COLUMN v TO w',
  'TRUNCATE TABLE t',
  'DROP TABLE t',
];

test('a table that is altered, emptied or dropped while it is loaded ends as the source has it', async t => {
  const tables = changes.map((_, i) => `t${i}`);
  await using world = await World.open(t, {
    setup: [
      'SET SESSION cte_max_recursion_depth = 10000',
      ...tables.flatMap(table => [`CREATE TABLE ${table} ${columns}`, rows(table)]),
    ],
    // Some seconds of load, so that every change falls into it.
    settings: {full: {workers: 1, throttle: {rowsPerSecond: 8000}}},
  });
  const runtime = world.start();
  await world.until(runtime, 'rows are loaded', status =>
    status.tables.some(table => table.rowsLoaded > 0),
  );
  for (const [i, sql] of changes.entries()) {
    await world.mysql.query(`UPDATE t${i} SET a = a + 1 WHERE id % 7 = 0`);
    await world.mysql.query(sql.replace(/\bt\b/, `t${i}`));
    if (!sql.startsWith('DROP'))
      await world.mysql.query(`INSERT INTO t${i} (id, a) VALUES (10000, 1), (10001, 2)`);
  }
  await world.caughtUp(runtime);
  for (const table of tables.slice(0, -1)) await world.equal(table);
  await world.stop(runtime);
});

const rowsOfU =
  'INSERT INTO u WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800) SELECT i FROM n';

/** Waits until a statement of the task that begins with `verb` waits for a table. */
async function waits(world: World, runtime: Runtime, verb: string): Promise<void> {
  await world.until(runtime, `${verb} waits for a table`, async () => {
    const [found] = await world.mysql.query(
      `SELECT 1 FROM information_schema.processlist WHERE state LIKE 'Waiting for table%' AND info LIKE ?`,
      [`${verb}%\`${world.database.name}\`.%`],
    );
    return (found as unknown[]).length > 0;
  });
}

/** Has `t` loaded again, and runs `statements` on it while that waits for the table with `verb`, behind many rows of `u`. */
async function changeWhile(
  world: World,
  runtime: Runtime,
  verb: string,
  statements: string[],
): Promise<void> {
  const writer = await world.database.connect();
  await writer.query('LOCK TABLES t WRITE, u WRITE');
  const tables = JSON.stringify([`${world.database.name}.t`]);
  await sendControl(world.stateDir, 'reload', {tables});
  await waits(world, runtime, verb);
  for (const sql of [rowsOfU, ...statements, 'UNLOCK TABLES']) await writer.query(sql);
}

test('a key that is altered before its chunks are planned makes the load start over', async t => {
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE t (id INT PRIMARY KEY, a INT)',
      'INSERT INTO t VALUES (1, 1), (2, 2)',
      'CREATE TABLE u (id INT PRIMARY KEY)',
    ],
    // The planner learns of the change before the follower, which has the rows of another table to read first.
    settings: {incremental: {commitSeconds: 0.5, throttle: {rowsPerSecond: 200}}},
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await changeWhile(world, runtime, 'SELECT', [
    'ALTER TABLE t MODIFY id VARCHAR(9)',
    "INSERT INTO t VALUES ('zz', 3), ('5', 4)",
  ]);
  await world.caughtUp(runtime);
  const {rows} = await world.equal('t');
  t.is(rows, 4);
  await world.stop(runtime);
});

test('a table without a key that is altered before its snapshot is opened loads with what it is then', async t => {
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE t (a MEDIUMINT UNSIGNED, v VARCHAR(9))',
      "INSERT INTO t VALUES (1, 'one'), (1, 'one')",
      'CREATE TABLE u (id INT PRIMARY KEY)',
    ],
    // The snapshot is opened before the follower comes to the change, which stands behind the rows of another table.
    settings: {incremental: {commitSeconds: 0.5, throttle: {rowsPerSecond: 200}}},
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await changeWhile(world, runtime, 'LOCK TABLES', [
    'ALTER TABLE t ADD COLUMN b INT, MODIFY a INT',
    // By the old columns this is a value that the target refuses.
    "INSERT INTO t VALUES (-2, 'two', 22)",
  ]);
  await world.until(runtime, 'the table is loaded', () => world.log().split('"t_base"').length > 2);
  await world.mysql.query('UPDATE t SET b = 1');
  await world.caughtUp(runtime);
  const {rows} = await world.equal('t');
  t.is(rows, 3);
  t.regex(world.log(), /"code":"SYNC2131"/);
  await world.stop(runtime);
});

test('columns stand after an ALTER where MySQL puts them', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE t (a INT, b INT, c INT, d INT, e INT)');
  const connection = await connect(t, optionsOf(database.server));
  const read = async () => {
    const objects = [{database: database.name, tables: ['t'], exclude: []}];
    return (await readCatalog(connection, objects))[0]!.columns;
  };
  for (const sql of [
    'ADD f INT FIRST, ADD g INT AFTER a, ADD h INT',
    'DROP a, ADD a BIGINT AFTER b',
    'MODIFY e BIGINT FIRST, CHANGE b z INT, ADD y INT AFTER z',
    'CHANGE c cc INT AFTER d, MODIFY d INT FIRST, DROP f',
    'RENAME COLUMN cc TO x, RENAME COLUMN z TO cc, ADD i INT AFTER cc',
    'ADD (j INT, k INT), MODIFY g INT AFTER x, MODIFY h SMALLINT AFTER g',
    'CHANGE x z INT, CHANGE z2 x2 INT',
    'CHANGE `x` `z` INT AFTER `a`, ADD COLUMN `l m` INT AFTER `z`, RENAME COLUMN k TO n',
  ]) {
    const before = await read();
    const {changes: parsed} = classifyStatement(`ALTER TABLE t ${sql}`, database.name, () => true);
    const after = alterColumns(before, parsed as ColumnChange[]);
    const done = await database.query(`ALTER TABLE t ${sql}`).then(
      () => true,
      () => false,
    );
    const expected = done ? (await read()).map(({name, columnType}) => [name, columnType]) : null;
    t.deepEqual(
      after?.map(({column}) => [column.name, column.columnType.toLowerCase()]) ?? null,
      expected,
      sql,
    );
  }
});
