// Prechecks against real servers whose settings, tables and rights are really wrong.
import test, {type ExecutionContext} from 'ava';
import type {Finding} from '../../runtime/base/errors.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import type {SourceOptions} from '../../runtime/source/connection.ts';
import {precheckSource} from '../../runtime/source/precheck.ts';
import {readServerFacts} from '../../runtime/source/server.ts';
import {parseTask} from '../../runtime/spec/parse.ts';
import type {Task} from '../../runtime/spec/task.ts';
import {
  connectTo,
  createDatabase,
  startPrivateServer,
  type TestDatabase,
} from '../support/mysql.ts';
import {connect, optionsOf, syncOptionsOf} from '../support/source.ts';

function taskOf(database: string, tables: unknown[], changes: Record<string, unknown> = {}): Task {
  const {task, findings} = parseTask({
    name: 'precheck',
    source: {host: '127.0.0.1', user: 'x'},
    target: {endpoint: 'http://127.0.0.1:1/api', project: 'local', accessKeyId: 'k'},
    targetAccessKeySecret: 's',
    objects: [{database, tables}],
    ...changes,
  });
  if (task === null) throw new Error(JSON.stringify(findings));
  return task;
}

async function check(
  t: ExecutionContext,
  options: SourceOptions,
  task: Task,
  changes: Partial<Awaited<ReturnType<typeof readServerFacts>>> = {},
): Promise<Finding[]> {
  const connection = await connect(t, options);
  const facts = {...(await readServerFacts(connection)), ...changes};
  const tables = await readCatalog(connection, task.objects);
  const {serverId} = task.source;
  return precheckSource(connection, facts, tables, {task, serverId});
}

const short = (findings: Finding[]) =>
  findings
    .map(f => `${f.severity} ${f.id} ${f.code}${f.object === null ? '' : ` ${f.object}`}`)
    .toSorted();

async function shop(t: ExecutionContext, database: TestDatabase): Promise<void> {
  await database.query('CREATE TABLE orders (id INT PRIMARY KEY, j JSON)');
  t.pass();
}

test('a server as it should be, read by a user with just the rights it needs, has no error', async t => {
  const own = await startPrivateServer(t, {
    'sync-binlog': '1',
    'innodb-flush-log-at-trx-commit': '1',
  });
  const database = await createDatabase(t, own.server);
  await shop(t, database);
  await database.query('CREATE TABLE nokey (a INT)');
  const found = await check(t, syncOptionsOf(own.server), taskOf(database.name, ['*']));
  t.deepEqual(short(found), [`warning P20 SYNC2318 ${database.name}.nokey`]);
});

test('binlog settings that lose or hide changes are errors, each with its statement', async t => {
  const own = await startPrivateServer(t, {
    'binlog-format': 'MIXED',
    'binlog-row-image': 'MINIMAL',
    'binlog-row-metadata': 'MINIMAL',
    'binlog-row-value-options': 'PARTIAL_JSON',
    'binlog-expire-logs-seconds': '3600',
    'gtid-mode': 'OFF',
    'enforce-gtid-consistency': 'OFF',
    'binlog-ignore-db': 'elsewhere',
    'sync-binlog': '0',
    'innodb-flush-log-at-trx-commit': '1',
  });
  const database = await createDatabase(t, own.server);
  await shop(t, database);
  const task = taskOf(database.name, ['orders']);
  const found = await check(t, optionsOf(own.server), task);
  t.deepEqual(short(found), [
    'error P04 SYNC2305',
    'error P05 SYNC2306',
    'error P16 SYNC2313',
    'warning P06 SYNC2307',
    'warning P10 SYNC2309',
    'warning P13 SYNC2311',
    'warning P17 SYNC2321',
  ]);
  // The statements that the findings name put things right.
  const admin = await connectTo(own.server);
  for (const finding of found.filter(f => ['P04', 'P05', 'P06', 'P10', 'P17'].includes(f.id!)))
    await admin.query(/^(SET PERSIST [^;]*);/.exec(finding.fix)![1]!);
  admin.destroy();
  t.deepEqual(short(await check(t, optionsOf(own.server), task)), [
    'error P16 SYNC2313',
    'warning P13 SYNC2311',
  ]);
});

