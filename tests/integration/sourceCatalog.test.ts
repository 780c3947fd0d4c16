// The catalog of real tables: names, types, defaults, keys.
import test from 'ava';
import {withCharset} from '../../runtime/source/addedCharset.ts';
import {readCatalog, type ObjectSelection} from '../../runtime/source/catalog.ts';
import {createDatabase, type TestDatabase} from '../support/mysql.ts';
import {connect, syncOptionsOf} from '../support/source.ts';
import type {ExecutionContext} from 'ava';

async function catalogOf(
  t: ExecutionContext,
  database: TestDatabase,
  tables: ObjectSelection['tables'] = ['*'],
  exclude: string[] = [],
) {
  const connection = await connect(t, syncOptionsOf(database.server));
  return readCatalog(connection, [{database: database.name, tables, exclude}]);
}

test('columns come in the order of the row image with all that decides their bytes', async t => {
  const database = await createDatabase(t);
  await database.query(`CREATE TABLE c (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY COMMENT 'the key',
    d DECIMAL(12,3) NOT NULL DEFAULT 1.5,
    v VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'it''s',
    e ENUM('a','b,c','it''s') CHARACTER SET utf8mb4,
    s SET('x','y'),
    b VARBINARY(9), bi BIT(17), ts TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3),
    g POINT SRID 4326, j JSON DEFAULT (JSON_ARRAY()),
    gv INT AS (d + 1) VIRTUAL, gs INT AS (d + 2) STORED,
    inv INT INVISIBLE,
    INDEX fn ((UPPER(v))))`);
  const [table] = await catalogOf(t, database);
  t.is(table!.engine, 'InnoDB');
  t.deepEqual(table!.key, {name: 'PRIMARY', columns: ['id']});
  const columns = table!.columns;
  t.deepEqual(
    columns.map(column => column.name),
    ['id', 'd', 'v', 'e', 's', 'b', 'bi', 'ts', 'g', 'j', 'gv', 'gs', 'inv'],
  );
  const like = (name: string, expected: object) =>
    t.like(
      columns.find(column => column.name === name),
      expected as Record<string, never>,
      name,
    );
  like('id', {
    dataType: 'bigint',
    unsigned: true,
    autoIncrement: true,
    nullable: false,
    comment: 'the key',
  });
  like('d', {precision: 12, scale: 3, defaultText: '1.500', nullable: false});
  like('v', {charset: 'latin1', collation: 'latin1_bin', lengthMax: 20, defaultText: "it's"});
  like('e', {labels: ['a', 'b,c', "it's"], charset: 'utf8mb4'});
  like('s', {dataType: 'set', labels: ['x', 'y']});
  like('b', {charset: null, lengthMax: 9});
  like('bi', {dataType: 'bit', precision: 17});
  like('ts', {fractionDigits: 3, defaultText: null, defaultExpression: 'CURRENT_TIMESTAMP(3)'});
  like('g', {dataType: 'point', srid: 4326});
  like('j', {
    dataType: 'json',
    charset: null,
    defaultText: null,
    defaultExpression: 'json_array()',
  });
  like('gv', {generated: 'virtual'});
  like('gs', {generated: 'stored'});
  like('inv', {invisible: true, generated: 'none'});
});

test('odd names come as they are', async t => {
  const database = await createDatabase(t);
  const names = [
    'with space',
    'quo`te',
    'double"quote',
    "single'quote",
    'été',
    'a.b',
    'select',
    'UPPER',
    'upper',
    '100%',
    'emoji-free-日本',
  ];
  for (const name of names)
    await database.query(
      `CREATE TABLE \`${name.replaceAll('`', '``')}\` (\`${name.replaceAll('`', '``')}\` INT PRIMARY KEY)`,
    );
  const tables = await catalogOf(t, database);
  t.deepEqual(tables.map(table => table.name).toSorted(), names.toSorted());
  for (const table of tables) t.deepEqual(table.key?.columns, [table.name]);
});

