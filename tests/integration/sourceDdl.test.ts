// Statements as a real server writes them to its binlog, and what they mean to followed tables.
import test, {type ExecutionContext} from 'ava';
import {eventType, parseQueryEvent} from '../../runtime/codec/binlogEvent.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import {classifyStatement, type Statement} from '../../runtime/source/ddl.ts';
import {readStartPosition} from '../../runtime/source/server.ts';
import {createDatabase, startPrivateServer, type TestDatabase} from '../support/mysql.ts';
import {connect, optionsOf, signalOf} from '../support/source.ts';

/** Runs `statements` and classifies every Query event they leave; `d.followed` is followed. */
async function classifyAll(
  t: ExecutionContext,
  database: TestDatabase,
  statements: string[],
): Promise<Array<{sql: string; statement: Statement}>> {
  const options = optionsOf(database.server);
  const position = await readStartPosition(await connect(t, options));
  for (const sql of statements) await database.query(sql);
  await using stream = await BinlogStream.open(options, {
    position,
    serverId: 0,
    heartbeatSeconds: 5,
    signal: signalOf(t),
    nonBlocking: true,
  });
  const isSelected = (name: string, table: string | null) =>
    name === database.name && (table === null || table === 'followed');
  const found: Array<{sql: string; statement: Statement}> = [];
  await stream.run(event => {
    if (event.type !== eventType.query) return;
    const {sql, database: inDatabase, sqlMode} = parseQueryEvent(event.input, event.at, event.end);
    const statement = classifyStatement(sql, inDatabase, isSelected, sqlMode, () => 'PRIMARY');
    found.push({sql, statement});
  });
  return found;
}

const kinds = (found: Array<{statement: Statement}>) => found.map(({statement}) => statement.kind);

async function followed(t: ExecutionContext): Promise<TestDatabase> {
  const own = await startPrivateServer(t);
  const database = await createDatabase(t, own.server);
  await database.query('CREATE TABLE followed (id INT PRIMARY KEY, v VARCHAR(20), INDEX i (v))');
  return database;
}

test('what a busy server does beside the followed tables stops nothing', async t => {
  const database = await followed(t);
  const found = await classifyAll(t, database, [
    'CREATE TABLE other (id INT PRIMARY KEY, v INT)',
    'INSERT INTO other VALUES (1, 1)',
    'ALTER TABLE other ADD COLUMN w INT DEFAULT 5, DROP COLUMN v',
    'CREATE TABLE filled AS SELECT * FROM other',
    'CREATE TABLE twin LIKE followed',
    'RENAME TABLE other TO other2',
    'TRUNCATE TABLE other2',
    'DROP TABLE other2, twin',
    'CREATE VIEW v AS SELECT * FROM followed',
    'CREATE TRIGGER tr AFTER INSERT ON filled FOR EACH ROW SET @x = 1',
    'CREATE PROCEDURE p() BEGIN UPDATE followed SET v = 1; END',
    "CREATE USER ddl_user IDENTIFIED BY 'x'",
    'GRANT SELECT ON *.* TO ddl_user',
    'DROP USER ddl_user',
    'ANALYZE TABLE followed',
    'OPTIMIZE TABLE followed',
    'CREATE INDEX j ON followed (v, id)',
    'DROP INDEX j ON followed',
    "ALTER TABLE followed COMMENT 'x'",
    'CREATE TABLE my (id INT) ENGINE=MyISAM',
    'INSERT INTO my VALUES (1)',
    'CREATE DATABASE IF NOT EXISTS another_database',
    'CREATE TABLE another_database.followed (id INT)',
    'DROP DATABASE another_database',
    'CREATE TEMPORARY TABLE followed_too (id INT)',
    'DROP TEMPORARY TABLE followed_too',
    'FLUSH TABLES',
  ]);
  for (const {sql, statement} of found)
    t.regex(statement.kind, /^(begin|commit|harmless)$/, `${sql}: ${statement.reason}`);
  // The table is created inside the transaction that fills it: that statement must not end it.
  const create = found.findIndex(({sql}) => sql.includes('`filled`'));
  t.deepEqual(kinds(found).slice(create - 1, create + 1), ['begin', 'begin']);
});

