// The dispatch of the command: help, usage errors, refused task files, exit codes, all by real processes.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {commandLine} from '../support/cliProcess.ts';
import {minimalTask} from '../support/taskInput.ts';

const commands = [
  'run',
  'precheck',
  'plan',
  'status',
  'pause',
  'resume',
  'stop',
  'endpoint',
  'sql',
  'merge-sql',
];

test('help lists every command, and each command has its own', async t => {
  const {run} = commandLine(t);
  const help = await run(['--help']);
  t.is(help.code, 0);
  for (const command of commands) {
    t.regex(help.stdout, new RegExp(`^  ${command} `, 'm'));
    const own = await run([command, '--help']);
    t.is(own.code, 0, command);
    t.regex(own.stdout, new RegExp(`^Usage: synctask ${command}\\b`), command);
    t.is(own.stderr, '');
  }
});

test('the version is that of the package', async t => {
  const {code, stdout} = await commandLine(t).run(['--version']);
  t.is(code, 0);
  t.regex(stdout, /^\d+\.\d+\.\d+/);
});

const usageErrors: [string, string[], RegExp][] = [
  ['a command that does not exist', ['sync'], /synctask: sync is not a command/],
  ['a name that every object has', ['toString'], /toString is not a command/],
  ['an unknown option', ['run', 'task.json', '--fast'], /Unknown option '--fast'/],
  ['an option without its value', ['status', '--state'], /argument missing/],
  ['a missing task file', ['run'], /path of a task file is missing/],
  ['two task files', ['precheck', 'a.json', 'b.json'], /"b.json" is one argument more/],
  ['a port that is none', ['run', 'a.json', '--status-port', '70000'], /not a port/],
  ['a name with --state', ['pause', 'shop', '--state', 'x'], /NAME or --state, not both/],
  ['a limit that is none', ['endpoint', '--limit', 'rows=1'], /"rows" is not a limit/],
  [
    'a limit of nothing',
    ['endpoint', '--limit', 'commitsMax=0'],
    /commitsMax needs a whole number/,
  ],
  ['a name that is a path', ['stop', '../etc'], /is not the name of a task/],
];
for (const [what, args, message] of usageErrors)
  test(`${what} is a usage error: SYNC1006 and exit code 2`, async t => {
    const {code, stdout, stderr} = await commandLine(t).run(args);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, /^error\[SYNC1006\]: /);
    t.regex(stderr, message);
    t.is(stderr.trimEnd().split('\n').length, 4);
  });

test('no command at all shows the help and is a usage error', async t => {
  const {code, stderr} = await commandLine(t).run([]);
  t.is(code, 2);
  t.regex(stderr, /^Usage: synctask <command>/m);
});

test('a task file that is not there, or not JSON, is refused with 2', async t => {
  const {dir, run} = commandLine(t);
  writeFileSync(join(dir, 'broken.json'), '{');
  for (const path of ['nowhere.json', 'broken.json']) {
    const {code, stderr} = await run(['run', path]);
    t.is(code, 2);
    t.regex(stderr, /^error\[SYNC1003\]/);
  }
});

test('a refused task file shows every finding at once', async t => {
  const {dir, run} = commandLine(t);
  const task = {...minimalTask(), sorce: 1, full: {throttle: {rowsPerSecond: 'x'}}};
  writeFileSync(join(dir, 'task.json'), JSON.stringify(task));
  for (const command of ['run', 'precheck']) {
    const {code, stdout, stderr} = await run([command, 'task.json']);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, /^error\[SYNC1002\].*\n.*\n {2}cause: sorce is not a setting/m);
    t.regex(stderr, /^error\[SYNC1001\].*\n {2}where: full\.throttle\.rowsPerSecond/m);
  }
});

test('precheck --json gives a refusal as JSON, too', async t => {
  const {dir, run} = commandLine(t);
  writeFileSync(join(dir, 'task.json'), JSON.stringify({...minimalTask(), alerts: 1}));
  const {code, stdout} = await run(['precheck', 'task.json', '--json']);
  t.is(code, 2);
  const {findings} = JSON.parse(stdout) as {findings: {code: string; where: string}[]};
  t.deepEqual(
    findings.map(f => [f.code, f.where]),
    [['SYNC1001', 'alerts']],
  );
});

test('a secret that is not in the environment is refused with 2', async t => {
  const {dir, run} = commandLine(t);
  writeFileSync(join(dir, 'task.json'), JSON.stringify(minimalTask()));
  const {code, stderr} = await run(['run', 'task.json'], {DB_PASSWORD: undefined});
  t.is(code, 2);
  t.regex(stderr, /^error\[SYNC1004\].*\n {2}where: sourcePassword/);
});
