// What a source sees of a task that is held for long, and what its clock does to a task.
import test from 'ava';
import {sendControl} from '../../runtime/task/control.ts';
import {startPrivateServer} from '../support/mysql.ts';
import {World} from '../support/world.ts';

test('C19: a server with a net_write_timeout of one second does not cut off a task that is held', async t => {
  const own = await startPrivateServer(t, {'net-write-timeout': '1'});
  await using world = await World.open(t, {
    setup: ['CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT)'],
    server: own.server,
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await sendControl(world.stateDir, 'pause');
  // More than the buffers of both ends of a socket hold: the server waits in the middle of a write.
  await world.mysql.query('SET SESSION cte_max_recursion_depth = 1000000');
  for (let i = 0; i < 4; i++)
    await world.mysql.query(
      `INSERT INTO notes (note) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
       SELECT REPEAT('x', 2000) FROM n`,
    );
  await world.mysql.query('SELECT SLEEP(5)');
  await sendControl(world.stateDir, 'resume');
  await world.caughtUp(runtime);
  t.notRegex(world.log(), /the binlog stream ended/);
  await world.equal('notes');
  await world.stop(runtime);
});

test('event times an hour ahead or behind: rows go by them, the lag is never below zero and ends', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE notes (id INT PRIMARY KEY, note TEXT)'],
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  for (const [id, hours] of [
    [1, 1],
    [2, -1],
    [3, 0],
  ]) {
    await world.mysql.query('SET TIMESTAMP = UNIX_TIMESTAMP(SYSDATE()) + ?', [hours! * 3600]);
    await world.mysql.query("INSERT INTO notes VALUES (?, 'n')", [id]);
    const status = await world.caughtUp(runtime);
    t.true(status.lagSeconds! >= 0);
    t.true(status.tables.every(({lagSeconds}) => lagSeconds! >= 0));
    // Other tests write to the same binlog: what is behind comes and goes with them.
    await world.until(runtime, 'no lag', ({lagSeconds, retention}) => {
      return lagSeconds === 0 && (retention?.catchUpSeconds ?? 0) === 0;
    });
  }
  await world.equal('notes');
  await world.stop(runtime);
});

test('C8: a pause before a transaction lets go what was read, and a kill in it loses and doubles nothing', async t => {
  await using world = await World.open(t, {
    setup: ['CREATE TABLE notes (id INT PRIMARY KEY, note TEXT)'],
    settings: {incremental: {commitSeconds: 4}},
  });
  const first = world.start();
  await world.caughtUp(first);
  await world.mysql.query("INSERT INTO notes VALUES (1, REPEAT('x', 60000))");
  await world.until(first, 'the row is read', s => s.rates.bytesReadPerSecond > 10_000);
  await sendControl(world.stateDir, 'pause');
  // The hold meets the first event of this one.
  await world.mysql.query("INSERT INTO notes VALUES (2, 'two')");
  const paused = await world.until(first, 'the row is let go', ({tables}) =>
    tables.some(({rowsFollowed}) => rowsFollowed === 1),
  );
  t.deepEqual(
    paused.holds.map(({reason}) => reason),
    ['operator'],
  );
  await world.mysql.query("UPDATE notes SET note = 'twice' WHERE id = 1");
  await world.kill(first);
  const second = world.start();
  await world.caughtUp(second);
  await world.equal('notes');
  await sendControl(world.stateDir, 'pause');
  await world.mysql.query('DELETE FROM notes WHERE id = 2');
  await sendControl(world.stateDir, 'resume');
  await world.caughtUp(second);
  await world.equal('notes');
  await world.stop(second);
});
