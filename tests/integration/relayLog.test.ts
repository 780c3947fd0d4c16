// The relay log: what the source has purged is still there, whatever held the task, and whatever became of the copy's end.
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {sendControl} from '../../runtime/task/control.ts';
import {PrivateServer, startPrivateServer} from '../support/mysql.ts';
import {ReplicaGroup} from '../support/replicaGroup.ts';
import {World, type Runtime} from '../support/world.ts';

const setup = ['CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT)'];
const settings = {incremental: {commitSeconds: 0.5, relayLog: {mebibytes: 64}}};

/** Everything that is written now is in the copy. */
async function copied(world: World, runtime: Runtime, words = 'BINARY LOG'): Promise<void> {
  const [[row]] = (await world.mysql.query(`SHOW ${words} STATUS`)) as unknown as [
    [{File: string; Position: number}],
  ];
  await world.until(
    runtime,
    'the binlog is copied',
    // The source is shared: others may have written more.
    ({relayLog}) =>
      relayLog !== null &&
      (relayLog.position.file > row.File ||
        (relayLog.position.file === row.File && relayLog.position.offset >= Number(row.Position))),
  );
}

/** The source keeps nothing but the file that it writes now. */
async function purge(world: World): Promise<void> {
  await world.mysql.query('FLUSH BINARY LOGS');
  const [rows] = (await world.mysql.query('SHOW BINARY LOGS')) as unknown as [{Log_name: string}[]];
  await world.mysql.query(`PURGE BINARY LOGS TO '${rows.at(-1)!.Log_name}'`);
}

async function write(world: World, count: number, bytes = 100): Promise<void> {
  for (let i = 0; i < count; i++)
    await world.mysql.query('INSERT INTO notes (note) VALUES (REPEAT(?, ?))', [
      String.fromCharCode(97 + (i % 26)),
      bytes,
    ]);
  await world.mysql.query('UPDATE notes SET note = CONCAT(note, id) WHERE id % 3 = 0');
  await world.mysql.query('DELETE FROM notes WHERE id % 7 = 0');
}

function newestFile(world: World): string {
  const dir = join(world.stateDir, 'relay-log');
  return join(dir, readdirSync(dir).toSorted().at(-1)!);
}

test('a task that is held goes on from the relay log when the source has purged what it needs, over a kill', async t => {
  const own = await startPrivateServer(t);
  await using world = await World.open(t, {setup, settings, server: own.server});
  let runtime = world.start();
  await world.caughtUp(runtime);
  await sendControl(world.stateDir, 'pause');
  await write(world, 50);
  await copied(world, runtime);
  await purge(world);
  await world.kill(runtime);
  world.saveTask({desiredState: 'paused'});
  runtime = world.start();
  await world.until(runtime, 'a pause', s => s.holds.some(({reason}) => reason === 'operator'));
  await write(world, 50);
  await copied(world, runtime);
  await purge(world);
  await sendControl(world.stateDir, 'resume');
  await world.caughtUp(runtime);
  await world.equal('notes');
  await world.stop(runtime);
});

test('an end of the relay log that is torn, lost or foreign is cut off and read again from the source', async t => {
  await using world = await World.open(t, {setup, settings});
  let runtime = world.start();
  await world.caughtUp(runtime);
  const damages: ((path: string) => void)[] = [
    path => appendFileSync(path, Buffer.from([2, 255, 0, 0, 0, 1, 2, 3])),
    path => truncateSync(path, statSync(path).size - 11),
    path => writeFileSync(join(path, '..', 'relay-00000099'), ''),
    path => truncateSync(path, 5),
  ];
  for (const damage of damages) {
    await sendControl(world.stateDir, 'pause');
    await write(world, 20);
    await copied(world, runtime);
    await world.kill(runtime);
    damage(newestFile(world));
    await write(world, 5);
    runtime = world.start();
    await world.caughtUp(runtime);
  }
  await world.equal('notes');
  await world.stop(runtime);
});

test('a relay log that is damaged before its end is given up, and read again from the source', async t => {
  await using world = await World.open(t, {setup, settings});
  let runtime = world.start();
  await world.caughtUp(runtime);
  await sendControl(world.stateDir, 'pause');
  await write(world, 40);
  await copied(world, runtime);
  await world.kill(runtime);
  const path = newestFile(world);
  const bytes = readFileSync(path);
  // The sums of the newest file are looked at when it is opened: it is made the one before.
  const at = bytes.length >> 1;
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(path, bytes);
  runtime = world.start();
  await world.caughtUp(runtime);
  await world.equal('notes');
  await world.stop(runtime);
});

