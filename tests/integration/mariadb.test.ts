// MariaDB as a source, on a server of its own: what prechecks say, each type by both paths, positions, schema changes.
import test, {type ExecutionContext} from 'ava';
import {readServerFacts, readStartPosition} from '../../runtime/source/server.ts';
import {connectTo, createDatabase, PrivateServer, type TestServer} from '../support/mysql.ts';
import {codeOf, connect, syncOptionsOf} from '../support/source.ts';
import {otherTypes} from '../support/otherTypes.ts';
import {World} from '../support/world.ts';

const {table, insert} = otherTypes('mariadb');

let own: PrivateServer;
test.before(async () => {
  own = await PrivateServer.start({'log-bin-compress-min-len': '10'}, 'mariadb-10.11');
});
test.after.always(() => own[Symbol.asyncDispose]());

test.serial(
  'every type has the value of SELECT by snapshot and by binlog, compressed or not, and over schema changes',
  async t => {
    await using world = await World.open(t, {
      setup: [table, insert(1), insert(2, () => 'NULL')],
      server: own.server,
      byPlace: true,
      settings: {full: {workers: 2, consistency: 'consistent'}},
    });
    const runtime = world.start();
    await world.until(runtime, 'following', status => status.state === 'following');
    const {mysql} = world;
    for (const compress of ['OFF', 'ON']) {
      await mysql.query(`SET GLOBAL log_bin_compress = ${compress}`);
      const id = compress === 'ON' ? 20 : 10;
      await mysql.query(insert(id));
      await mysql.query(insert(id + 1, () => 'NULL'));
      await mysql.query(
        `UPDATE t SET i8 = 5, long_text = 'x', bytes = NULL, b16 = 'z' WHERE id = ${id}`,
      );
      await mysql.query('UPDATE t SET state = 1, j = NULL WHERE id = 1');
      await mysql.query(`DELETE FROM t WHERE id = ${id + 1}`);
      await mysql.query(insert(id + 2));
    }
    await world.caughtUp(runtime);
    await world.equal('t');
    for (const sql of [
      'ALTER TABLE t ADD COLUMN added VARCHAR(20) AFTER i8',
      'SET SESSION binlog_alter_two_phase = ON',
      'ALTER TABLE t ADD COLUMN later INT',
      'SET SESSION binlog_alter_two_phase = OFF',
      'ALTER TABLE t DROP COLUMN bits, ALGORITHM = INSTANT',
      'ALTER TABLE t RENAME COLUMN later TO renamed, MODIFY COLUMN l1 VARCHAR(60) CHARACTER SET latin1',
      'ALTER TABLE t ADD INDEX (day)',
    ])
      await mysql.query(sql);
    await mysql.query(
      "INSERT INTO t (id, added, renamed, l1) VALUES (100, 'x', 1, REPEAT('é', 60))",
    );
    await mysql.query('UPDATE t SET renamed = renamed + 1 WHERE id IN (1, 10)');
    await world.caughtUp(runtime);
    await world.equal('t');
    await mysql.query('SET GLOBAL log_bin_compress = OFF');
    await world.stop(runtime);
  },
);

test.serial('what is not followed is refused by name, before anything is read', async t => {
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE past (id INT PRIMARY KEY) WITH SYSTEM VERSIONING',
      'CREATE TABLE long_unique (id INT PRIMARY KEY, body TEXT NOT NULL, UNIQUE (body))',
      'CREATE TABLE packed (id INT PRIMARY KEY, body TEXT COMPRESSED)',
      'CREATE SEQUENCE numbers',
      'CREATE TABLE plain (id INT PRIMARY KEY)',
    ],
    tables: ['*', 'numbers'],
    server: own.server,
  });
  const runtime = world.start();
  t.not(await runtime.exit, 0);
  for (const told of [/SYNC2339.*past/, /SYNC2340.*long_unique/, /SYNC3002.*packed/, /SYNC2317/])
    t.regex(runtime.output().replaceAll('\n', ' '), told);
});

test.serial(
  'a plain task of an account with just its rights finds nothing that stops it',
  async t => {
    await using world = await World.open(t, {
      setup: ['CREATE TABLE plain (id INT PRIMARY KEY)', 'CREATE SEQUENCE numbers'],
      server: own.server,
      byPlace: true,
    });
    const runtime = world.start();
    const status = await world.until(runtime, 'following', ({state}) => state === 'following');
    t.deepEqual(
      status.tables.map(({table: name}) => name),
      ['plain'],
    );
    t.deepEqual(
      status.findings.filter(({severity}) => severity === 'error'),
      [],
    );
    await world.stop(runtime);
  },
);

async function stalled(t: ExecutionContext, server: TestServer, timeoutMs: number) {
  const database = await createDatabase(t, server);
  await database.query('CREATE TABLE slow (id INT PRIMARY KEY)');
  await database.query(`SET GLOBAL rpl_semi_sync_master_timeout = ${timeoutMs}`);
  await database.query("SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC'");
  await database.query('SET GLOBAL rpl_semi_sync_master_enabled = ON');
  t.teardown(async () => {
    const admin = await connectTo(server);
    await admin.query('SET GLOBAL rpl_semi_sync_master_enabled = OFF');
    admin.destroy();
  });
  const connection = await connect(t, syncOptionsOf(server));
  const before = await readServerFacts(connection);
  const writer = await database.connect();
  const committed = writer.query('INSERT INTO slow VALUES (1)');
  committed.catch(() => undefined);
  // Its commit waits for a replica that never answers, and is in the binlog by then.
  while ((await readServerFacts(connection)).gtidExecuted === before.gtidExecuted);
  return {database, connection, committed};
}

test.serial('C1: a start position waits for a commit that is written and not visible', async t => {
  const {database, connection, committed} = await stalled(t, own.server, 1000);
  t.is((await database.query('SELECT * FROM slow')).length, 0, 'the row is not visible yet');
  const position = await readStartPosition(connection);
  t.is((await database.query('SELECT * FROM slow')).length, 1, 'the position says that it is read');
  t.is(position.gtidSet, (await readServerFacts(connection)).gtidExecuted);
  await committed;
});

test.serial('a commit that hangs for long is told', async t => {
  const {connection, committed} = await stalled(t, own.server, 4000);
  t.is(await codeOf(t, readStartPosition(connection)), 'SYNC2127');
  await committed;
});
