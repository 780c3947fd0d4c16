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

/** Addresses with every run of zero words, and such as hold an IPv4 address. */
function addresses(): string[] {
  const words = ['1', '2', '3', '4', '5', '6', '7', '8'];
  const masked = Array.from({length: 256}, (_, mask) =>
    words.map((word, i) => ((mask >> i) & 1 ? '0' : word)).join(':'),
  );
  return [...masked, '::ffff:1.2.3.4', '::1.2.3.4', '::ffff:0:1.2.3.0', 'ffff::', '::ffff:ffff'];
}

test.serial('UUID, INET4 and INET6 have the text of SELECT by both paths, as keys too', async t => {
  const uuids = Array.from({length: 16}, (_, version) =>
    // The server refuses other variants of the later versions.
    (version < 6 ? ['0', '8', 'c', 'f'] : ['8', 'b']).map(
      variant =>
        `123e4567-e89b-${version.toString(16)}2d3-${variant}456-4266554400${version === 3 ? '00' : '01'}`,
    ),
  ).flat();
  const fill = (table: string) => [
    `INSERT INTO ${table}_u VALUES ${uuids.map((uuid, i) => `('${uuid}', ${i})`).join(', ')}`,
    `INSERT INTO ${table}_i (a, b) VALUES ${addresses()
      .map((address, i) => `('${address}', '${i % 256}.0.${i % 7}.0')`)
      .join(', ')}`,
  ];
  const make = (table: string) => [
    `CREATE TABLE ${table}_u (id UUID NOT NULL PRIMARY KEY, n INT)`,
    `CREATE TABLE ${table}_i (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, a INET6, b INET4)`,
  ];
  await using world = await World.open(t, {
    setup: [...make('first'), ...make('later'), ...fill('first')],
    server: own.server,
    byPlace: true,
  });
  const runtime = world.start();
  await world.until(runtime, 'following', status => status.state === 'following');
  for (const sql of [
    ...fill('later'),
    'UPDATE first_u SET n = n + 1 WHERE n % 2 = 0',
    'DELETE FROM first_u WHERE n % 5 = 0',
    "UPDATE first_i SET a = NULL, b = '1.2.3.4' WHERE id % 3 = 0",
  ])
    await world.mysql.query(sql);
  await world.caughtUp(runtime);
  for (const table of ['first_u', 'first_i', 'later_u', 'later_i']) await world.equal(table);
  await world.stop(runtime);
});
