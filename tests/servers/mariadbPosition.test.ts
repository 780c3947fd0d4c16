// Positions on MariaDB (rules C1, C5): what a resume proves by its GTIDs, and a failover between two of its servers.
import test, {type ExecutionContext} from 'ava';
import {eventType} from '../../runtime/codec/binlogEvent.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import {proveResume, type Position} from '../../runtime/source/position.ts';
import {readStartPosition} from '../../runtime/source/server.ts';
import {
  connectTo,
  createDatabase,
  PrivateServer,
  startPrivateServer,
  type TestServer,
} from '../support/mysql.ts';
import {otherShopSetup, otherShopTables, writeOtherShop} from '../support/otherShop.ts';
import {alike, ReplicaGroup} from '../support/replicaGroup.ts';
import {codeOf, connect, optionsOf, signalOf, syncOptionsOf} from '../support/source.ts';
import {World} from '../support/world.ts';

/** The position after the last transaction, with its fingerprint, as the task would store it. */
async function lastPosition(
  t: ExecutionContext,
  server: TestServer,
  from: Position,
): Promise<Position> {
  const end = await readStartPosition(await connect(t, optionsOf(server)));
  await using stream = await BinlogStream.open(syncOptionsOf(server), {
    position: from,
    serverId: 0,
    heartbeatSeconds: 5,
    signal: signalOf(t),
    nonBlocking: true,
    verifyChecksums: true,
  });
  let last = from;
  await stream.run(event => {
    if (event.type !== eventType.xid) return;
    last = {...end, file: event.file, offset: event.endOffset, fingerprint: stream.fingerprint()};
  });
  return last;
}

async function prove(t: ExecutionContext, server: TestServer, position: Position): Promise<void> {
  const options = syncOptionsOf(server);
  await proveResume(await connect(t, options), options, position, signalOf(t), {waitSeconds: 1});
}

for (const product of ['mariadb-10.11', 'mariadb-11.8'] as const)
  test(`${product}: a position proves itself, and what it cannot prove has its code`, async t => {
    const own = await startPrivateServer(t, {}, product);
    const {server} = own;
    const database = await createDatabase(t, server);
    await database.query('CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB');
    const start = await readStartPosition(await connect(t, syncOptionsOf(server)));
    t.regex(start.gtidSet, /^0-1-\d+$/);
    await t.notThrowsAsync(prove(t, server, start));
    const codeAt = (position: Position) => codeOf(t, prove(t, server, position));
    for (const [i, compress] of ['OFF', 'ON'].entries()) {
      await database.query(`SET GLOBAL log_bin_compress = ${compress}`);
      await database.query(`INSERT INTO a VALUES (${i}, REPEAT('x', 20))`);
      const position = await lastPosition(t, server, start);
      t.is(position.fingerprint?.gtid, position.gtidSet.replace(/-(\d+)$/, ':$1'));
      await t.notThrowsAsync(prove(t, server, position));
      const fingerprint = position.fingerprint!;
      t.is(await codeAt({...position, fingerprint: {...fingerprint, crc: 1}}), 'SYNC2104');
      // By GTID, as on another server: the transaction is found whatever file holds it.
      await t.notThrowsAsync(prove(t, server, {...position, serverUuid: 'mariadb-9'}));
      const earlier = {...fingerprint, originalCommitTimestamp: 1};
      t.is(await codeAt({...position, serverUuid: 'mariadb-9', fingerprint: earlier}), 'SYNC2104');
    }
    const last = await lastPosition(t, server, start);
    const lost = {...last, gtidSet: last.gtidSet.replace(/-(\d+)$/, '-999')};
    t.is(await codeAt(lost), 'SYNC2102');
    await database.query('FLUSH BINARY LOGS');
    await database.query("INSERT INTO a VALUES (8, 'later')");
    await database.query('FLUSH BINARY LOGS');
    const [current] = await database.query('SHOW MASTER STATUS');
    await own.crash();
    const admin = await database.connect();
    await admin.query(`PURGE BINARY LOGS TO '${String(current!['File'])}'`);
    t.is(await codeAt(last), 'SYNC2101');
    await admin.query('RESET MASTER');
    t.is(await codeAt(last), 'SYNC2119');
    await admin.query("INSERT INTO a VALUES (9, 'anew')");
    t.is(await codeAt({...last, gtidSet: '0-1-1'}), 'SYNC2104');
  });

test('a failover between two servers of MariaDB loses and doubles nothing', async t => {
  const product = 'mariadb-10.11';
  const settings = {'log-slave-updates': 'ON', 'gtid-strict-mode': 'ON'};
  const a = await startPrivateServer(t, settings, product);
  const b = await PrivateServer.start({...settings, 'server-id': '2', 'read-only': 'ON'}, product);
  t.teardown(() => b[Symbol.asyncDispose]());
  await alike(a.server, b.server);
  const {host, port, user, password} = a.server;
  await ReplicaGroup.run(
    b.server,
    `CHANGE MASTER TO MASTER_HOST = '${host}', MASTER_PORT = ${port}, MASTER_USER = '${user}',
      MASTER_PASSWORD = '${password}', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1`,
    'START SLAVE',
  );
  await using world = await World.open(t, {
    setup: otherShopSetup(2000),
    tables: otherShopTables,
    server: a.server,
    byPlace: true,
    settings: {
      source: {host, port, hosts: [`${b.server.host}:${b.server.port}`], user: a.server.syncUser},
    },
  });
  const runtime = world.start();
  await world.until(runtime, 'following', ({state}) => state === 'following');
  let over = false;
  const first = writeOtherShop(await world.database.connect(), 1, () => over);
  let looks = 20;
  await world.until(runtime, 'some writes', () => looks-- <= 0);
  over = true;
  await first;
  const [state] = await ReplicaGroup.run(a.server, 'SELECT @@global.gtid_binlog_pos AS pos');
  await ReplicaGroup.run(b.server, `SELECT MASTER_GTID_WAIT('${state!['pos']}', 60)`);
  await ReplicaGroup.run(b.server, 'STOP SLAVE', 'RESET SLAVE ALL', 'SET GLOBAL read_only = OFF');
  await a[Symbol.asyncDispose]();
  world.mysql = await connectTo(b.server, {database: world.database.name});
  over = false;
  const writer = await connectTo(b.server, {database: world.database.name});
  const second = writeOtherShop(writer, 2, () => over);
  looks = 30;
  await world.until(runtime, 'some writes', () => looks-- <= 0);
  over = true;
  await second;
  const status = await world.caughtUp(runtime);
  t.is(status.position?.serverUuid, 'mariadb-2');
  t.regex(status.position?.gtidSet ?? '', /^0-1-\d+,0-2-\d+$/);
  for (const table of otherShopTables) t.log(table, await world.equal(table));
  await world.stop(runtime);
  writer.destroy();
  world.mysql.destroy();
});
