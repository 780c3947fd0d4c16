import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {parseTask, readTaskFile} from '../../../runtime/spec/parse.ts';
import {minimalTask, taskWith} from '../../support/taskInput.ts';

/** Code, path and problem of every finding. */
const refused = test.macro<[string, (string | number)[], unknown, string, string, RegExp]>({
  exec: (t, _, path, value, code, where, cause) => {
    const {task, findings} = parseTask(taskWith(path, value));
    t.is(task, null);
    t.deepEqual(
      findings.map(f => [f.code, f.where]),
      [[code, where]],
    );
    t.regex(findings[0]!.cause, cause);
  },
  title: (_, what) => `${what} is refused by its path`,
});

test(refused, 'a misspelt key', ['sorce'], {}, 'SYNC1002', 'sorce', /^sorce is not a setting/);
test(
  refused,
  'a misspelt key of a table',
  ['objects', 0, 'tables', 0],
  {name: 'a', were: 'x'},
  'SYNC1002',
  'objects[0].tables[0].were',
  /is not a setting/,
);
test(
  refused,
  'a missing host',
  ['source'],
  {user: 'u'},
  'SYNC1001',
  'source.host',
  /source\.host: is required/,
);
test(refused, 'a missing name', ['name'], undefined, 'SYNC1001', 'name', /is required/);
test(refused, 'a name with capitals', ['name'], 'Shop', 'SYNC1001', 'name', /lower-case letters/);
test(refused, 'a name of 64 characters', ['name'], 'a'.repeat(64), 'SYNC1001', 'name', /up to 63/);
test(refused, 'a port above 65535', ['source', 'port'], 65536, 'SYNC1001', 'source.port', /65535/);
test(refused, 'a port as text', ['source', 'port'], '3306', 'SYNC1001', 'source.port', /number/);
test(
  refused,
  'server id 0',
  ['source', 'serverId'],
  0,
  'SYNC1001',
  'source.serverId',
  /at least 1/,
);
test(
  refused,
  'an unknown TLS mode',
  ['source', 'tls', 'mode'],
  'on',
  'SYNC1001',
  'source.tls.mode',
  /preferred/,
);
test(
  refused,
  'an endpoint that is no address',
  ['target', 'endpoint'],
  'service',
  'SYNC1001',
  'target.endpoint',
  /http/,
);
test(
  refused,
  'a short project',
  ['target', 'project'],
  'p',
  'SYNC1001',
  'target.project',
  /3 to 28/,
);
test(
  refused,
  'an access key without id',
  ['target'],
  {endpoint: 'http://h/api', project: 'local'},
  'SYNC1001',
  'target.accessKeyId',
  /is needed/,
);
test(refused, 'an empty list of objects', ['objects'], [], 'SYNC1001', 'objects', /1/);
test(
  refused,
  'include with exclude',
  ['objects', 0, 'tables', 0],
  {name: 'a', columns: {include: ['x'], exclude: ['y']}},
  'SYNC1001',
  'objects[0].tables[0].columns.exclude',
  /beside include/,
);
test(refused, 'a phase named twice', ['phases'], ['full', 'full'], 'SYNC1001', 'phases', /twice/);
test(
  refused,
  'a partition from fine to coarse',
  ['log', 'partitionBy'],
  ['hour', 'day'],
  'SYNC1001',
  'log.partitionBy',
  /leading run/,
);
test(
  refused,
  'a time zone that nobody knows',
  ['log', 'timeZone'],
  'Mars/Olympus',
  'SYNC1001',
  'log.timeZone',
  /IANA/,
);
test(
  refused,
  'more minutes for other trouble than for connections',
  ['retry'],
  {connectionMinutes: 10, otherMinutes: 11},
  'SYNC1001',
  'retry.otherMinutes',
  /connectionMinutes/,
);
test(
  refused,
  'an alert without its webhook',
  ['alerts'],
  [{on: 'failure', webhook: 'ops'}],
  'SYNC1001',
  'alerts[0].webhook',
  /alertWebhooks/,
);
test(
  refused,
  'an acknowledgement that names no check',
  ['acknowledge'],
  ['all'],
  'SYNC1001',
  'acknowledge[0]',
  /P20/,
);
test(
  refused,
  'a secret that is neither text nor reference',
  ['sourcePassword'],
  17,
  'SYNC1001',
  'sourcePassword',
  /must be a text or/,
);
test('what is no object at all is refused as a whole', t => {
  for (const input of [null, 7, 'shop', []])
    t.deepEqual(
      parseTask(input).findings.map(f => f.where),
      ['task'],
    );
});

test('every fault is told at once', t => {
  const {findings} = parseTask({...minimalTask(), sorce: 1, name: 'X', phases: ['later']});
  t.deepEqual(findings.map(f => f.where).toSorted(), ['name', 'phases[0]', 'sorce']);
});

test('no finding quotes a value that may be a secret', t => {
  const {findings} = parseTask(taskWith(['sourcePassword'], {env: 'no name, a-secret-instead'}));
  t.true(findings.length > 0);
  t.false(JSON.stringify(findings).includes('a-secret-instead'));
});

test('a task is frozen to its depth', t => {
  const {task} = parseTask(minimalTask());
  t.true(Object.isFrozen(task));
  t.true(Object.isFrozen(task!.objects[0]!.tables[0]!.columns));
  t.throws(() => ((task as {name: string}).name = 'other'), {instanceOf: TypeError});
});

test('a task file is read, and one that cannot be is SYNC1003', t => {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-parse-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  const path = join(dir, 'task.json');
  t.throws(() => readTaskFile(path), {code: 'SYNC1003', message: /ENOENT/});
  writeFileSync(path, '{"password": "hidden",');
  const error = t.throws(() => readTaskFile(path), {code: 'SYNC1003', message: /is not JSON/});
  t.false(error.message.includes('hidden'));
  writeFileSync(path, JSON.stringify(minimalTask()));
  t.is(readTaskFile(path).task?.name, 'shop');
});
