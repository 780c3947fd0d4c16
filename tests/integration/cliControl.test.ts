// The commands that find and steer a runtime, against a process with all of `synctask run` but the task.
import {once} from 'node:events';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {commandLine} from '../support/cliProcess.ts';
import {sampleStatus} from '../support/standingTask.ts';

test('status, pause, resume and stop find the only task without a name', async t => {
  const {run, standing, stateDirOf} = commandLine(t);
  const runtime = await standing(stateDirOf('shop'));
  t.deepEqual(JSON.parse((await run(['status', '--json'])).stdout), sampleStatus());
  t.is((await run(['pause'])).code, 0);
  t.regex((await run(['status'])).stdout, /^shop following, .*held: operator$/m);
  t.is((await run(['resume'])).code, 0);
  t.notRegex((await run(['status'])).stdout, /held/);

  const stopped = await run(['stop']);
  t.is(stopped.code, 0);
  t.is(stopped.stdout, 'stopped\n');
  t.not(runtime.child.exitCode, undefined);
  t.is((await runtime.ended).code, 0);
  t.false(existsSync(join(stateDirOf('shop'), 'runtime.json')));
});

test('one table is paused and resumed by its name', async t => {
  const {run, standing, stateDirOf} = commandLine(t);
  await standing(stateDirOf('shop'));
  t.is((await run(['pause', 'shop', '--table', 'shop.orders'])).code, 0);
  t.regex((await run(['status'])).stdout, /shop\.orders following \(paused, lag 0 s\)/);
  t.is((await run(['resume', '--table', 'shop.orders'])).code, 0);
  t.notRegex((await run(['status'])).stdout, /paused/);
  const refused = await run(['pause', '--table', 'shop.none']);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /the task has no table shop\.none/);
});

test('throttles are changed while the task runs, for one phase or both', async t => {
  const {run, standing, stateDirOf} = commandLine(t);
  await standing(stateDirOf('shop'));
  const rates = async () => JSON.parse((await run(['status', '--json'])).stdout).throttles;
  t.is((await run(['throttle', 'shop', '--rows', '500', '--queries', '3'])).code, 0);
  t.is((await run(['throttle', '--incremental', '--rows', 'none', '--mebibytes', '1.5'])).code, 0);
  const none = {queriesPerSecond: null, rowsPerSecond: null, mebibytesPerSecond: null};
  t.deepEqual(await rates(), {
    full: {...none, queriesPerSecond: 3, rowsPerSecond: 500},
    incremental: {...none, mebibytesPerSecond: 1.5},
  });
  for (const [args, problem] of [
    [['throttle'], /give --rows, --mebibytes or --queries/],
    [['throttle', '--rows', '0'], /--rows 0 is neither a number above 0 nor none/],
    [['throttle', '--incremental', '--queries', '3'], /following sends no queries/],
  ] as const) {
    const refused = await run([...args]);
    t.is(refused.code, 2);
    t.regex(refused.stderr, problem);
  }
});

test('reload names tables that the task has, or all of them', async t => {
  const {run, standing, stateDirOf} = commandLine(t);
  await standing(stateDirOf('shop'));
  t.is((await run(['reload', 'shop', 'shop.orders'])).stdout, 'the task loads again\n');
  t.is((await run(['reload', '--all'])).stdout, 'the task loads again\n');
  for (const [args, problem] of [
    [['reload'], /give tables as DATABASE.TABLE, or --all/],
    [['reload', '--all', 'shop.orders'], /give tables as DATABASE.TABLE, or --all/],
    [['reload', 'shop.none'], /the task has no table shop.none/],
  ] as const) {
    const refused = await run([...args]);
    t.is(refused.code, 2);
    t.regex(refused.stderr, problem);
  }
  const never = await run(['reload', 'other', 'a.b']);
  t.regex(never.stderr, /SYNC5001/);
});

