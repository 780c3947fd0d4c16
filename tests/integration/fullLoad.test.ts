// The full load beyond the plain case: one snapshot over all workers, chunks that turn out too large, honest progress.
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test from 'ava';
import {runSql} from '../../runtime/sink/instance.ts';
import {sendControl} from '../../runtime/task/control.ts';
import {openClient} from '../support/target.ts';
import {World} from '../support/world.ts';

const numbers = (count: number) =>
  `WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT`;
const recursion = 'SET SESSION cte_max_recursion_depth = 1000000';

test('one snapshot over all workers: both tables stand at one moment while a writer moves amounts between them', async t => {
  await using world = await World.open(t, {
    setup: [
      recursion,
      'CREATE TABLE giver (id INT PRIMARY KEY, amount INT NOT NULL, note VARCHAR(200))',
      'CREATE TABLE taker (id INT NOT NULL, amount INT NOT NULL)',
      `INSERT INTO giver ${numbers(30_000)} i, 100, REPEAT('x', 200) FROM n`,
      `INSERT INTO taker ${numbers(30_000)} i, 0 FROM n`,
    ],
    // Without following the base is all there is: it alone must be of one moment.
    settings: {
      phases: ['schema', 'full'],
      full: {workers: 2, consistency: 'consistent', throttle: {rowsPerSecond: 60_000}},
    },
  });
  let moving = true;
  const writer = await world.database.connect();
  const writes = (async () => {
    for (let id = 1; moving; id = (id % 30_000) + 1) {
      await writer.query('START TRANSACTION');
      await writer.query('UPDATE giver SET amount = amount - 1 WHERE id = ?', [id]);
      await writer.query('UPDATE taker SET amount = amount + 1 WHERE id = 1 LIMIT 1');
      await writer.query('COMMIT');
    }
  })();
  const runtime = world.start();
  t.is(await runtime.exit, 0, runtime.output());
  moving = false;
  await writes;
  const client = openClient(t, world.target.endpoint);
  const sumOf = async (table: string) => {
    const sql = `SELECT COUNT(*) AS rows_all, SUM(amount) AS total FROM ${table}`;
    const {rows} = await runSql(client, sql, {signal: new AbortController().signal});
    return rows[0]!.map(Number);
  };
  const [giver, taker] = [await sumOf('giver_base'), await sumOf('taker_base')];
  t.deepEqual([giver[0], taker[0]], [30_000, 30_000]);
  t.is(giver[1]! + taker[1]!, 3_000_000, 'what one table gave, the other has');
  t.regex(world.log(), /"lock":"all-tables".*one snapshot is open/);
});

test('without the right to lock all tables the selected ones are locked; with neither the task says what to grant', async t => {
  await using world = await World.open(t, {
    setup: [
      recursion,
      'CREATE TABLE a (id INT PRIMARY KEY)',
      `INSERT INTO a ${numbers(10)} i FROM n`,
    ],
  });
  const {name, server} = world.database;
  const user = `locker_${name}`.slice(0, 32);
  await world.mysql.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'p'`);
  t.teardown(() =>
    world.database.query(`DROP USER IF EXISTS '${user}'@'%'`).catch(() => undefined),
  );
  await world.mysql.query(`GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO '${user}'@'%'`);
  await world.mysql.query(`GRANT SELECT ON \`${name}\`.* TO '${user}'@'%'`);
  world.saveTask({
    source: {host: server.host, port: server.port, user},
    sourcePassword: 'p',
    phases: ['schema', 'full'],
    full: {workers: 2, consistency: 'consistent'},
  });
  const refused = world.start();
  t.is(await refused.exit, 1, refused.output());
  t.regex(world.log() + refused.output(), /SYNC2118/);
  await world.mysql.query(`GRANT LOCK TABLES ON \`${name}\`.* TO '${user}'@'%'`);
  const runtime = world.start();
  t.is(await runtime.exit, 0, runtime.output());
  t.regex(world.log(), /"lock":"selected-tables".*one snapshot is open/);
});

test('a table whose statistics are far off is cut again while it is read, and nothing is lost or doubled', async t => {
  await using world = await World.open(t, {
    setup: [
      recursion,
      // The statistics stay at no rows, so one chunk is planned to hold what takes many.
      'CREATE TABLE grown (tenant VARCHAR(20), id INT, note VARCHAR(100), PRIMARY KEY (tenant, id)) STATS_AUTO_RECALC = 0, STATS_PERSISTENT = 1',
      'ANALYZE TABLE grown',
      `INSERT INTO grown ${numbers(60_000)} IF(i % 50, 'acme', CONCAT('t', i)), i, REPEAT('n', i % 100) FROM n`,
    ],
    settings: {
      full: {workers: 2, throttle: {rowsPerSecond: 40_000}},
      incremental: {commitSeconds: 0.5},
    },
  });
  const runtime = world.start();
  let estimates = 0;
  await world.until(runtime, 'following', status => {
    const [table] = status.tables;
    if (table?.state === 'loading' && table.etaSeconds !== null && table.bytesLoaded > 0)
      estimates++;
    return status.state === 'following';
  });
  t.true(estimates > 0, 'rate and end were told while it was loading');
  await world.mysql.query('DELETE FROM grown WHERE id % 7 = 0');
  const status = await world.caughtUp(runtime);
  t.is(status.tables[0]!.rowsEstimated >= 60_000, true);
  await world.equal('grown');
  await world.stop(runtime);
});

