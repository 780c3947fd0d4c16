// Settings of a task tried as a user would, on real parts.
import test, {type ExecutionContext} from 'ava';
import {runSql} from '../../runtime/sink/instance.ts';
import {openClient} from '../support/target.ts';
import {World} from '../support/world.ts';

const rowsOf = (count: number) =>
  `INSERT INTO items SELECT n, CONCAT('row ', n) FROM (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < ${count}) SELECT n FROM r) AS numbers`;
const items = 'CREATE TABLE items (id INT PRIMARY KEY, note VARCHAR(40))';

test('throttles hold both phases to their rate, say so, and lose nothing', async t => {
  await using world = await World.open(t, {
    setup: [items, rowsOf(900)],
    settings: {
      full: {workers: 2, throttle: {queriesPerSecond: 100, rowsPerSecond: 300}},
      incremental: {commitSeconds: 0.5, throttle: {rowsPerSecond: 300, mebibytesPerSecond: 1}},
    },
  });
  const startedMs = performance.now();
  const runtime = world.start();
  const shown = (reason: string) =>
    world.until(runtime, reason, status => status.holds.some(hold => hold.reason === reason));
  await shown('throttle-full');
  await world.caughtUp(runtime);
  t.true(performance.now() - startedMs > 1000 * (900 / 300 - 0.5));
  await world.mysql.query("UPDATE items SET note = CONCAT(note, ' again')");
  await shown('throttle-incremental');
  await world.caughtUp(runtime);
  await world.equal('items');
  await world.stop(runtime);
});

const baseOf = (id: string) =>
  `CREATE TABLE items_base (id ${id}, note STRING) TBLPROPERTIES ("made.by"="hand")`;
const logOf =
  'CREATE TABLE items_log (new_dts_sync_record_id BIGINT, new_dts_sync_operation_flag STRING, ' +
  'new_dts_sync_utc_timestamp BIGINT, new_dts_sync_before_flag STRING, new_dts_sync_after_flag STRING, ' +
  'id INT, note STRING) PARTITIONED BY (new_dts_sync_modifytime_year STRING, new_dts_sync_modifytime_month STRING, ' +
  'new_dts_sync_modifytime_day STRING, new_dts_sync_modifytime_hour STRING)';
const oldRow =
  'INSERT INTO TABLE items_log PARTITION (new_dts_sync_modifytime_year="2020", new_dts_sync_modifytime_month="01", ' +
  'new_dts_sync_modifytime_day="01", new_dts_sync_modifytime_hour="01") ' +
  'VALUES (41, "U", 1577840400, "N", "Y", 1, "old")';

async function target(t: ExecutionContext, world: World) {
  const client = openClient(t, world.target.endpoint, {project: world.target.project});
  const {signal} = new AbortController();
  const hints = {'odps.sql.allow.fullscan': 'true'};
  return (sql: string) => runSql(client, sql, {signal, hints}).then(({rows}) => rows);
}

test('adopt takes tables of another service over: the old log is set aside and ids go on above it', async t => {
  await using world = await World.open(t, {setup: [items, rowsOf(20)]});
  const sql = await target(t, world);
  for (const ddl of [baseOf('INT'), logOf, oldRow]) await sql(ddl);
  const refused = world.start();
  t.is(await refused.exit, 1);
  t.regex(refused.output(), /SYNC4028/);
  world.saveTask({conflictingTables: 'adopt'});
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query("UPDATE items SET note = 'new' WHERE id <= 2");
  await world.caughtUp(runtime);
  await world.equal('items');
  t.deepEqual(await sql('SELECT COUNT(*) AS n FROM items_log_g1'), [['1']]);
  t.deepEqual(await sql('SELECT MIN(new_dts_sync_record_id) AS n FROM items_log'), [['42']]);
  await world.stop(runtime);
  const again = world.start();
  await world.mysql.query('DELETE FROM items WHERE id = 3');
  await world.caughtUp(again);
  await world.equal('items');
  await world.stop(again);
});

test('adopt refuses tables that differ, column by column', async t => {
  await using world = await World.open(t, {
    setup: [items],
    settings: {conflictingTables: 'adopt'},
  });
  const sql = await target(t, world);
  await sql(baseOf('BIGINT'));
  const runtime = world.start();
  t.is(await runtime.exit, 1);
  t.regex(runtime.output(), /SYNC4029[^]*id INT is needed, id BIGINT is there/);
});

test('ignore keeps the rows of a base and goes on with its log; an empty base is loaded', async t => {
  await using world = await World.open(t, {
    setup: [
      items,
      rowsOf(3),
      'CREATE TABLE fresh (id INT PRIMARY KEY)',
      'INSERT INTO fresh VALUES (1)',
    ],
    settings: {conflictingTables: 'ignore'},
  });
  const sql = await target(t, world);
  for (const ddl of [baseOf('INT'), logOf, oldRow]) await sql(ddl);
  await sql("INSERT INTO TABLE items_base VALUES (1, 'old')");
  await sql('CREATE TABLE fresh_base (id INT)');
  const runtime = world.start();
  const {findings} = await world.caughtUp(runtime);
  const told = findings
    .filter(found => found.id === 'P36')
    .map(({code, severity}) => [code, severity]);
  t.deepEqual(told, [
    ['SYNC4031', 'warning'],
    ['SYNC4060', 'warning'],
  ]);
  await world.mysql.query("INSERT INTO items VALUES (7, 'seven')");
  await world.caughtUp(runtime);
  t.deepEqual(await sql('SELECT id, note FROM items_base'), [['1', 'old']]);
  const ids = 'SELECT new_dts_sync_record_id, id FROM items_log ORDER BY new_dts_sync_record_id';
  t.deepEqual(await sql(ids), [
    ['41', '1'],
    ['42', '7'],
  ]);
  await world.equal('fresh');
  await world.stop(runtime);
});