test('a server without a binlog, or with server id 0, cannot be followed', async t => {
  const own = await startPrivateServer(t, {
    'log-bin': null,
    'skip-log-bin': '',
    'server-id': '0',
    'gtid-mode': 'OFF',
    'enforce-gtid-consistency': 'OFF',
  });
  const database = await createDatabase(t, own.server);
  await shop(t, database);
  const found = await check(t, optionsOf(own.server), taskOf(database.name, ['*']));
  t.true(short(found).includes('error P03 SYNC2304'));
  const connection = await connect(t, optionsOf(own.server));
  const withId0 = await check(t, optionsOf(own.server), taskOf(database.name, ['*']), {
    ...(await readServerFacts(connection)),
    logBin: true,
    serverId: 0,
    replicationClient: false,
  });
  t.true(short(withId0).includes('error P12 SYNC2310'));
});

test('what the entries of objects mean is told by their path', async t => {
  const database = await createDatabase(t);
  await shop(t, database);
  for (const sql of [
    'CREATE VIEW orders_view AS SELECT * FROM orders',
    'CREATE TABLE _orders_gho LIKE orders',
    'CREATE TABLE mem (id INT PRIMARY KEY) ENGINE=MEMORY',
    'CREATE TABLE my (id INT PRIMARY KEY) ENGINE=MyISAM',
    'CREATE TABLE nullable (a INT, UNIQUE u (a))',
  ])
    await database.query(sql);
  const task = taskOf(database.name, [
    'orders',
    'orders_view',
    'nothing',
    'none_*',
    'm*',
    'nullable',
  ]);
  const found = await check(t, optionsOf(database.server), task);
  const places = found
    .filter(f => ['P18', 'P19', 'P20'].includes(f.id!))
    .map(f => `${f.id} ${f.code} ${f.where ?? f.object}`)
    .toSorted();
  const d = database.name;
  t.deepEqual(places, [
    `P18 SYNC2315 ${d}.orders`,
    `P19 SYNC2201 objects[0].tables[2]`,
    `P19 SYNC2201 objects[0].tables[3]`,
    `P19 SYNC2316 ${d}.mem`,
    `P19 SYNC2316 ${d}.my`,
    `P19 SYNC2317 objects[0].tables[1]`,
    `P20 SYNC2318 ${d}.nullable`,
  ]);
  t.regex(found.find(f => f.id === 'P20')!.cause, /\(u\) allow NULL/);
});

test('every missing right is named with the grant that gives it, and the grants suffice', async t => {
  const database = await createDatabase(t);
  await shop(t, database);
  await database.query('CREATE TABLE `no``key` (a INT, b INT)');
  const user = `g${database.name.slice(2)}`;
  await database.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'x'`);
  t.teardown(() => database.query(`DROP USER '${user}'@'%'`));
  await database.query(`GRANT SELECT (a), INSERT ON \`no\`\`key\` TO '${user}'@'%'`);
  await database.query(`GRANT UPDATE ON orders TO '${user}'@'%'`);
  const options = optionsOf(database.server, {user, password: 'x'});
  const task = taskOf(database.name, ['orders', 'no`key']);
  const rightsOf = (found: Finding[]) => found.filter(f => f.id === 'P15');
  const connection = await connect(t, optionsOf(database.server));
  const tables = await readCatalog(connection, task.objects);
  const poor = await connect(t, options);
  const found = rightsOf(
    await precheckSource(poor, await readServerFacts(poor), tables, {task, serverId: null}),
  );
  t.true(found.every(f => f.code === 'SYNC2312'));
  t.deepEqual(found.map(f => f.fix.replace(/ ON .*/, '')).toSorted(), [
    'GRANT LOCK TABLES',
    'GRANT REPLICATION CLIENT',
    'GRANT REPLICATION SLAVE',
    'GRANT SELECT',
    'GRANT SELECT',
  ]);
  for (const {fix} of found) await database.query(fix.replace(/;$/, ''));
  t.deepEqual(rightsOf(await check(t, options, task)), []);
});

test('cascades that this server would hide are errors; ones that it logs are none', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE parent (id INT PRIMARY KEY)');
  await database.query(
    'CREATE TABLE child (id INT PRIMARY KEY, p INT, CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)',
  );
  await database.query(
    'CREATE TABLE plain (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE RESTRICT)',
  );
  const task = taskOf(database.name, ['*']);
  const options = optionsOf(database.server);
  const cascades = async (cascadesHidden: boolean) =>
    (await check(t, options, task, {cascadesHidden}))
      .filter(f => f.id === 'P22')
      .map(f => `${f.code} ${f.object}`);
  t.deepEqual(await cascades(true), [`SYNC2319 ${database.name}.child`]);
  t.deepEqual(await cascades(false), []);
});

