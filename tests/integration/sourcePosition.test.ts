// Start positions, and the proof that a server goes on from a position (rules C1 and C5), on real servers.
import test, {type ExecutionContext} from 'ava';
import {eventType} from '../../runtime/codec/binlogEvent.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import {parseGtidSet, containsGtidSet} from '../../runtime/source/gtidSet.ts';
import {proveResume, type Position} from '../../runtime/source/position.ts';
import {readServerFacts, readStartPosition} from '../../runtime/source/server.ts';
import {chooseServerId, deriveServerId} from '../../runtime/source/serverId.ts';
import {
  connectTo,
  createDatabase,
  startPrivateServer,
  testServer,
  type TestServer,
} from '../support/mysql.ts';
import {codeOf, connect, optionsOf, signalOf, syncOptionsOf} from '../support/source.ts';

/** The position after the last transaction of the server, with its fingerprint, as the task would store it. */
async function lastPosition(
  t: ExecutionContext,
  server: TestServer,
  from: Position,
): Promise<Position> {
  const end = await readStartPosition(await connect(t, optionsOf(server)));
  await using stream = await BinlogStream.open(optionsOf(server), {
    position: from,
    serverId: 0,
    heartbeatSeconds: 5,
    signal: signalOf(t),
    nonBlocking: true,
  });
  let last = from;
  await stream.run(event => {
    if (event.type !== eventType.xid) return;
    last = {...end, file: event.file, offset: event.endOffset, fingerprint: stream.fingerprint()};
  });
  return last;
}

async function prove(t: ExecutionContext, server: TestServer, position: Position): Promise<void> {
  const options = optionsOf(server);
  await proveResume(await connect(t, options), options, position, signalOf(t), {waitSeconds: 1});
}

test('C1: a start position is the executed set, before any row that comes later', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const connection = await connect(t, syncOptionsOf(database.server));
  const position = await readStartPosition(connection, 3);
  t.like(position, {epoch: 3, fingerprint: null});
  await database.query('INSERT INTO a VALUES (1)');
  const later = await readStartPosition(connection);
  t.true(containsGtidSet(parseGtidSet(later.gtidSet), parseGtidSet(position.gtidSet)));
  t.not(later.gtidSet, position.gtidSet);
  t.deepEqual(JSON.parse(JSON.stringify(later)), later);
});

test('a position resumes where its last transaction is still the same, compressed or tagged', async t => {
  const own = await startPrivateServer(t);
  const database = await createDatabase(t, own.server);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const start = await readStartPosition(await connect(t, optionsOf(own.server)));
  for (const sql of [
    'SET @x = 1',
    'SET SESSION binlog_transaction_compression = ON',
    "SET gtid_next = 'automatic:tag'",
  ]) {
    await database.query(sql);
    await database.query('INSERT INTO a SELECT COUNT(*) FROM a AS b');
    const position = await lastPosition(t, own.server, start);
    t.truthy(position.fingerprint);
    await t.notThrowsAsync(prove(t, own.server, position));
  }
});

test('a fingerprint that differs in any part stops the task', async t => {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const start = await readStartPosition(await connect(t, optionsOf(database.server)));
  await database.query('INSERT INTO a VALUES (1)');
  const position = await lastPosition(t, database.server, start);
  const fingerprint = position.fingerprint!;
  const others: Partial<Position>[] = [
    {fingerprint: {...fingerprint, gtid: `${position.serverUuid}:1`}},
    {fingerprint: {...fingerprint, originalCommitTimestamp: 1}},
    {fingerprint: {...fingerprint, crc: 1}},
    {fingerprint: {...fingerprint, formatTimestamp: 1}},
    {fingerprint: {...fingerprint, length: fingerprint.length - 1}},
    {offset: position.offset + 1e9},
  ];
  for (const other of others)
    t.is(
      await codeOf(t, prove(t, database.server, {...position, ...other})),
      'SYNC2104',
      JSON.stringify(other),
    );
});

test('another server, lost transactions and a missing file each have their code', async t => {
  const own = await startPrivateServer(t);
  const position = await readStartPosition(await connect(t, optionsOf(own.server)));
  const other = {...position, serverUuid: 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'};
  t.is(await codeOf(t, prove(t, own.server, other)), 'SYNC2103');
  const byFile = {...position, gtidSet: '', file: 'binlog.999999'};
  t.is(await codeOf(t, prove(t, own.server, byFile)), 'SYNC2105');
  const admin = await connectTo(own.server);
  await admin.query('CREATE DATABASE x');
  const ahead = await readStartPosition(await connect(t, optionsOf(own.server)));
  const crashed = {...ahead, gtidSet: ahead.gtidSet.replace(/(-\d+)?$/, '-99')};
  t.is(await codeOf(t, prove(t, own.server, crashed)), 'SYNC2102');
  await admin.query('RESET BINARY LOGS AND GTIDS');
  admin.destroy();
  t.is(await codeOf(t, prove(t, own.server, ahead)), 'SYNC2119');
});

test('a server that gave the same numbers to other transactions is found out', async t => {
  const own = await startPrivateServer(t);
  const database = await createDatabase(t, own.server);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(9))');
  await database.query('RESET BINARY LOGS AND GTIDS');
  const start = await readStartPosition(await connect(t, optionsOf(own.server)));
  t.is(start.gtidSet, '');
  await database.query("INSERT INTO a VALUES (1, 'one')");
  const position = await lastPosition(t, own.server, start);
  await t.notThrowsAsync(prove(t, own.server, position));
  await database.query('RESET BINARY LOGS AND GTIDS');
  await database.query("INSERT INTO a VALUES (2, 'two')");
  t.is(await codeOf(t, prove(t, own.server, position)), 'SYNC2104');
});

