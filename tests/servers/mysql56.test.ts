// MySQL 5.6 as a source, live: by GTIDs and by file position.
import test, {type ExecutionContext} from 'ava';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import {proveResume, type Position} from '../../runtime/source/position.ts';
import {readStartPosition} from '../../runtime/source/server.ts';
import {otherTypes} from '../support/otherTypes.ts';
import {codeOf, connect, signalOf, syncOptionsOf} from '../support/source.ts';
import {otherShopSetup, otherShopTables, writeOtherShop} from '../support/otherShop.ts';
import {createDatabase, startPrivateServer} from '../support/mysql.ts';
import {World, type Runtime} from '../support/world.ts';

const seed = Number(process.env['SEED'] ?? 20261122);

function settingsOf(gtidMode: string): Record<string, string> {
  return gtidMode === 'ON' ? {} : {'gtid-mode': 'OFF', 'enforce-gtid-consistency': 'OFF'};
}

async function finish(t: ExecutionContext<any>, world: World, runtime: Runtime): Promise<void> {
  await world.caughtUp(runtime);
  for (const table of otherShopTables) t.log(table, await world.equal(table));
  await world.stop(runtime);
}

for (const gtidMode of ['ON', 'OFF'])
  test(`a load and what follows it, killed in between, equal the source with gtid_mode ${gtidMode}`, async t => {
    const own = await startPrivateServer(t, settingsOf(gtidMode), 'mysql-5.6');
    await using world = await World.open(t, {
      setup: otherShopSetup(3000),
      tables: otherShopTables,
      server: own.server,
      byPlace: gtidMode === 'OFF',
    });
    let over = false;
    const writer = writeOtherShop(await world.database.connect(), seed, () => over);
    const killed = world.start();
    await world.until(killed, 'following', status => status.state === 'following');
    await world.kill(killed);
    const runtime = world.start();
    await world.until(runtime, 'following', status => status.state === 'following');
    over = true;
    t.log(`${await writer} transactions`);
    await finish(t, world, runtime);
  });

for (const gtidMode of ['ON', 'OFF'])
  test(`every type, changes of columns and a crash of the server, with gtid_mode ${gtidMode}`, async t => {
    const own = await startPrivateServer(t, settingsOf(gtidMode), 'mysql-5.6');
    const {table, insert} = otherTypes('mysql-5.6');
    await using world = await World.open(t, {
      setup: [table, insert(1), insert(2, () => 'NULL')],
      server: own.server,
      byPlace: gtidMode === 'OFF',
      settings: {full: {workers: 2, consistency: 'consistent'}},
    });
    let runtime = world.start();
    await world.until(runtime, 'following', status => status.state === 'following');
    for (const sql of [
      insert(10),
      insert(11, () => 'NULL'),
      'UPDATE t SET i8 = 5, bytes = NULL WHERE id = 1',
      'ALTER TABLE t ADD COLUMN added INT AFTER i8',
      'INSERT INTO t (id, added) VALUES (20, 5)',
      'ALTER TABLE t CHANGE added renamed BIGINT',
      'INSERT INTO t (id, renamed) VALUES (21, 5000000000)',
      'ALTER TABLE t DROP COLUMN bits',
      'ALTER TABLE t ADD COLUMN moment TIMESTAMP',
      // The server has filled it with zero dates, which the target holds as NULL.
      "UPDATE t SET moment = '2026-01-01'",
      'UPDATE t SET u8 = 7 WHERE id IN (1, 10, 20)',
    ])
      await world.mysql.query(sql);
    await world.caughtUp(runtime);
    await world.equal('t');
    await world.kill(runtime);
    await own.crash();
    world.mysql = await world.database.connect();
    await world.mysql.query('UPDATE t SET u8 = 8 WHERE id IN (2, 21)');
    runtime = world.start();
    await world.caughtUp(runtime);
    await world.equal('t');
    await world.stop(runtime);
  });

test('without GTIDs the last transaction proves a position too, though no event names it', async t => {
  const own = await startPrivateServer(t, settingsOf('OFF'), 'mysql-5.6');
  const database = await createDatabase(t, own.server);
  await database.query('CREATE TABLE a (id INT PRIMARY KEY) ENGINE=InnoDB');
  const options = syncOptionsOf(own.server);
  const start = await readStartPosition(await connect(t, options));
  const prove = async (position: Position) =>
    proveResume(await connect(t, options), options, position, signalOf(t));
  for (const sql of ['INSERT INTO a VALUES (1)', 'ALTER TABLE a ADD COLUMN b INT']) {
    await database.query(sql);
    const end = await readStartPosition(await connect(t, options));
    await using stream = await BinlogStream.open(options, {
      position: start,
      serverId: 0,
      heartbeatSeconds: 5,
      signal: signalOf(t),
      nonBlocking: true,
    });
    await stream.run(() => undefined);
    const fingerprint = stream.fingerprint()!;
    await t.notThrowsAsync(prove({...end, fingerprint}));
    const other = {...fingerprint, crc: fingerprint.crc ^ 1};
    t.is(await codeOf(t, prove({...end, fingerprint: other})), 'SYNC2104');
  }
});

test('transactions that the server lacks are waited for, and told', async t => {
  const own = await startPrivateServer(t, {}, 'mysql-5.6');
  await createDatabase(t, own.server);
  const options = syncOptionsOf(own.server);
  const position = await readStartPosition(await connect(t, options));
  const ahead = {...position, gtidSet: `${position.serverUuid}:1-99`};
  const run = connect(t, options).then(connection =>
    proveResume(connection, options, ahead, signalOf(t), {waitSeconds: 1}),
  );
  t.is(await codeOf(t, run), 'SYNC2102');
});
