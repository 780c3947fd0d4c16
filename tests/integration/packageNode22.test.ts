// The built package on the oldest Node line it supports. The sources need Node 24; dist must not.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {buildPackage} from '../../scripts/setup/build.mjs';
import {checkoutDir} from '../../scripts/setup/cache.mjs';
import {finish} from '../../scripts/setup/command.mjs';
import {bringNode22} from '../../scripts/setup/node.mjs';

/** Modules that begin to work when they are loaded: programs, and bodies of threads. */
const programs = /(^|\/)(main|supervisor|\w*Worker)\.js$/;

test('every module of dist loads on Node 22, and the command runs', async t => {
  let node;
  try {
    node = await bringNode22();
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    t.log(String(error));
    t.pass();
    return;
  }
  await buildPackage(process.execPath);
  const dist = join(checkoutDir, 'dist');
  const modules = readdirSync(dist, {recursive: true})
    .map(String)
    .filter(file => file.endsWith('.js') && !programs.test(file));
  t.true(modules.length > 50);
  const load = `for (const file of ${JSON.stringify(modules)}) await import(${JSON.stringify(`${dist}/`)} + file);`;
  const loaded = await finish([node, '--input-type=module', '--eval', load]);
  t.is(loaded.code, 0, loaded.stderr.toString());
  const help = await finish([node, join(dist, 'runtime/main.js'), '--help']);
  t.is(help.code, 0, help.stderr.toString());
  t.regex(help.stdout.toString(), /^Usage: synctask/m);
});