test('a prepared XA transaction keeps a load from starting until it is decided', async t => {
  const own = await startPrivateServer(t);
  const database = await createDatabase(t, own.server);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const writer = await database.connect();
  for (const sql of ["XA START 'x'", 'INSERT INTO a VALUES (1)', "XA END 'x'", "XA PREPARE 'x'"])
    await writer.query(sql);
  const connection = await connect(t, optionsOf(own.server));
  const error = await t.throwsAsync(readStartPosition(connection));
  t.like(error, {code: 'SYNC2114', kind: 'trouble'});
  await writer.query("XA COMMIT 'x'");
  await t.notThrowsAsync(readStartPosition(connection));
});

test('C1: an XA transaction that is prepared or decided while the set is read is never half in a position', async t => {
  const own = await startPrivateServer(t);
  const database = await createDatabase(t, own.server);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const writer = await database.connect();
  const connection = await connect(t, optionsOf(own.server));
  const query = connection.query.bind(connection);
  const read: string[] = [];
  let isCommitted = true;
  // Between the look for prepared ones and the set one is prepared; another session may decide it right after the set.
  connection.query = async function <T>(sql: string, values?: []): Promise<T[]> {
    const isSet = sql.includes('gtid_executed') && read.push(sql) === 1;
    if (isSet)
      for (const each of [
        "XA START 'x'",
        'INSERT INTO a VALUES (1)',
        "XA END 'x'",
        "XA PREPARE 'x'",
      ])
        await writer.query(each);
    const rows = await query<T>(sql, values);
    if (isSet && isCommitted) await writer.query("XA COMMIT 'x'");
    return rows;
  };
  const position = await readStartPosition(connection);
  const [facts] = await database.query('SELECT @@global.gtid_executed AS executed');
  t.is(facts!['executed'], position.gtidSet, 'prepare and commit are both in it');
  t.is(read.length, 2);
  isCommitted = false;
  read.length = 0;
  await database.query('DELETE FROM a');
  t.is(await codeOf(t, readStartPosition(connection)), 'SYNC2114');
  await writer.query("XA ROLLBACK 'x'");
});

test('without GTIDs a position is taken under a lock, or not at all', async t => {
  const own = await startPrivateServer(t, {'gtid-mode': 'OFF', 'enforce-gtid-consistency': 'OFF'});
  const admin = await connectTo(own.server);
  const position = await readStartPosition(await connect(t, optionsOf(own.server)));
  t.is(position.gtidSet, '');
  t.regex(position.file, /^binlog\.\d+$/);
  await admin.query('CREATE DATABASE still_writable');
  await t.notThrowsAsync(prove(t, own.server, position));
  await admin.query("CREATE USER poor IDENTIFIED BY 'x'");
  await admin.query('GRANT REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO poor');
  const poor = await connect(t, optionsOf(own.server, {user: 'poor', password: 'x'}));
  t.is(await codeOf(t, readStartPosition(poor)), 'SYNC2113');
  admin.destroy();
});

test('the facts of a server are what it says', async t => {
  const server = await testServer();
  const facts = await readServerFacts(await connect(t, syncOptionsOf(server)));
  t.like(facts, {
    flavour: 'mysql',
    logBin: true,
    format: 'ROW',
    rowImage: 'FULL',
    rowMetadata: 'FULL',
    gtidMode: 'ON',
    checksum: 'CRC32',
    replicationClient: true,
  });
  t.true(facts.version.startsWith(server.version));
  t.true(facts.versionNumber >= 80000);
});

test('a GTID set of any length is read whole', async t => {
  const own = await startPrivateServer(t);
  const admin = await connectTo(own.server);
  const purged = Array.from({length: 60}, (_, i) => {
    const hex = i.toString(16).padStart(2, '0');
    return `aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaa${hex}:1-${i + 2}`;
  }).join(',');
  await admin.query('RESET BINARY LOGS AND GTIDS');
  await admin.query(`SET GLOBAL gtid_purged = '${purged}'`);
  admin.destroy();
  const connection = await connect(t, optionsOf(own.server));
  const facts = await readServerFacts(connection);
  t.is(facts.gtidPurged, purged);
  t.is((await readStartPosition(connection)).gtidSet, purged);
});

test('a server id is the same for the same task, and never one in use', async t => {
  const server = await testServer();
  const connection = await connect(t, syncOptionsOf(server));
  const choose = (serverId: number | null) =>
    chooseServerId(connection, {serverId, replicaName: 'my-task'});
  const derived = deriveServerId('my-task');
  t.is(await choose(null), derived);
  t.is(await choose(17_000), 17_000);
  const {id} = await connection.queryOne<{id: number}>('SELECT @@server_id AS id');
  t.is(await codeOf(t, choose(Number(id))), 'SYNC2115');
  const position = await readStartPosition(connection);
  const open = (replicaName: string) =>
    BinlogStream.open(syncOptionsOf(server), {
      position,
      serverId: derived,
      replicaName,
      heartbeatSeconds: 0.2,
      signal: signalOf(t),
    });
  const whileReading = async (replicaName: string, check: () => Promise<void>) => {
    await using stream = await open(replicaName);
    await stream.run(async event => {
      if (event.type !== eventType.heartbeat) return;
      await check();
      stream.stop();
    });
  };
  await whileReading('other-task', async () => {
    t.is(await choose(null), derived + 1);
    t.is(await codeOf(t, choose(derived)), 'SYNC2115');
  });
  await whileReading('my-task', async () => {
    t.is(await choose(null), derived);
  });
});