test('what policies did to values is shown, loaded and followed together', async t => {
  await using world = await World.open(t, {
    setup: [
      "SET SESSION sql_mode = ''",
      'CREATE TABLE zero (id INT PRIMARY KEY, at DATE)',
      "INSERT INTO zero VALUES (1, '0000-00-00'), (2, '2026-00-01'), (3, '2026-01-01')",
    ],
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query("INSERT INTO zero VALUES (4, '0000-00-00')");
  const {tables} = await world.caughtUp(runtime);
  t.deepEqual(tables[0]!.policies, {zeroDates: 3, overLong: 0, invalidText: 0});
  await world.stop(runtime);
});

test('a common snapshot that is lost is opened anew, and the tables are read again in it', async t => {
  await using world = await World.open(t, {
    setup: [
      recursion,
      'CREATE TABLE a (id INT PRIMARY KEY, note VARCHAR(300))',
      `INSERT INTO a ${numbers(20_000)} i, REPEAT('x', 300) FROM n`,
    ],
    settings: {
      full: {workers: 2, throttle: {rowsPerSecond: 500}, consistency: 'consistent'},
      incremental: {commitSeconds: 0.5},
    },
  });
  // A user of its own, so that only its connections are cut.
  const {name, server} = world.database;
  const user = `snap_${name}`;
  await world.mysql.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'p'`);
  t.teardown(() =>
    world.database.query(`DROP USER IF EXISTS '${user}'@'%'`).catch(() => undefined),
  );
  await world.mysql.query(
    `GRANT RELOAD, REPLICATION SLAVE, REPLICATION CLIENT, SELECT ON *.* TO '${user}'@'%'`,
  );
  world.saveTask({source: {host: server.host, port: server.port, user}, sourcePassword: 'p'});
  const runtime = world.start();
  await world.until(runtime, 'reading', status => (status.tables[0]?.rowsLoaded ?? 0) > 0);
  const holders = await world.database.query(
    `SELECT trx_mysql_thread_id AS id FROM information_schema.innodb_trx
     JOIN information_schema.processlist ON id = trx_mysql_thread_id WHERE user = ?`,
    [user],
  );
  t.true(holders.length > 0);
  for (const {id} of holders) await world.database.query(`KILL ${String(id)}`);
  // Slow only so that the snapshot is open for as long as this needs.
  await sendControl(world.stateDir, 'throttle', {phase: 'full', rowsPerSecond: '100000'});
  await world.until(runtime, 'a second snapshot', () =>
    /the snapshot was lost[^]*one snapshot is open/.test(world.log()),
  );
  t.regex(world.log(), /SYNC5046/);
  await world.mysql.query('UPDATE a SET note = id WHERE id % 3 = 0');
  await world.caughtUp(runtime);
  await world.equal('a');
  await world.stop(runtime);
});

test('C2: after a failover chunks that the new server does not contain are read again, and no others', async t => {
  await using world = await World.open(t, {
    setup: [
      recursion,
      'CREATE TABLE a (id INT PRIMARY KEY, note VARCHAR(3000))',
      `INSERT INTO a ${numbers(20_000)} i, REPEAT('x', 3000) FROM n`,
      'ANALYZE TABLE a',
    ],
    settings: {
      full: {workers: 2, throttle: {mebibytesPerSecond: 8}},
      incremental: {commitSeconds: 0.5},
    },
  });
  const first = world.start();
  const uploaded = () => {
    using ledger = new DatabaseSync(join(world.stateDir, 'ledger.db'));
    return ledger.prepare('SELECT chunk_id FROM chunks WHERE uploaded = 1').all().length;
  };
  await world.until(first, 'two chunks', ({state}) => state === 'loading' && uploaded() >= 2);
  await world.kill(first);
  {
    // As if the server that had this transaction is gone, and the one there now never got it.
    using ledger = new DatabaseSync(join(world.stateDir, 'ledger.db'));
    ledger.exec(
      "UPDATE chunks SET gtid_after = gtid_after || ',ffffffff-0000-0000-0000-000000000001:1-5' WHERE chunk_id = (SELECT min(chunk_id) FROM chunks WHERE uploaded = 1)",
    );
  }
  world.saveTask({full: {workers: 2}});
  const second = world.start();
  await world.mysql.query('DELETE FROM a WHERE id % 5 = 0');
  await world.caughtUp(second);
  t.regex(
    world.log(),
    /"chunks":1,"msg":"the source does not contain what these chunks were read with/,
  );
  await world.equal('a');
  await world.stop(second);
});
