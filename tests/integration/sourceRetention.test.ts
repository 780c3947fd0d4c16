// The runway of a position: how long the source keeps the binlog that is needed next (rule C6), on a real server.
import {readFile} from 'node:fs/promises';
import test from 'ava';
import {readRetention} from '../../runtime/source/retention.ts';
import {connectTo, startPrivateServer} from '../support/mysql.ts';
import {connect, signalOf, syncOptionsOf} from '../support/source.ts';
import {World} from '../support/world.ts';

test('the runway counts from the end of the file that is read, and shrinks with its age', async t => {
  const own = await startPrivateServer(t, {'binlog-expire-logs-seconds': '3600'});
  const options = syncOptionsOf(own.server);
  const connection = await connect(t, options);
  const admin = await connectTo(own.server);
  t.teardown(() => admin.destroy());
  const at = (file: string, offset = 4) =>
    readRetention(connection, options, {file, offset}, signalOf(t));
  t.like(await at('binlog.000001'), {runwaySeconds: 3600, expireSeconds: 3600});
  await admin.query('CREATE DATABASE d');
  await admin.query('FLUSH BINARY LOGS');
  await admin.query('SELECT SLEEP(1.1)');
  const behind = (await at('binlog.000001'))!;
  t.true(behind.runwaySeconds! < 3600 && behind.runwaySeconds! > 3500);
  const here = (await at('binlog.000002'))!;
  t.is(here.runwaySeconds, 3600);
  t.true(here.behindBytes < behind.behindBytes);
  t.is(await at('binlog.000009'), null);
  await admin.query('SET GLOBAL binlog_expire_logs_seconds = 0');
  t.like(await at('binlog.000001'), {runwaySeconds: null, expireSeconds: 0});
});

test('a task that is held while its binlog ages warns, tells how far it is behind, and is right again once it has caught up', async t => {
  const own = await startPrivateServer(t, {'binlog-expire-logs-seconds': '100000'});
  await using world = await World.open(t, {
    setup: ['CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, v TEXT)'],
    server: own.server,
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  const idle = await world.until(runtime, 'a look at the binlog', s => s.retention !== null);
  t.like(idle.retention!, {isShort: false, runwaySeconds: 100_000});
  t.is(idle.lagSeconds, 0, 'an idle source has no lag');
  const {port, token} = JSON.parse(await readRuntime(world)) as {port: number; token: string};
  const control = (call: string) =>
    fetch(`http://127.0.0.1:${port}/control/${call}`, {
      method: 'POST',
      headers: {authorization: `Bearer ${token}`},
    });
  await control('pause');
  for (let i = 0; i < 20; i++)
    await world.mysql.query("INSERT INTO a (v) VALUES (REPEAT('x', 50000))");
  await world.mysql.query('FLUSH BINARY LOGS');
  await world.mysql.query('SELECT SLEEP(2)');
  await world.mysql.query('SET GLOBAL binlog_expire_logs_seconds = 1');
  const short = await world.until(runtime, 'a short runway', s => s.retention?.isShort === true);
  t.true(short.findings.some(({code}) => code === 'SYNC5083'));
  t.true(short.retention!.behindBytes > 500_000);
  await world.mysql.query('SET GLOBAL binlog_expire_logs_seconds = 100000');
  await control('resume');
  await world.caughtUp(runtime);
  const after = await world.until(
    runtime,
    'a long runway',
    s => s.retention?.isShort === false && s.retention.behindBytes < 1000,
  );
  t.false(after.findings.some(({code}) => code === 'SYNC5083'));
  t.is(after.retention!.catchUpSeconds, 0);
  await world.equal('a');
  await world.stop(runtime);
});

async function readRuntime(world: World): Promise<string> {
  return await readFile(`${world.stateDir}/runtime.json`, 'utf8');
}
