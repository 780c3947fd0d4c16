// A resume at another server is proved by GTID sets and the last transaction, or refused with the code of what happened
// (rule C5). Two real servers with replication; each test has its own.
import test, {type ExecutionContext} from 'ava';
import {eventType} from '../../runtime/codec/binlogEvent.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import {findServer, preferServer, serversOf} from '../../runtime/source/findServer.ts';
import type {Position} from '../../runtime/source/position.ts';
import {readStartPosition} from '../../runtime/source/server.ts';
import {startPrivateServer, type TestServer} from '../support/mysql.ts';
import {alike, ReplicaGroup} from '../support/replicaGroup.ts';
import {codeOf, connect, signalOf, syncOptionsOf} from '../support/source.ts';

const {run} = ReplicaGroup;

/** The position after the last transaction of `server`, with its fingerprint, as a task stores it. */
async function positionOf(t: ExecutionContext, server: TestServer): Promise<Position> {
  const end = await readStartPosition(await connect(t, syncOptionsOf(server)));
  await using stream = await BinlogStream.open(syncOptionsOf(server), {
    position: {...end, gtidSet: '', file: '', offset: 4},
    serverId: 0,
    heartbeatSeconds: 5,
    signal: signalOf(t),
    nonBlocking: true,
  });
  let last = end;
  await stream.run(event => {
    if (event.type !== eventType.xid) return;
    last = {...end, file: event.file, offset: event.endOffset, fingerprint: stream.fingerprint()};
  });
  t.truthy(last.fingerprint);
  return last;
}

/** Asks the servers in this order who goes on from `position`. */
async function find(t: ExecutionContext, position: Position, servers: TestServer[]) {
  const [first, ...others] = servers;
  const options = {
    ...syncOptionsOf(first!),
    others: others.map(({host, port}) => ({host, port})),
  };
  return findServer(options, position, signalOf(t), {waitSeconds: 1});
}

async function group(t: ExecutionContext): Promise<{a: TestServer; b: TestServer}> {
  const both = await ReplicaGroup.start();
  t.teardown(() => both[Symbol.asyncDispose]());
  const [a, b] = [both.primary.server, both.replica.server];
  await run(a, 'CREATE DATABASE d', 'CREATE TABLE d.a (id INT PRIMARY KEY)');
  await run(a, 'INSERT INTO d.a VALUES (1)');
  await ReplicaGroup.caughtUp(b, a);
  return {a, b};
}

const promote = (server: TestServer) =>
  run(server, 'STOP REPLICA', 'RESET REPLICA ALL', 'SET GLOBAL read_only = OFF');

test('C5: a promoted replica that has everything goes on, by set algebra and the last transaction', async t => {
  const {a, b} = await group(t);
  const position = await positionOf(t, a);
  const gone = {...a, port: 1};
  const found = await find(t, position, [gone, b]);
  t.is(found.source.port, b.port);
  t.not(found.serverUuid, position.serverUuid);
  t.is((await find(t, position, [a, b])).serverUuid, position.serverUuid);
  await promote(b);
  await run(b, 'INSERT INTO d.a VALUES (2)');
  const later = await positionOf(t, b);
  t.true(later.gtidSet.includes(','), 'the set has transactions of both servers');
  t.is((await find(t, later, [b])).serverUuid, later.serverUuid);
  t.is(await codeOf(t, find(t, later, [a])), 'SYNC2123');
  t.is((await find(t, later, [a, b])).source.port, b.port);
  await run(b, 'FLUSH BINARY LOGS', "PURGE BINARY LOGS TO 'binlog.000002'");
  t.is((await find(t, position, [a, b])).source.port, a.port);
  t.is(await codeOf(t, find(t, position, [b])), 'SYNC2101');
});

