// bin/synctask with Nodes and packages made up for it: which Node it takes, which program it runs, as which process.
import {spawn} from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {checkoutDir} from '../../../scripts/setup/cache.mjs';
import {finish} from '../../../scripts/setup/command.mjs';

/** A folder with a package in it, and Nodes that only say who they are. */
function makeWorld(t: ExecutionContext, kind: 'checkout' | 'installed') {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-launcher-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  mkdirSync(join(dir, 'package/bin'), {recursive: true});
  cpSync(join(checkoutDir, 'bin/synctask'), join(dir, 'package/bin/synctask'));
  const main = kind === 'checkout' ? 'runtime/main.ts' : 'dist/runtime/main.js';
  mkdirSync(join(dir, 'package', main, '..'), {recursive: true});
  writeFileSync(join(dir, 'package', main), '');
  const node = (place: string, version: string) => {
    mkdirSync(join(dir, place), {recursive: true});
    const file = join(dir, place, 'node');
    writeFileSync(
      file,
      `#!/bin/sh\n[ "$1" = --version ] && echo ${version} && exit\necho "$$ ${version} $@"\n`,
    );
    chmodSync(file, 0o755);
    return file;
  };
  const env = {PATH: `${dir}/path:/usr/bin:/bin`, XDG_CACHE_HOME: `${dir}/cache`};
  const launch = async (
    args: string[] = [],
    more = {},
    bin = join(dir, 'package/bin/synctask'),
  ) => {
    const {code, stdout, stderr} = await finish([bin, ...args], {env: {...env, ...more}});
    return {code, text: `${stdout}${stderr}`.replace(/^\d+ /, '').replaceAll(dir, '').trim()};
  };
  return {dir, node, env, launch};
}

test('a checkout runs its sources on a Node of PATH that is new enough', async t => {
  const {node, launch} = makeWorld(t, 'checkout');
  node('path', 'v24.12.0');
  t.is(
    (await launch(['run', 'a b'])).text,
    'v24.12.0 --max-semi-space-size=4 /package/runtime/main.ts run a b',
  );
});

test('a Node that is too old for the sources is passed over for the one in the cache', async t => {
  const {node, launch} = makeWorld(t, 'checkout');
  node('path', 'v22.20.0');
  node('cache/synctask/node-24.21.0/bin', 'v24.21.0');
  t.is((await launch()).text, 'v24.21.0 --max-semi-space-size=4 /package/runtime/main.ts');
});

test('an installed package runs dist, on Node 22 too, through the link that npm makes', async t => {
  const {dir, node, launch} = makeWorld(t, 'installed');
  node('path', 'v22.20.0');
  mkdirSync(join(dir, 'node_modules/.bin'), {recursive: true});
  symlinkSync('../../package/bin/synctask', join(dir, 'node_modules/.bin/synctask'));
  const link = join(dir, 'node_modules/.bin/synctask');
  t.is(
    (await launch(['--help'], {}, link)).text,
    'v22.20.0 --max-semi-space-size=4 /package/dist/runtime/main.js --help',
  );
});

test('SYNCTASK_NODE is taken without question', async t => {
  const {node, launch} = makeWorld(t, 'checkout');
  node('path', 'v24.12.0');
  const SYNCTASK_NODE = node('own', 'v20.0.0');
  t.is(
    (await launch([], {SYNCTASK_NODE})).text,
    'v20.0.0 --max-semi-space-size=4 /package/runtime/main.ts',
  );
});

test('no Node that serves is an error that names every way out', async t => {
  const {node, launch} = makeWorld(t, 'installed');
  node('path', 'v23.1.0');
  const {code, text} = await launch();
  t.is(code, 1);
  t.regex(text, /no Node 22\.20 or newer/);
  t.regex(text, /SYNCTASK_NODE/);
});

test('the launcher becomes the runtime: one process id to signal', async t => {
  const {dir, node, env} = makeWorld(t, 'checkout');
  node('path', 'v24.12.0');
  const child = spawn(join(dir, 'package/bin/synctask'), {env});
  let text = '';
  for await (const part of child.stdout) text += String(part);
  t.is(Number(text.split(' ')[0]), child.pid!);
});
