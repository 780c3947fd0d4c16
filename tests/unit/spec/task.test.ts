import test from 'ava';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {minimalTask, taskWith} from '../../support/taskInput.ts';

const accepted = (input: unknown) => {
  const {task, findings} = parseTask(input);
  if (task === null) throw new Error(JSON.stringify(findings));
  return task;
};

test('the smallest task has every default', t => {
  const {deploy, ...task} = accepted(minimalTask());
  t.is(deploy.kind, 'process');
  const throttle = {queriesPerSecond: null, rowsPerSecond: null, mebibytesPerSecond: null};
  t.deepEqual(task as unknown, {
    name: 'shop',
    source: {
      host: 'db',
      port: 3306,
      hosts: [],
      user: 'sync',
      serverId: null,
      timeZone: 'UTC',
      tls: {mode: 'preferred', ca: null, certificate: null},
      load: {threadsRunningMax: null, replicaLagSecondsMax: null, query: null, checkSeconds: 5},
    },
    sourcePassword: {env: 'DB_PASSWORD'},
    sourceTlsKey: null,
    target: {
      endpoint: 'http://127.0.0.1:8731/api',
      project: 'local',
      schema: null,
      accessKeyId: 'id',
      tunnelEndpoint: null,
      quota: null,
      region: null,
      credentials: 'access-key',
    },
    targetAccessKeySecret: 'secret',
    targetSecurityToken: null,
    objects: [
      {
        database: 'shop',
        as: null,
        tables: [
          {
            name: 'orders',
            as: null,
            where: null,
            columns: {include: null, exclude: [], rename: {}, types: {}, policies: {}},
            operations: ['insert', 'update', 'delete'],
            ddl: 'all',
            otherDdl: 'stop',
            reload: 'auto',
            transforms: [],
          },
        ],
        exclude: [],
        newTables: 'add',
      },
    ],
    phases: ['schema', 'full', 'incremental'],
    types: 'v2',
    naming: {additionalColumns: 'new', case: 'default'},
    log: {partitionBy: ['year', 'month', 'day', 'hour'], timeZone: 'UTC', lifecycleDays: null},
    conflictingTables: 'report',
    full: {workers: null, consistency: 'position-first', throttle},
    incremental: {
      delivery: 'exactly-once',
      commitSeconds: 10,
      commitMebibytes: 64,
      verifyChecksums: false,
      heartbeat: false,
      heartbeatTable: null,
      heartbeatSeconds: 10,
      spool: {mebibytes: 4096},
      relayLog: null,
      throttle: {rowsPerSecond: null, mebibytesPerSecond: null},
    },
    retry: {connectionMinutes: 720, otherMinutes: 10},
    alerts: [],
    alertWebhooks: {},
    hashKeys: {},
    environment: 'default',
    precheckFrom: 'provider',
    preflight: 'offline',
    acknowledge: [],
    desiredState: 'running',
    onDelete: {targetTables: 'keep', inProduction: false},
  });
});

test('a database without tables means all of them', t => {
  const task = accepted(taskWith(['objects'], [{database: 'shop'}]));
  t.deepEqual(
    task.objects[0]!.tables.map(table => table.name),
    ['*'],
  );
});

test('tables are names, globs, regular expressions or objects, side by side', t => {
  const tables = ['orders', '*_2026', '/^log_\\d+$/', {name: 'users', as: 'members'}];
  const task = accepted(taskWith(['objects', 0, 'tables'], tables));
  t.deepEqual(
    task.objects[0]!.tables.map(({name, as}) => [name, as]),
    [
      ['orders', null],
      ['*_2026', null],
      ['/^log_\\d+$/', null],
      ['users', 'members'],
    ],
  );
});

test('a column policy that is named in part keeps the other defaults', t => {
  const tables = [{name: 'a', columns: {policies: {c: {zeroDate: 'stop'}}}}];
  const task = accepted(taskWith(['objects', 0, 'tables'], tables));
  t.deepEqual(task.objects[0]!.tables[0]!.columns.policies['c'], {
    zeroDate: 'stop',
    overLong: 'stop',
    invalidText: 'stop',
  });
});

test('credentials of the environment need no access key id', t => {
  const target = {endpoint: 'http://h/api', project: 'local', credentials: 'environment'};
  const {targetAccessKeySecret, ...input} = taskWith(['target'], target);
  t.truthy(targetAccessKeySecret);
  t.is(accepted(input).target.accessKeyId, null);
});

test('a deployment keeps settings that only its deployer knows', t => {
  const task = accepted(taskWith(['deploy'], {kind: 'none', stateDir: '/srv/state'}));
  t.deepEqual({...task.deploy}, {kind: 'none', stateDir: '/srv/state'});
});
