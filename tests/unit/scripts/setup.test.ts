import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {cacheDir, isAlive, makeFolder, withLock} from '../../../scripts/setup/cache.mjs';
import {finish, run, versionAtLeast, which} from '../../../scripts/setup/command.mjs';
import {firstWay, SetupError} from '../../../scripts/setup/progress.mjs';

test('the first way that works gives the part, later ones are not tried', async t => {
  const part = await firstWay('A part', [
    {name: 'a', wayOut: 'do a', attempt: () => Promise.reject(new Error('closed'))},
    {name: 'b', wayOut: 'do b', attempt: () => Promise.resolve('b')},
    {name: 'c', wayOut: 'do c', attempt: () => Promise.reject(new Error('never'))},
  ]);
  t.is(part, 'b');
});

test('a part that cannot be had is told once, with every reason and every way out', async t => {
  const error = await t.throwsAsync(
    firstWay('A part', [
      {name: 'a', wayOut: 'do a', attempt: () => Promise.reject(new Error('closed'))},
      {name: 'cache', wayOut: null, attempt: () => Promise.reject(new Error('empty'))},
    ]),
    {instanceOf: SetupError},
  );
  t.is(
    error.message,
    'A part could not be had.\n  tried:\n    a: closed\n    cache: empty\n  ways out:\n    - do a',
  );
});

test('versions are compared by numbers', t => {
  t.true(versionAtLeast('v24.12.0', [24, 12]));
  t.true(versionAtLeast('v25.0.0', [24, 12]));
  t.false(versionAtLeast('v24.9.0', [24, 12]));
  t.true(versionAtLeast('go version go1.26.8 linux/amd64', [1, 25]));
  t.true(versionAtLeast('v3.230.0', [3, 230]));
  t.false(versionAtLeast('no version', [1]));
});

test('a failed program is told with its last lines', async t => {
  const error = await t.throwsAsync(run(['sh', '-c', 'echo why >&2; exit 3']));
  t.regex(error.message, /ended with 3: why/);
  t.is((await finish(['sh', '-c', 'cat'], {input: 'abc'})).stdout.toString(), 'abc');
});

test('programs are found on PATH only where they can run', t => {
  t.regex(which('sh') ?? '', /\/sh$/);
  t.is(which('no-such-program-anywhere'), null);
});

test('a folder that could not be filled is never seen', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-unit-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  const place = join(dir, 'part');
  await t.throwsAsync(
    makeFolder(place, draft => {
      writeFileSync(join(draft, 'half'), '');
      return Promise.reject(new Error('stopped'));
    }),
  );
  t.false(existsSync(place));
  await makeFolder(place, async draft => writeFileSync(join(draft, 'whole'), 'x'));
  t.is(readFileSync(join(place, 'whole'), 'utf8'), 'x');
});

test('a lock of an ended process is broken, and one holder works at a time', async t => {
  const child = spawn('true');
  await new Promise(resolve => child.once('exit', resolve));
  t.false(isAlive(child.pid!));
  const name = `unit-${process.pid}`;
  const lock = join(cacheDir, 'locks', name);
  mkdirSync(lock, {recursive: true});
  writeFileSync(join(lock, 'owner'), `${child.pid} ${hostname()}`);
  let inside = 0;
  const work = () =>
    withLock(name, async () => {
      t.is(++inside, 1);
      await Promise.resolve();
      inside--;
    });
  await Promise.all([work(), work(), work()]);
  t.false(existsSync(lock));
});
