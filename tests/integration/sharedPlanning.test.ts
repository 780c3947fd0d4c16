// Previews of many tasks: what they cost the source.
import test from 'ava';
import {parseTask} from '../../runtime/spec/parse.ts';
import {resolveSecrets} from '../../runtime/spec/secrets.ts';
import {SharedPlanning} from '../../runtime/task/sharedPlanning.ts';
import {openEnds} from '../support/syncTaskShop.ts';

const {signal} = new AbortController();

test('fifty tasks on one source are planned over one connection', async t => {
  const {database, target} = await openEnds(t);
  const {host, port} = database.server;
  const user = `planner_${process.pid}`;
  // The server itself refuses a second connection.
  await database.query(
    `CREATE USER ${user} IDENTIFIED BY 'a password' WITH MAX_CONNECTIONS_PER_HOUR 1`,
  );
  t.teardown(() => database.query(`DROP USER ${user}`));
  await database.query(
    `GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT, BACKUP_ADMIN ON *.* TO ${user}`,
  );
  await using planning = new SharedPlanning();
  const plans = await Promise.all(
    Array.from({length: 50}, (_, i) => {
      const {task, findings} = parseTask({
        name: `task-${i}`,
        source: {host, port, user},
        sourcePassword: 'a password',
        target: {
          endpoint: target.endpoint,
          project: target.project,
          accessKeyId: target.accessKeyId,
        },
        targetAccessKeySecret: target.accessKeySecret,
        objects: [{database: database.name, as: `t${i}`, tables: ['orders']}],
      });
      t.deepEqual(findings, []);
      return planning.plan(task!, resolveSecrets(task!), signal);
    }),
  );
  t.deepEqual(
    plans.map(({tables}) => tables.map(({baseTable}) => baseTable)),
    Array.from({length: 50}, (_, i) => [`t${i}_orders_base`]),
  );
});

test('a source that does not answer is asked once for all its tasks', async t => {
  await using planning = new SharedPlanning();
  const {task} = parseTask({
    name: 'unreached',
    source: {host: '127.0.0.1', port: 1, user: 'nobody'},
    target: {endpoint: 'http://127.0.0.1:1/api', project: 'nothing', accessKeyId: 'id'},
    targetAccessKeySecret: 'a secret',
    objects: [{database: 'shop'}],
  });
  const secrets = resolveSecrets(task!);
  const plans = await Promise.all([1, 2, 3].map(() => planning.plan(task!, secrets, signal)));
  for (const {findings} of plans) t.like(findings, [{id: 'P01', where: 'source'}]);
});
