// The commands with a real source and a real target.
import test from 'ava';
import type {Finding} from '../../runtime/base/errors.ts';
import type {TaskPlan} from '../../runtime/task/taskPlan.ts';
import {commandLine} from '../support/cliProcess.ts';
import {World} from '../support/world.ts';

const setup = [
  'CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR(40))',
  "INSERT INTO orders VALUES (1, 'one'), (2, NULL), (3, 'three')",
];

test('a task of the full load alone ends with 0 and is done', async t => {
  await using world = await World.open(t, {setup, settings: {phases: ['schema', 'full']}});
  const {run} = commandLine(t);
  const {code, stdout, stderr} = await run(['run', world.taskFile, '--state', world.stateDir]);
  t.is(code, 0, stderr);
  t.regex(stdout, /^\S+ world-\w+ done, 1 table, 3 rows loaded, /m);
  await world.equal('orders');
  const status = await run(['status', '--state', world.stateDir]);
  t.is(status.code, 0);
  t.regex(status.stdout, /\.orders \w+, 3 rows loaded, 0 followed/);
});

test('precheck passes before the first run and after it, and tells of tables that are not its own', async t => {
  await using world = await World.open(t, {setup, settings: {phases: ['schema', 'full']}});
  const {run} = commandLine(t);
  const precheck = async (...args: string[]) => {
    const {code, stdout} = await run(['precheck', world.taskFile, '--json', ...args]);
    const {findings} = JSON.parse(stdout) as {findings: Finding[]};
    return {code, errors: findings.filter(found => found.severity === 'error')};
  };
  t.deepEqual(await precheck(), {code: 0, errors: []});
  t.is((await run(['run', world.taskFile, '--state', world.stateDir])).code, 0);
  t.deepEqual(await precheck('--state', world.stateDir), {code: 0, errors: []});

  world.saveTask({name: 'another'});
  const {code, errors} = await precheck();
  t.is(code, 1);
  t.true(errors.length > 0);
  for (const error of errors) t.regex(error.code, /^SYNC4\d{3}$/);
});

test('plan shows statements, mappings, losses and size, and changes nothing', async t => {
  const more = [
    ...setup,
    'CREATE TABLE facts (id INT UNSIGNED PRIMARY KEY, at TIME(6), big BIGINT UNSIGNED)',
  ];
  await using world = await World.open(t, {setup: more});
  const {run} = commandLine(t);
  const {code, stdout} = await run(['plan', world.taskFile]);
  t.is(code, 0);
  t.regex(stdout, /^\S+\.orders → orders_base, orders_log \(about \d+ rows, \d+ MiB\)$/m);
  t.regex(stdout, /^ {2}id bigint → id BIGINT, key$/m);
  t.regex(stdout, /^ {2}CREATE TABLE `?orders_log`? \($/m);
  t.regex(
    stdout,
    /^2 tables, about \d+ rows, \d+ MiB, (no full load|full load in about \d+ s); 0 errors/m,
  );
  const json = JSON.parse((await run(['plan', world.taskFile, '--json'])).stdout) as TaskPlan;
  t.deepEqual(
    json.tables.map(({baseTable, columns}) => [baseTable, columns.length]),
    [
      ['facts_base', 3],
      ['orders_base', 2],
    ],
  );
  const again = await run(['precheck', world.taskFile]);
  t.is(again.code, 0, 'no target table is in the way');
});

test('precheck in plain text ends with a count', async t => {
  await using world = await World.open(t, {setup});
  const {code, stdout} = await commandLine(t).run(['precheck', world.taskFile]);
  t.is(code, 0);
  t.regex(stdout, /^1 tables?, 0 errors, \d+ warnings?$/m);
});

test('a paused task follows nothing, and all of it once resumed', async t => {
  await using world = await World.open(t, {setup});
  const {run} = commandLine(t);
  const runtime = world.start();
  await world.caughtUp(runtime);
  t.is((await run(['pause', '--state', world.stateDir])).code, 0);
  await world.mysql.query("INSERT INTO orders VALUES (4, 'while paused')");
  t.regex((await run(['status', '--state', world.stateDir])).stdout, /held: operator/);
  t.is((await run(['resume', '--state', world.stateDir])).code, 0);
  await world.caughtUp(runtime);
  await world.equal('orders');
  t.is((await run(['stop', '--state', world.stateDir])).code, 0);
  t.is(await runtime.exit, 0);
});