test('tables created later join, are left, or are told and wait to be named', async t => {
  await using world = await World.open(t, {setup: [items, rowsOf(3)], tables: ['it*']});
  const objects = (tables: string[], newTables: string) => [
    {database: world.database.name, tables, newTables},
  ];
  world.saveTask({objects: objects(['it*'], 'ask')});
  const first = world.start();
  await world.caughtUp(first);
  await world.stop(first);
  await world.mysql.query('CREATE TABLE itself (id INT PRIMARY KEY)');
  await world.mysql.query('INSERT INTO itself VALUES (1)');
  const tablesOf = async (runtime: ReturnType<World['start']>) => {
    const status = await world.caughtUp(runtime);
    await world.stop(runtime);
    const asked = status.findings.filter(found => found.code === 'SYNC5070').map(f => f.object);
    return {tables: status.tables.map(({table}) => table), asked};
  };
  const asked = [`${world.database.name}.itself`];
  t.deepEqual(await tablesOf(world.start()), {tables: ['items'], asked});
  world.saveTask({objects: objects(['it*'], 'ignore')});
  t.deepEqual(await tablesOf(world.start()), {tables: ['items'], asked: []});
  world.saveTask({objects: objects(['it*', 'itself'], 'ask')});
  t.deepEqual(await tablesOf(world.start()), {tables: ['items', 'itself'], asked: []});
  await world.equal('itself');
});

test('without the schema phase the log must be there, and goes on above its highest record id', async t => {
  await using world = await World.open(t, {setup: [items], settings: {phases: ['incremental']}});
  const sql = await target(t, world);
  const missing = world.start();
  t.is(await missing.exit, 1);
  t.regex(missing.output(), /SYNC4045/);
  for (const ddl of [logOf, oldRow]) await sql(ddl);
  const runtime = world.start();
  await world.until(runtime, 'following', status => status.state === 'following');
  await world.mysql.query("INSERT INTO items VALUES (7, 'seven')");
  await world.caughtUp(runtime);
  t.deepEqual(
    await sql('SELECT new_dts_sync_record_id, id FROM items_log ORDER BY new_dts_sync_record_id'),
    [
      ['41', '1'],
      ['42', '7'],
    ],
  );
  await world.stop(runtime);
});

test('C12: a start finds that another task took its log over, and stops before it writes', async t => {
  await using world = await World.open(t, {setup: [items, rowsOf(5)]});
  const first = world.start();
  await world.caughtUp(first);
  await world.stop(first);
  const sql = await target(t, world);
  await sql('ALTER TABLE items_log SET TBLPROPERTIES ("synctask.owner"="someone-else:1:1")');
  const second = world.start();
  t.is(await second.exit, 1);
  t.regex(second.output(), /SYNC4030[^]*someone-else:1:1/);
});

test('wall clocks become instants in the zone of the source, in the base and in the log', async t => {
  const columns = 'id INT PRIMARY KEY, at DATETIME(3), day DATE, local DATETIME, seen TIMESTAMP';
  const wide = `CREATE TABLE calls (${columns})`;
  const row = (id: number) =>
    `INSERT INTO calls VALUES (${id}, '2026-07-01 08:00:00.123', '2026-07-01', '2026-07-01 08:00:00', '2026-07-01 00:00:00')`;
  const types = {at: 'TIMESTAMP', day: 'DATETIME'};
  const world = await World.open(t, {setup: [wide, "SET time_zone = '+00:00'", row(1)]});
  await using _world = world;
  const {host, port} = world.database.server;
  const source = {host, port, user: world.database.server.syncUser, timeZone: 'Asia/Shanghai'};
  const objects = [{database: world.database.name, tables: [{name: 'calls', columns: {types}}]}];
  world.saveTask({source, objects});
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query("SET time_zone = '+00:00'");
  await world.mysql.query(row(2));
  await world.caughtUp(runtime);
  const sql = await target(t, world);
  const instants = ['2026-07-01 00:00:00.123', '2026-06-30 16:00:00', '2026-07-01 08:00:00'];
  const cast = ['at', 'day', 'local', 'seen'].map(name => `CAST(${name} AS STRING)`).join(', ');
  for (const table of ['calls_base', 'calls_log'])
    t.deepEqual(await sql(`SELECT ${cast} FROM ${table}`), [[...instants, '2026-07-01 00:00:00']]);
  await world.stop(runtime);
});

test('a key that becomes an instant where clocks go back is refused', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE calls (at DATETIME PRIMARY KEY)'],
    settings: {types: 'v1'},
  });
  const {host, port, syncUser: user} = world.database.server;
  world.saveTask({source: {host, port, user, timeZone: 'Europe/Berlin'}});
  const runtime = world.start();
  t.is(await runtime.exit, 1);
  t.regex(runtime.output(), /SYNC3015[^]*Key column at/);
});