test('a server id in use, a full server, an old or ancient server are told', async t => {
  const database = await createDatabase(t);
  await shop(t, database);
  const options = optionsOf(database.server);
  const connection = await connect(t, options);
  const facts = await readServerFacts(connection);
  const task = taskOf(database.name, ['*'], {
    source: {host: '127.0.0.1', user: 'x', serverId: facts.serverId},
  });
  t.true(short(await check(t, options, task)).includes('error P12 SYNC2115'));
  // Servers that are not at hand: the facts are theirs, the connection is not, so only the load is checked.
  const load = taskOf(database.name, ['*'], {phases: ['schema', 'full']});
  const old = {versionNumber: 50744, version: '5.7.44', maxConnections: 1};
  const codes = short(await check(t, options, load, old));
  for (const code of ['warning P29 SYNC2320', 'warning P02 SYNC2302'])
    t.true(codes.includes(code), `${code} in ${codes.join(', ')}`);
  const ancient = {versionNumber: 50562, version: '5.5.62'};
  t.true(short(await check(t, options, load, ancient)).includes('error P01 SYNC2301'));
});

test('an unverified server is a warning unless it is on loopback', async t => {
  const database = await createDatabase(t);
  await shop(t, database);
  const found = async (host: string, mode = 'preferred') => {
    const task = taskOf(database.name, ['*'], {source: {host, user: 'x', tls: {mode}}});
    const all = await check(t, optionsOf(database.server), task);
    return all.filter(f => f.id === 'P01').map(f => f.code);
  };
  t.deepEqual(await found('db.example.com'), ['SYNC2303']);
  t.deepEqual(await found('127.0.0.1'), []);
  t.deepEqual(await found('localhost'), []);
  t.deepEqual(await found('db.example.com', 'verify-identity'), []);
});

test('a replica that does not log what it applies, or that filters, is refused', async t => {
  const own = await startPrivateServer(t, {
    'log-replica-updates': 'OFF',
    'replicate-ignore-db': 'x',
  });
  const database = await createDatabase(t, own.server);
  await shop(t, database);
  await database.query("CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1");
  const found = await check(t, optionsOf(own.server), taskOf(database.name, ['*']));
  const codes = short(found);
  t.true(codes.includes('error P14 SYNC2314'), codes.join(', '));
  t.true(codes.includes('error P16 SYNC2313'), codes.join(', '));
});

test('what the task asks of its source is tried without doing it', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE items (id INT PRIMARY KEY)');
  await database.query(
    'CREATE TABLE beat (task VARCHAR(63) PRIMARY KEY, beat_at DATETIME(6) NOT NULL)',
  );
  const asking = (table: string, query: string) =>
    taskOf(database.name, ['items'], {
      source: {host: '127.0.0.1', user: 'x', load: {query}},
      incremental: {heartbeat: true, heartbeatTable: `${database.name}.${table}`},
    });
  const ofAsked = async (task: Task) =>
    short(await check(t, optionsOf(database.server), task)).filter(line => line.includes('P41'));
  t.deepEqual(await ofAsked(asking('beat', 'SELECT 0')), []);
  t.deepEqual(await ofAsked(asking('missing', 'SELECT nothing FROM nowhere')), [
    'error P41 SYNC2332',
    'error P41 SYNC2333',
  ]);
  const [rows] = await (await database.connect()).query('SELECT * FROM beat');
  t.deepEqual(rows, []);
  const found = await check(t, optionsOf(database.server), asking('missing', 'SELECT 0'));
  t.regex(found.find(f => f.id === 'P41')!.fix, /^CREATE TABLE `.*`\.`missing` \(task VARCHAR/);
});

test('what a managed service does not tell by SQL is said so', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE items (id INT PRIMARY KEY)');
  const ofManaged = async (changes: object) => {
    const task = taskOf(database.name, ['items']);
    const found = await check(t, optionsOf(database.server), task, changes);
    return short(found).filter(line => line.includes('P42'));
  };
  t.deepEqual(await ofManaged({}), []);
  t.deepEqual(await ofManaged({managed: 'alibaba-rds', encdb: true}), [
    'error P42 SYNC2334',
    'warning P42 SYNC2335',
  ]);
  t.deepEqual(await ofManaged({managed: 'amazon-rds'}), ['warning P42 SYNC2336']);
});