test('status shows each table in a line', async t => {
  const {run, standing, stateDirOf} = commandLine(t);
  await standing(stateDirOf('shop'));
  const {code, stdout} = await run(['status', 'shop']);
  t.is(code, 0);
  t.deepEqual(stdout.split('\n').slice(1, 3), [
    '  shop.orders following, 1,200 rows loaded, 34 followed, 5 filtered, 6 set aside',
    '  shop.users loading, 250 rows loaded of about 1,000 (0.0 MiB), 0 rows/s, 34 followed, 5 filtered, 6 set aside',
  ]);
});

test('of several tasks one must be named, by its name or by its state folder', async t => {
  const {dir, run, standing, stateDirOf} = commandLine(t);
  await standing(stateDirOf('shop'), 'shop');
  await standing(stateDirOf('mail'), 'mail');
  const elsewhere = join(dir, 'elsewhere');
  await standing(elsewhere, 'other');
  const unnamed = await run(['status']);
  t.is(unnamed.code, 2);
  t.regex(unnamed.stderr, /more than one task is known: mail, shop; give a NAME/);
  t.regex((await run(['status', 'mail'])).stdout, /^mail following/);
  t.regex((await run(['status', '--state', elsewhere])).stdout, /^other following/);
});

test('a task that runs is meant before one that was killed', async t => {
  const {run, standing, stateDirOf} = commandLine(t);
  const killed = await standing(stateDirOf('killed'), 'killed');
  killed.child.kill('SIGKILL');
  await killed.ended;
  await standing(stateDirOf('shop'), 'shop');
  t.regex((await run(['status'])).stdout, /^shop following/);
});

test('a runtime that has ended is told by its last status, and takes no more calls', async t => {
  const {run, standing, stateDirOf} = commandLine(t);
  await standing(stateDirOf('shop'));
  await run(['stop']);
  const {code, stdout} = await run(['status', '--json']);
  t.is(code, 0);
  t.is((JSON.parse(stdout) as {state: string}).state, 'stopped');
  for (const call of ['pause', 'resume', 'stop']) {
    const refused = await run([call]);
    t.is(refused.code, 1);
    t.regex(refused.stderr, /^error\[SYNC5001\]/);
  }
});

test('a killed runtime is told as one that does not answer', async t => {
  const {run, standing, stateDirOf} = commandLine(t);
  const runtime = await standing(stateDirOf('shop'));
  runtime.child.kill('SIGKILL');
  await runtime.ended;
  for (const call of ['status', 'pause', 'stop']) {
    const refused = await run([call, 'shop']);
    t.is(refused.code, 1);
    t.regex(refused.stderr, /^error\[SYNC5001\]/);
  }
});

test('where no task is known, that is said', async t => {
  const {code, stderr} = await commandLine(t).run(['status']);
  t.is(code, 1);
  t.regex(stderr, /^error\[SYNC5001\]/);
});

test('a token of another start is refused', async t => {
  const {run, standing, stateDirOf} = commandLine(t);
  await standing(stateDirOf('shop'));
  const path = join(stateDirOf('shop'), 'runtime.json');
  const runtime = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const stale = join(stateDirOf('stale'), 'runtime.json');
  mkdirSync(stateDirOf('stale'));
  writeFileSync(stale, JSON.stringify({...runtime, token: 'of-another-start'}));
  const {code, stderr} = await run(['stop', 'stale']);
  t.is(code, 1);
  t.regex(stderr, /^error\[SYNC5002\]/);
  t.false(stderr.includes(String(runtime['token'])));
});

test('a reader that goes away ends no command with an error', async t => {
  const {start, standing, stateDirOf} = commandLine(t);
  await standing(stateDirOf('shop'));
  const {child, ended} = start(['status', '--json']);
  child.stdout!.destroy();
  if (!child.stdout!.closed) await once(child.stdout!, 'close');
  const {code, stderr} = await ended;
  t.is(code, 0);
  t.is(stderr, '');
});