test('every change of rows, keys or names of a followed table is seen as such', async t => {
  for (const [sql, reason] of [
    ['ALTER TABLE followed CONVERT TO CHARACTER SET latin1', /character set/],
    ['ALTER TABLE followed DROP PRIMARY KEY', /primary key/],
    ['TRUNCATE TABLE followed', /truncated/],
    ['RENAME TABLE followed TO elsewhere', /renamed/],
    ['DROP TABLE followed', /dropped/],
    ['ALTER TABLE followed ADD COLUMN c DATETIME DEFAULT CURRENT_TIMESTAMP', /not a constant/],
  ] as const) {
    const database = await createDatabase(t);
    await database.query('CREATE TABLE followed (id INT PRIMARY KEY, v VARCHAR(20))');
    const mine = (await classifyAll(t, database, [sql])).filter(
      ({statement}) => statement.kind === 'reload',
    );
    t.is(mine.length, 1, sql);
    t.regex(mine[0]!.statement.reason, reason);
    t.like(mine[0]!.statement.tables[0], {database: database.name, name: 'followed'});
  }
});

test('a dropped database is seen to take its followed tables along', async t => {
  const database = await followed(t);
  const found = await classifyAll(t, database, [`DROP DATABASE \`${database.name}\``]);
  t.deepEqual(kinds(found), ['reload']);
  t.deepEqual(found[0]!.statement.tables, [{database: database.name, name: '*'}]);
});

test('XA transactions are seen from their first statement', async t => {
  const database = await followed(t);
  const found = await classifyAll(t, database, [
    "XA START 'x'",
    "INSERT INTO followed VALUES (1, 'x')",
    "XA END 'x'",
    "XA PREPARE 'x'",
    "XA COMMIT 'x'",
  ]);
  t.deepEqual(kinds(found), ['xa', 'xa', 'xa']);
});

test('an added column is what the catalog tells of it afterwards', async t => {
  const database = await followed(t);
  const definitions = [
    'a INT',
    'b BIGINT UNSIGNED NOT NULL DEFAULT 18446744073709551615',
    'c DECIMAL(20,4) DEFAULT -1.5000',
    "d VARCHAR(30) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s' COMMENT 'x'",
    "e ENUM('a','b,c') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'b,c'",
    'f DATETIME(6) NULL',
    "g TIMESTAMP(3) NULL DEFAULT '2020-01-02 03:04:05.600'",
    'h VARBINARY(16)',
    'i JSON',
    'j BIT(17)',
    'k TIME(2)',
    'l YEAR DEFAULT 2020',
    'm TINYINT(1) DEFAULT 0 INVISIBLE',
    'n POINT NULL SRID 4326',
    'o DOUBLE DEFAULT 0.5',
    'p MEDIUMINT UNSIGNED',
    'q BINARY(3)',
    'r CHAR(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
  ];
  const found = await classifyAll(t, database, [
    `ALTER TABLE followed ${definitions.map(definition => `ADD COLUMN ${definition}`).join(', ')}`,
    'ALTER TABLE followed ADD COLUMN first_one INT FIRST, ADD COLUMN after_id INT AFTER id',
  ]);
  t.deepEqual(kinds(found), ['alter', 'alter']);
  const connection = await connect(t, optionsOf(database.server));
  const [table] = await readCatalog(connection, [
    {database: database.name, tables: ['followed'], exclude: []},
  ]);
  t.deepEqual(
    table!.columns.slice(0, 3).map(column => column.name),
    ['first_one', 'id', 'after_id'],
  );
  const added = found.flatMap(({statement}) =>
    statement.changes.flatMap(change => (change.what === 'add' ? [change] : [])),
  );
  t.deepEqual(
    added.slice(-2).map(({place}) => place),
    ['first', {after: 'id'}],
  );
  for (const {column} of added) {
    const {columnType: _type, collation, lengthMax: _length, ...rest} = column;
    const told = table!.columns.find(candidate => candidate.name === column.name)!;
    t.like(told, {...rest}, column.name);
    if (collation !== null) t.is(told.collation, collation);
  }
});