test('a replica that is behind is waited for, and one that was promoted without our last transactions is refused', async t => {
  const {a, b} = await group(t);
  await run(b, 'STOP REPLICA SQL_THREAD');
  await run(a, 'INSERT INTO d.a VALUES (2)');
  const position = await positionOf(t, a);
  t.is(await codeOf(t, find(t, position, [b])), 'SYNC2120');
  t.is(await codeOf(t, find(t, position, [{...a, port: 1}, b])), 'SYNC2125');
  await run(b, 'START REPLICA SQL_THREAD');
  await ReplicaGroup.caughtUp(b, a);
  t.is((await find(t, position, [b])).source.port, b.port);
  await promote(b);
  await run(a, 'INSERT INTO d.a VALUES (3)');
  const lost = await positionOf(t, a);
  await run(b, 'INSERT INTO d.a VALUES (4)');
  t.is(await codeOf(t, find(t, lost, [b])), 'SYNC2123');
  t.is(await codeOf(t, find(t, lost, [{...a, port: 1}, b])), 'SYNC2125');
});

test('a reset, a restored backup and another group each have their code', async t => {
  const {a} = await group(t);
  const other = await startPrivateServer(t, {'server-id': '3'});
  await alike(a, other.server);
  const position = await positionOf(t, a);
  // The binlog's own clock counts seconds: the next file begins in a later one.
  await run(a, 'SELECT SLEEP(1.1)');
  await run(other.server, 'CREATE DATABASE x');
  t.is(await codeOf(t, find(t, position, [other.server])), 'SYNC2122');
  const [uuid] = position.gtidSet.split(':');
  await run(
    other.server,
    'RESET BINARY LOGS AND GTIDS',
    `SET GLOBAL gtid_purged = '${uuid}:1-2'`,
    'CREATE DATABASE y',
  );
  t.is(await codeOf(t, find(t, position, [other.server])), 'SYNC2121');
  await run(a, 'RESET BINARY LOGS AND GTIDS');
  t.is(await codeOf(t, find(t, position, [a])), 'SYNC2119');
  await run(a, 'CREATE DATABASE z');
  t.is(await codeOf(t, find(t, position, [a])), 'SYNC2119');
});

test('transactions that only a replica has are not read from it, and none is lost with them', async t => {
  const {a, b} = await group(t);
  const position = await positionOf(t, a);
  await run(b, 'INSERT INTO d.a VALUES (99)');
  t.is((await find(t, position, [b, a])).source.port, a.port);
  const errant = await positionOf(t, b);
  t.is(await codeOf(t, find(t, errant, [b, a])), 'SYNC2124');
  t.is(await codeOf(t, find(t, errant, [a])), 'SYNC2123');
});

test('a number that another server gave to another transaction is found out', async t => {
  const {a} = await group(t);
  const other = await startPrivateServer(t, {'server-id': '3'});
  await alike(a, other.server);
  const position = await positionOf(t, a);
  const [uuid] = position.gtidSet.split(':');
  await run(other.server, 'CREATE DATABASE d');
  await run(other.server, `SET gtid_next = '${uuid}:1'`, 'CREATE TABLE d.a (id INT PRIMARY KEY)');
  for (const number of [2, 3])
    await run(
      other.server,
      `SET gtid_next = '${uuid}:${number}'`,
      `INSERT INTO d.a VALUES (${number})`,
    );
  t.is(await codeOf(t, find(t, position, [other.server])), 'SYNC2104');
});

test('whoever connects after a failover asks the server that is read before one that came back', t => {
  const options = {
    host: 'old',
    port: 3306,
    others: [
      {host: 'new', port: 3307},
      {host: 'third', port: 3306},
    ],
    user: 'u',
    password: 'p',
    tls: {mode: 'preferred', ca: null, certificate: null, key: null} as const,
  };
  const order = () => serversOf(options).map(({host, port}) => `${host}:${port}`);
  preferServer(options, {...options, host: 'new', port: 3307});
  t.deepEqual(order(), ['new:3307', 'old:3306', 'third:3306']);
  preferServer(options, {...options, host: 'third', port: 3306});
  t.deepEqual(order(), ['third:3306', 'new:3307', 'old:3306']);
});
