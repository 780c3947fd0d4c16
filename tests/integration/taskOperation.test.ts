// How a task is run beside its rows: holds by the load of the source, heartbeats, patterns of databases, logs without partitions.
import test from 'ava';
import {World} from '../support/world.ts';

const items = 'CREATE TABLE items (id INT PRIMARY KEY, note VARCHAR(40))';

test('the load of the source holds a task by name, a heartbeat moves its position, patterns name its tables', async t => {
  await using world = await World.open(t, {
    setup: [
      items,
      "INSERT INTO items VALUES (1, 'a'), (2, 'b')",
      'CREATE TABLE busy (flag INT)',
      'INSERT INTO busy VALUES (0)',
      'CREATE TABLE beat (task VARCHAR(63) PRIMARY KEY, beat_at DATETIME(6) NOT NULL)',
    ],
  });
  const {mysql} = world;
  const database = world.database.name;
  const source = world.task['source'] as {user: string};
  await mysql.query(`GRANT INSERT, UPDATE ON ${database}.beat TO '${source.user}'@'%'`);
  world.saveTask({
    source: {
      ...source,
      load: {query: `SELECT flag FROM ${database}.busy`, threadsRunningMax: 10000, checkSeconds: 1},
    },
    objects: [
      {
        database: `/^(${database})$/`,
        tables: [{name: 'it*s', as: 'x_$1'}],
      },
    ],
    log: {partitionBy: []},
    incremental: {
      commitSeconds: 0.5,
      heartbeat: true,
      heartbeatTable: `${database}.beat`,
      heartbeatSeconds: 1,
    },
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await mysql.query('UPDATE busy SET flag = 7');
  const held = await world.until(runtime, 'a hold', status =>
    status.holds.some(({reason}) => reason === 'source-query'),
  );
  t.deepEqual(held.holds, [{reason: 'source-query', value: 7}]);
  await mysql.query("INSERT INTO items VALUES (3, 'while it holds')");
  await mysql.query('UPDATE busy SET flag = 0');
  await world.caughtUp(runtime);
  const beats = async (): Promise<string> => {
    const [rows] = await mysql.query(`SELECT CAST(beat_at AS CHAR) AS at FROM beat`);
    return (rows as unknown as {at: string}[])[0]?.at ?? '';
  };
  const first = await beats();
  t.truthy(first);
  await world.until(runtime, 'another heartbeat', async () => (await beats()) !== first);
  await world.equal('items', 'x_em');
  await world.stop(runtime);
  const resumed = world.start();
  await mysql.query("UPDATE items SET note = 'c' WHERE id = 1");
  await world.caughtUp(resumed);
  await world.equal('items', 'x_em');
  await world.stop(resumed);
});
