// Tasks that read one server know of each other: the shorter retry windows hold, and a finding says whose they are.
import test from 'ava';
import {precheckSource} from '../../runtime/source/precheck.ts';
import {readNeighbours, shortestWindows} from '../../runtime/source/neighbours.ts';
import {readServerFacts} from '../../runtime/source/server.ts';
import {parseTask} from '../../runtime/spec/parse.ts';
import {sourceOptions} from '../../runtime/task/connections.ts';
import {startPrivateServer} from '../support/mysql.ts';
import {connect} from '../support/source.ts';

test('of two tasks on one server the shorter retry windows hold, and a finding names the task they come from', async t => {
  const {server} = await startPrivateServer(t, {'performance-schema': 'ON'});
  const taskOf = (name: string, retry: object) =>
    parseTask({
      name,
      source: {host: server.host, port: server.port, user: server.syncUser},
      target: {endpoint: 'http://127.0.0.1:1/api', project: 'local', accessKeyId: 'k'},
      targetAccessKeySecret: 's',
      objects: [{database: 'shop', tables: ['*']}],
      retry,
    }).task!;
  const optionsOf = (task: ReturnType<typeof taskOf>) =>
    sourceOptions(task, {
      sourcePassword: server.syncPassword,
      sourceTlsKey: null,
      targetAccessKeySecret: 's',
      targetSecurityToken: null,
      alertWebhooks: {},
      hashKeys: {},
    });
  const orders = taskOf('orders', {connectionMinutes: 720, otherMinutes: 10});
  const billing = taskOf('billing', {connectionMinutes: 30, otherMinutes: 15});
  const one = await connect(t, optionsOf(orders));
  await connect(t, optionsOf(orders));
  const alone = await readNeighbours(one, 'orders');
  t.deepEqual(alone, []);

  const other = await connect(t, optionsOf(billing));
  const seen = await readNeighbours(one, 'orders');
  t.deepEqual(seen, [{task: 'billing', connectionMinutes: 30, otherMinutes: 15}]);
  t.deepEqual(shortestWindows(orders.retry, seen), {connectionMinutes: 30, otherMinutes: 10});

  const findingsOf = async (connection: typeof one, task: typeof orders) =>
    (
      await precheckSource(connection, await readServerFacts(connection), [], {
        task,
        serverId: null,
      })
    ).filter(f => f.id === 'P46');
  const [longer, ...others] = await findingsOf(one, orders);
  t.like(longer, {code: 'SYNC2338', severity: 'warning', where: 'retry.connectionMinutes'});
  t.regex(longer!.cause, /read by billing too; the shortest window is 30 minutes, this task's 720/);
  t.deepEqual(others, []);
  t.deepEqual(
    (await findingsOf(other, billing)).map(f => f.where),
    ['retry.otherMinutes'],
  );
});