test('a full relay log holds copying, a transaction larger than it goes through, and nothing is lost', async t => {
  await using world = await World.open(t, {
    setup,
    settings: {incremental: {commitSeconds: 0.5, relayLog: {mebibytes: 1}}},
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await sendControl(world.stateDir, 'pause');
  await write(world, 200, 60_000);
  const full = await world.until(runtime, 'a full relay log', ({holds, relayLog}) => {
    return relayLog!.isFull && holds.some(({reason}) => reason === 'relay-log-full');
  });
  t.true(full.relayLog!.bytes < 8 * 2 ** 20);
  await sendControl(world.stateDir, 'resume');
  await world.caughtUp(runtime);
  await world.mysql.query('START TRANSACTION');
  await write(world, 60, 60_000);
  await world.mysql.query('COMMIT');
  await write(world, 20);
  await world.caughtUp(runtime);
  await world.equal('notes');
  await world.stop(runtime);
});

test('compressed, long and prepared transactions and schema changes come out of the relay log as they went in', async t => {
  const own = await startPrivateServer(t, {'max-allowed-packet': '256M'});
  await using world = await World.open(t, {setup, settings, server: own.server});
  const runtime = world.start();
  await world.caughtUp(runtime);
  await sendControl(world.stateDir, 'pause');
  const {mysql} = world;
  await mysql.query("XA START 'one'");
  await mysql.query("INSERT INTO notes (note) VALUES ('prepared')");
  await mysql.query("XA END 'one'");
  await mysql.query("XA PREPARE 'one'");
  const other = await world.database.connect();
  t.teardown(() => other.destroy());
  await other.query('SET SESSION binlog_transaction_compression = ON');
  await other.query('START TRANSACTION');
  await other.query("INSERT INTO notes (note) VALUES ('small')");
  await other.query('COMMIT');
  // Random bytes do not compress: the payload is longer than a frame.
  await other.query('SET SESSION cte_max_recursion_depth = 100000');
  await other.query(
    `INSERT INTO notes (note) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
     SELECT CONCAT(TO_BASE64(RANDOM_BYTES(450)), i) FROM n`,
  );
  await mysql.query("XA COMMIT 'one'");
  await other.query('ALTER TABLE notes ADD COLUMN more INT');
  await other.query('UPDATE notes SET more = id WHERE id < 100');
  await copied(world, runtime);
  await purge(world);
  await sendControl(world.stateDir, 'resume');
  await world.caughtUp(runtime);
  await world.equal('notes');
  await world.stop(runtime);
});

test('without GTIDs the relay log is read by file and offset', async t => {
  const own = await startPrivateServer(t, {'gtid-mode': 'OFF', 'enforce-gtid-consistency': 'OFF'});
  await using world = await World.open(t, {setup, settings, server: own.server, byPlace: true});
  let runtime = world.start();
  await world.until(runtime, 'following', ({state}) => state === 'following');
  await sendControl(world.stateDir, 'pause');
  await write(world, 30);
  await copied(world, runtime);
  await purge(world);
  await write(world, 5);
  await copied(world, runtime);
  await world.kill(runtime);
  runtime = world.start();
  await copied(world, runtime);
  await world.until(runtime, 'all of it', ({relayLog, position}) => {
    const [here, there] = [position!, relayLog!.position];
    return here.file === there.file && here.offset === there.offset;
  });
  await world.equal('notes');
  await world.stop(runtime);
});

test('the relay log of a MariaDB is read from, over a kill and a purge', async t => {
  await using own = await PrivateServer.start({}, 'mariadb-10.11');
  await using world = await World.open(t, {setup, settings, server: own.server, byPlace: true});
  let runtime = world.start();
  await world.until(runtime, 'following', ({state}) => state === 'following');
  await sendControl(world.stateDir, 'pause');
  await write(world, 50);
  await copied(world, runtime, 'MASTER');
  await purge(world);
  await world.mysql.query('ALTER TABLE notes ADD COLUMN more INT');
  await write(world, 20);
  await copied(world, runtime, 'MASTER');
  await world.kill(runtime);
  runtime = world.start();
  await write(world, 20);
  await world.caughtUp(runtime);
  await world.equal('notes');
  await world.stop(runtime);
});

test('after a failover the relay log goes on at the other server, with what the lost one had purged', async t => {
  await using group = await ReplicaGroup.start();
  const [a, b] = [group.primary.server, group.replica.server];
  const source = {host: a.host, port: a.port, hosts: [`${b.host}:${b.port}`], user: a.syncUser};
  await using world = await World.open(t, {setup, settings: {...settings, source}, server: a});
  let runtime = world.start();
  await world.caughtUp(runtime);
  await sendControl(world.stateDir, 'pause');
  await write(world, 30);
  await copied(world, runtime);
  await purge(world);
  await ReplicaGroup.caughtUp(b, a);
  // The replica has none of it either: it is in the copy alone.
  await ReplicaGroup.run(b, 'FLUSH BINARY LOGS');
  await ReplicaGroup.run(b, "PURGE BINARY LOGS TO 'binlog.000002'");
  await group.promote();
  await group.primary[Symbol.asyncDispose]();
  world.mysql = await group.connectReplica(world.database.name);
  await write(world, 30);
  await world.until(runtime, 'copying at the other server', s => s.relayLog?.position.epoch === 2);
  await world.kill(runtime);
  runtime = world.start();
  await world.caughtUp(runtime);
  await world.equal('notes');
  await world.stop(runtime);
});

test('a relay log that has no folder that can be written stops the task with SYNC2129, and nothing is lost', async t => {
  await using world = await World.open(t, {setup, settings});
  const first = world.start();
  await world.caughtUp(first);
  await world.stop(first);
  const dir = join(world.stateDir, 'relay-log');
  rmSync(dir, {recursive: true, force: true});
  // Root may write anywhere, so that a file stands where the folder should be.
  writeFileSync(dir, '');
  await write(world, 10);
  const second = world.start();
  t.not(await second.exit, 0);
  t.regex(second.output() + world.log(), /SYNC2129/);
  rmSync(dir);
  const third = world.start();
  await world.caughtUp(third);
  await world.equal('notes');
  await world.stop(third);
});
