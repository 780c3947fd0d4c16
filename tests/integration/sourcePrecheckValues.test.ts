// Prechecks of values, keys, clocks and proxies, on a real server.
import test, {type ExecutionContext} from 'ava';
import {planTable} from '../../runtime/codec/planTable.ts';
import type {TablePlan} from '../../runtime/codec/plan.ts';
import type {Finding} from '../../runtime/base/errors.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import {precheckSource} from '../../runtime/source/precheck.ts';
import {precheckInvisible, precheckLoad} from '../../runtime/source/precheckLoad.ts';
import {precheckValues} from '../../runtime/source/precheckValues.ts';
import {readServerFacts, type ServerFacts} from '../../runtime/source/server.ts';
import {parseTask} from '../../runtime/spec/parse.ts';
import {createDatabase, startPrivateServer, type TestDatabase} from '../support/mysql.ts';
import {connect, optionsOf} from '../support/source.ts';
import {minimalTask} from '../support/taskInput.ts';

const policies = {zeroDate: 'null', overLong: 'stop', invalidText: 'stop'} as const;

function planned(source: TablePlan['source'], changes: Record<string, object> = {}): TablePlan {
  const own = Object.fromEntries(
    Object.entries(changes).map(([name, change]) => [name, {...policies, ...change}]),
  );
  return planTable(source, {
    types: 'v2',
    targetName: null,
    columns: {include: null, exclude: [], rename: {}, types: {}, policies: own},
    naming: {additionalColumns: 'new', case: 'default'},
    log: {partitionBy: ['day'], timeZone: 'UTC', lifecycleDays: null},
  });
}

async function world(t: ExecutionContext, database: TestDatabase) {
  const connection = await connect(t, optionsOf(database.server));
  const {task} = parseTask({
    ...minimalTask(),
    objects: [{database: database.name, tables: ['*']}],
  });
  const tables = await readCatalog(connection, task!.objects);
  return {connection, task: task!, tables, facts: await readServerFacts(connection)};
}

const short = (found: Finding[]) =>
  found.map(f => `${f.severity} ${f.id} ${f.code} ${f.observed}`).toSorted();

test('a sample names columns with zero dates, over-long values and malformed text', async t => {
  const database = await createDatabase(t);
  const admin = await database.connect();
  await admin.query("SET sql_mode = ''");
  await admin.query(
    'CREATE TABLE v (id INT PRIMARY KEY, d DATE, ts DATETIME, l LONGTEXT, ok VARCHAR(9), s VARBINARY(9))',
  );
  await admin.query(
    "INSERT INTO v VALUES (1, '2020-00-10', '0000-00-00', REPEAT('x', 8388609), 'é', X'FF'), (2, '2020-01-01', NULL, 'y', 'ü', X'C3')",
  );
  const {connection, tables} = await world(t, database);
  const found = await precheckValues(connection, [planned(tables[0]!)]);
  t.deepEqual(short(found), [
    'error P25 SYNC2328 1 values',
    'warning P25 SYNC2328 1 values',
    'warning P25 SYNC2328 1 values',
  ]);
  t.deepEqual(found.map(f => f.object?.split('.')[2]).toSorted(), ['d', 'l', 'ts']);
  const stopping = await precheckValues(connection, [
    planned(tables[0]!, {d: {zeroDate: 'stop'}, l: {overLong: 'truncate'}}),
  ]);
  t.deepEqual(stopping.map(f => `${f.severity} ${f.object?.split('.')[2]}`).toSorted(), [
    'error d',
    'warning l',
    'warning ts',
  ]);
  t.deepEqual(await precheckValues(connection, []), []);
  // This server lets no malformed text into a text column, so bytes play one: as an old or copied data file would.
  const base = planned(tables[0]!);
  const played = base.columns
    .filter(column => column.source.name === 's')
    .map(column => ({...column, source: {...column.source, charset: 'utf8mb4'}}));
  const [malformed] = await precheckValues(connection, [{...base, columns: played}]);
  t.is(malformed?.observed, '2 values');
  t.regex(malformed!.cause, /invalid text/);
});

test('a load that outlasts the binlog, and large tables that are cut badly, are told', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE f (x DOUBLE PRIMARY KEY)');
  await database.query('CREATE TABLE u (a INT NOT NULL, UNIQUE only_one (a))');
  await database.query('CREATE TABLE good (id INT PRIMARY KEY)');
  const {tables, task, facts} = await world(t, database);
  const large = tables.map(table => ({
    ...table,
    rowsEstimated: 2_000_000,
    bytesEstimated: 900 * 1024 ** 2,
  }));
  const withWorkers = {...task, full: {...task.full, workers: 4}};
  const check = (changes: Partial<ServerFacts>, of = large) =>
    short(precheckLoad('db:3306', {...facts, ...changes}, of, withWorkers));
  t.deepEqual(check({expireSeconds: 0}), [
    'warning P21 SYNC2325 double',
    'warning P21 SYNC2326 only_one',
  ]);
  t.true(check({expireSeconds: 100}).includes('warning P11 SYNC2323 100 s'));
  t.true(check({expireSeconds: 30}).includes('error P11 SYNC2323 30 s'));
  t.deepEqual(check({expireSeconds: 30}, tables), []);
  const huge = large.map(table => ({...table, bytesEstimated: 2 * 1024 ** 3}));
  t.true(check({expireSeconds: 0}, huge).includes('error P21 SYNC2325 double'));
});

test('invisible columns and generated keys are named', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE i (id INT PRIMARY KEY, hidden INT INVISIBLE, shown INT)');
  const {tables} = await world(t, database);
  t.deepEqual(short(precheckInvisible(tables)), ['warning P23 SYNC2327 hidden']);
});

test('a proxy, a wrong clock, a zone of several meanings and an unordered replica are told', async t => {
  const own = await startPrivateServer(t, {
    'binlog-checksum': 'NONE',
    'replica-preserve-commit-order': 'OFF',
    'replica-parallel-workers': '4',
  });
  const database = await createDatabase(t, own.server);
  await database.query('CREATE TABLE d (id INT PRIMARY KEY, at DATETIME)');
  await database.query("CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1");
  const {connection, tables, task, facts} = await world(t, database);
  await connection.query('SET timestamp = UNIX_TIMESTAMP() + 100');
  const foreign = {
    ...facts,
    versionComment: 'Version: 17.0.0-SNAPSHOT (Vitess)',
    timeZone: 'SYSTEM',
    systemTimeZone: 'CST',
  };
  const found = await precheckSource(connection, foreign, tables, {task, serverId: null});
  const told = short(found).filter(line => /P09|P14|P28|P31|P33/.test(line));
  t.deepEqual(
    told.map(line => line.slice(0, line.lastIndexOf('SYNC') + 8)),
    [
      'error P31 SYNC2330',
      'warning P09 SYNC2322',
      'warning P14 SYNC2324',
      'warning P28 SYNC2329',
      'warning P33 SYNC2331',
    ],
  );
  await connection.query('SET timestamp = DEFAULT');
  // Statements that findings give are right: run as they stand.
  for (const {fix, id} of found.filter(f => ['P09', 'P28'].includes(f.id!)))
    await t.notThrowsAsync(connection.query(/^(SET PERSIST [^;]*);/.exec(fix)![1]!), id!);
  const after = await precheckSource(connection, await readServerFacts(connection), tables, {
    task,
    serverId: null,
  });
  t.deepEqual(
    short(after).filter(line => /P09|P28|P31|P33/.test(line)),
    [],
  );
});
