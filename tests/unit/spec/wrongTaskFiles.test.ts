// Wrong task files as a whole: no JSON, more than one fault, and faults that look like one and are none.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {parseTask, readTaskFile} from '../../../runtime/spec/parse.ts';
import {taskChanged, type Changes} from '../../support/wrongTask.ts';
import {minimalTask} from '../../support/taskInput.ts';

const notRead = test.macro<[string, string, string]>({
  exec: (t, _, text, problem) => {
    const dir = mkdtempSync(join(tmpdir(), 'synctask-wrong-'));
    t.teardown(() => rmSync(dir, {recursive: true}));
    const path = join(dir, 'task.json');
    writeFileSync(path, text);
    const error = t.throws(() => readTaskFile(path), {code: 'SYNC1003'});
    t.true(error.message.includes(`cause: ${path} ${problem}.`), error.message);
    t.false(error.message.includes('hidden-value'));
  },
  title: (_, what) => `${what} is refused as a file, with the place of the fault`,
});

const right = JSON.stringify(minimalTask());

test(notRead, 'an empty file', '\n', 'is empty');
test(
  notRead,
  'a file in YAML',
  'name: shop\nsource:\n  host: db\n',
  'is not JSON but looks like YAML',
);
test(
  notRead,
  'a comma before a closing bracket',
  '{\n  "name": "shop",\n}',
  'is not JSON (a comma stands before a closing bracket), at line 3, column 1',
);
test(
  notRead,
  'a file with comments',
  '{\n  // the shop\n  "name": "shop"\n}',
  'is not JSON (it has comments, which JSON does not), at line 2, column 3',
);
test(
  notRead,
  'a file that ends early',
  '{"sourcePassword": "hidden-value",\n "name": "shop"',
  'is not JSON, at line 2, column 16',
);
test(
  notRead,
  'a key that stands twice',
  right.replace('"name":"shop"', '"name":"shop","name":"other"'),
  'has the key "name" twice in one object',
);

const places = (input: unknown) => parseTask(input).findings.map(found => found.where);

test('a file that holds no object is refused as a whole', t => {
  for (const input of [null, 7, 'shop', [minimalTask()]]) {
    const {findings} = parseTask(input);
    t.is(findings.length, 1);
    t.is(findings[0]!.where, 'task');
    t.regex(findings[0]!.cause, /^task: must be an object/);
  }
});

const together = test.macro<[string, Changes, string[]]>({
  exec: (t, _, changes, expected) => t.deepEqual(places(taskChanged(changes)), expected),
  title: (_, what) => `${what} are answered at once`,
});

test(
  together,
  'five faults of five kinds',
  {
    name: 'Shop',
    'source.port': '3306',
    sorce: {},
    'log.partitionBy': ['day'],
    'target.accessKeyId': undefined,
    alerts: [{on: 'failure', webhook: 'ops'}],
  },
  ['name', 'source.port', 'log.partitionBy', 'sorce', 'target.accessKeyId', 'alerts[0].webhook'],
);
test(
  together,
  'keys of the environment beside those of the task',
  {'target.credentials': 'environment'},
  ['target.accessKeyId', 'targetAccessKeySecret'],
);
test(together, 'both sides of a secret that is a file', {sourcePassword: {file: '/run/db'}}, [
  'sourcePassword.env',
  'sourcePassword.file',
]);
test(
  together,
  'faults of several tables',
  {'objects[0].tables': ['a.b', {name: 'c', as: ''}, {name: 'd', operations: ['i']}, '/(/']},
  [
    'objects[0].tables[0]',
    'objects[0].tables[1].as',
    'objects[0].tables[2].operations[0]',
    'objects[0].tables[3]',
  ],
);
test(together, 'a list that is empty and a text that should be one', {objects: [], phases: 'x'}, [
  'objects',
  'phases',
]);

test('columns that swap their names, a pattern beside a name and a log without partitions are right', t => {
  const changes = {
    objects: [
      {
        database: '/^shop_(\\d+)$/',
        as: 's$1',
        tables: [
          '*',
          {name: 'orders', columns: {rename: {a: 'b', b: 'a'}}},
          {name: 'log_*', as: 'l_$1'},
        ],
      },
    ],
    'log.partitionBy': [],
    acknowledge: ['P20', 'P21:shop.orders', 'P24'],
  };
  t.deepEqual(places(taskChanged(changes)), []);
});

test('a password may look like anything but a shell variable', t => {
  for (const sourcePassword of ['$', '$HOME', '{env}', '${', 'a${B}'])
    t.deepEqual(places(taskChanged({sourcePassword})), [], sourcePassword);
});