test('the key is the primary one, else the shortest unique index without NULL', async t => {
  const database = await createDatabase(t);
  const keyOf = async (definition: string) => {
    await database.query(`CREATE TABLE k (${definition})`);
    const [table] = await catalogOf(t, database);
    await database.query('DROP TABLE k');
    return table!.key === null ? null : [table!.key.name, ...table!.key.columns];
  };
  t.deepEqual(await keyOf('a INT, b INT, PRIMARY KEY (b, a), UNIQUE u (a)'), ['PRIMARY', 'b', 'a']);
  t.deepEqual(await keyOf('a INT NOT NULL, b INT NOT NULL, UNIQUE z (a), UNIQUE y (a, b)'), [
    'z',
    'a',
  ]);
  t.deepEqual(await keyOf('a INT NOT NULL, b INT NOT NULL, UNIQUE z (a), UNIQUE y (b)'), [
    'y',
    'b',
  ]);
  t.deepEqual(
    await keyOf(
      'a TEXT NOT NULL, b INT NOT NULL, c INT NOT NULL, UNIQUE p (a(4)), UNIQUE w (b, c)',
    ),
    ['w', 'b', 'c'],
  );
  t.deepEqual(await keyOf('a TEXT NOT NULL, UNIQUE p (a(4))'), ['p', 'a']);
  t.is(await keyOf('a INT UNIQUE, b INT NOT NULL, INDEX (b)'), null);
  t.is(await keyOf('a INT NOT NULL, b INT, UNIQUE (a, b)'), null);
  t.is(await keyOf('a INT NOT NULL, UNIQUE ((a + 1))'), null);
  t.is(await keyOf('a INT'), null);
});

test('generated invisible primary keys are seen although the server hides them', async t => {
  const database = await createDatabase(t);
  await database.query('SET SESSION sql_generate_invisible_primary_key = ON');
  await database.query('CREATE TABLE k (a INT)');
  const [table] = await catalogOf(t, database);
  t.deepEqual(table!.key, {name: 'PRIMARY', columns: ['my_row_id']});
  t.deepEqual(
    table!.columns.map(column => column.name),
    ['my_row_id', 'a'],
  );
});

test('names and patterns select base tables; views, excluded and foreign ones are not among them', async t => {
  const database = await createDatabase(t);
  for (const name of ['a', 'log_1', 'log_2', 'log_x', '_a_gho', 'skipped'])
    await database.query(`CREATE TABLE ${name} (id INT PRIMARY KEY)`);
  await database.query('CREATE VIEW v AS SELECT * FROM a');
  const names = async (
    ...selection: Parameters<typeof catalogOf> extends [any, any, ...infer R] ? R : never
  ) => (await catalogOf(t, database, ...selection)).map(table => table.name);
  t.deepEqual(await names(['*'], ['skip*']), ['a', 'log_1', 'log_2', 'log_x']);
  t.deepEqual(await names(['/^log_\\d$/', {name: 'a'}]), ['a', 'log_1', 'log_2']);
  t.deepEqual(await names(['_a_gho']), ['_a_gho']);
  t.deepEqual(await names(['v', 'nothing']), []);
});

test('the server’s estimates of rows and bytes are told', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY, v TEXT)');
  await database.query("INSERT INTO a VALUES (1, REPEAT('x', 60000)), (2, REPEAT('x', 60000))");
  await database.query('ANALYZE TABLE a');
  const connection = await connect(t, syncOptionsOf(database.server));
  await connection.query('SET SESSION information_schema_stats_expiry = 0');
  const [table] = await readCatalog(connection, [
    {database: database.name, tables: ['a'], exclude: []},
  ]);
  t.is(table!.rowsEstimated, 2);
  t.true(table!.bytesEstimated > 0);
});

test('the character set of an added column is asked for, and one that nobody knows any more is told', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE notes (id INT PRIMARY KEY, note TEXT) CHARACTER SET latin1');
  const connection = await connect(t, syncOptionsOf(database.server));
  const [table] = await readCatalog(connection, [
    {database: database.name, tables: ['notes'], exclude: []},
  ]);
  const added = {...table!.columns[1]!, name: 'added', charset: null, collation: null};
  const found = await withCharset(connection, database.name, 'notes', added);
  t.is(found.charset, 'latin1');
  await t.throwsAsync(withCharset(connection, database.name, 'gone', added), {code: 'SYNC2116'});
});
