// Transforms through a whole task: base ⊕ log merged equals what MySQL gives for the same expressions.
import {createHmac} from 'node:crypto';
import test from 'ava';
import {World} from '../support/world.ts';

const setup = [
  `CREATE TABLE people (
     id INT PRIMARY KEY, phone VARCHAR(20), name VARCHAR(40) CHARACTER SET latin1, amount DECIMAL(10,2), n INT,
     born DATE, changed DATETIME(3), kind VARCHAR(10), secret BLOB)`,
  `INSERT INTO people VALUES
     (1, '13800001111', 'Zoë', 10.55, 3, '2000-02-29', '2024-01-31 10:00:00.5', 'a', 'x'),
     (2, NULL, NULL, NULL, NULL, NULL, NULL, 'test', 'y'),
     (3, '5', '', -1.05, -7, '1999-12-31', '2024-12-31 23:59:59.999', 'b', REPEAT('z', 300)),
     (4, '😀😀😀😀😀😀😀😀', 'x', 0, 5, '0000-00-00', NULL, NULL, NULL)`,
];
const key = 'a key of the test';

/** What the transforms of the test mean, in SQL; the hash is made by a function of its own. */
const expected = `CREATE TABLE expected (
    id INT PRIMARY KEY, phone TEXT, name TEXT, amount DECIMAL(12,1), n INT, born DATE, changed DATETIME(3), kind TEXT,
    secret BLOB, total DECIMAL(30,1), day DATE, size TEXT, op TEXT)
  SELECT id, CONCAT(LEFT(phone, 3), REPEAT('*', GREATEST(0, LEAST(CHAR_LENGTH(phone), 7) - 3)), SUBSTRING(phone, 8)) AS phone,
    CONVERT(name USING utf8mb4) AS name, CAST(amount AS DECIMAL(12,1)) AS amount, IFNULL(n, 0) AS n,
    NULLIF(born, '0000-00-00') AS born, changed, UPPER(kind) AS kind, secret,
    CAST(amount AS DECIMAL(12,1)) * IFNULL(n, 0) AS total, DATE(changed) AS day,
    IF(IFNULL(n, 0) > 2, 'big', NULL) AS size, 'x' AS op
  FROM people WHERE NOT (IFNULL(kind, '') = 'test')`;

const transforms = [
  {drop: "kind = 'test'"},
  {column: 'phone', mask: {from: 3, to: 6}},
  {column: 'name', hash: 'pii'},
  {column: 'amount', cast: 'DECIMAL(12,1)'},
  {column: 'n', default: '0'},
  {column: 'total', set: 'amount * n'},
  {column: 'day', set: 'DATE(changed)'},
  {script: 'script:e_if(op_gt(`n`, 2), e_set(`size`, "big"))'},
  {script: 'script:e_set(`kind`, str_upper(`kind`))'},
  {column: 'op', set: "CONCAT(LEFT(OPERATION(), 0), 'x')"},
];

async function expect(world: World): Promise<void> {
  await world.mysql.query("SET SESSION sql_mode = ''");
  await world.mysql.query('DROP TABLE IF EXISTS expected');
  await world.mysql.query(expected);
  const [rows] = await world.mysql.query('SELECT id, name FROM expected WHERE name IS NOT NULL');
  for (const {id, name} of rows as {id: number; name: string}[])
    await world.mysql.query('UPDATE expected SET name = ? WHERE id = ?', [
      createHmac('sha256', key).update(name).digest('hex'),
      id,
    ]);
  await world.equal('expected', 'people');
}

test('transformed rows merge to what MySQL gives, over updates, key changes, new columns and a restart', async t => {
  await using world = await World.open(t, {
    setup: ["SET SESSION sql_mode = ''", ...setup],
    tables: [{name: 'people', transforms}],
    settings: {hashKeys: {pii: key}},
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await expect(world);
  const {mysql} = world;
  await mysql.query("UPDATE people SET kind = 'b' WHERE id = 2");
  await mysql.query("UPDATE people SET kind = 'test' WHERE id = 3");
  await mysql.query("UPDATE people SET id = 10, phone = '0123456789', n = 2 WHERE id = 1");
  await mysql.query(
    "INSERT INTO people (id, phone, name, amount, n, kind) VALUES (20, 'abcdefgh', 'Ö', 99999999.99, 2147483647, 'é')",
  );
  await mysql.query('DELETE FROM people WHERE id = 4');
  await world.caughtUp(runtime);
  await expect(world);
  await world.stop(runtime);
  await mysql.query('UPDATE people SET n = n - 1');
  const second = world.start();
  await world.caughtUp(second);
  await expect(world);
  await world.stop(second);
});

test('a transformed table goes on with columns that are added, one of them between those it sets', async t => {
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE c (id INT PRIMARY KEY, a VARCHAR(20), n INT)',
      "INSERT INTO c VALUES (1, 'Ab', 1), (2, NULL, 2)",
    ],
    tables: [
      {
        name: 'c',
        columns: {rename: {a: 'letters'}, exclude: ['n']},
        transforms: [
          {column: 'a', set: 'LOWER(a)'},
          {column: 'twice', set: 'n * 2'},
        ],
      },
    ],
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query("UPDATE c SET a = 'ÉÉ' WHERE id = 2");
  await world.mysql.query('ALTER TABLE c ADD COLUMN x TEXT AFTER id, ADD COLUMN y INT');
  await world.mysql.query("INSERT INTO c VALUES (3, REPEAT('x', 600), 'ZZ', -5, 8)");
  await world.mysql.query('UPDATE c SET y = id, n = n + 1 WHERE id < 3');
  await world.caughtUp(runtime);
  await world.stop(runtime);
  await world.mysql.query('UPDATE c SET n = n + 1');
  const second = world.start();
  await world.caughtUp(second);
  await world.mysql.query(
    `CREATE TABLE expected (id INT PRIMARY KEY, letters TEXT, twice BIGINT, x TEXT, y INT)
     SELECT id, LOWER(a) AS letters, n * 2 AS twice, x, y FROM c`,
  );
  await world.equal('expected', 'c');
  await world.stop(second);
});

test('a transform of the key, of a column left out and with a key that is not given each stop the task with a place', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE c (id INT PRIMARY KEY, a VARCHAR(20))'],
  });
  const wrong: [table: object, code: string, path: string][] = [
    [{transforms: [{column: 'ID', set: 'id + 1'}]}, 'SYNC1107', 'transforms[0].set'],
    [
      {columns: {exclude: ['a']}, transforms: [{column: 'a', set: "'x'"}]},
      'SYNC1108',
      'transforms[0].set',
    ],
    [{transforms: [{column: 'a', hash: 'none'}]}, 'SYNC1109', 'transforms[0].hash'],
    [{transforms: [{drop: 'b = 1'}]}, 'SYNC1102', 'transforms[0].drop'],
  ];
  for (const [table, code, path] of wrong) {
    world.saveTask({
      objects: [{database: world.database.name, tables: [{name: 'c', ...table}]}],
    });
    const runtime = world.start();
    t.is(await runtime.exit, 2);
    t.true(runtime.output().includes(code), runtime.output());
    t.true(runtime.output().includes(`objects[0].tables[0].${path}`), runtime.output());
  }
});
