import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {finish, which} from '../../../scripts/setup/command.mjs';
import {syncTaskInputs} from '../../support/syncTaskInputs.ts';

const launcher = fileURLToPath(new URL('../../../bin/synctask', import.meta.url));

/** `synctask plan FILE` with an option, of a task with `changes`. */
function print(t: ExecutionContext, option: string, changes: object) {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-printed-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  const file = join(dir, 'task.json');
  writeFileSync(file, JSON.stringify(syncTaskInputs({...changes})));
  return new Promise<{code: number; out: string; said: string}>(resolve => {
    execFile(launcher, ['plan', file, option], (error, out, said) =>
      resolve({code: Number(error?.code ?? 0), out, said}),
    );
  });
}

test('the objects are printed as one List without a secret, and which Secret they need is said', async t => {
  const deploy = {kind: 'kubernetes', image: 'registry.example/synctask:1', namespace: 'sync'};
  const sourcePassword = {env: 'MY_PASSWORD'};
  const {code, out, said} = await print(t, '--manifests', {deploy, sourcePassword});
  t.is(code, 0);
  const list = JSON.parse(out) as {kind: string; items: {kind: string}[]};
  t.is(list.kind, 'List');
  t.is(list.items.at(-1)!.kind, 'StatefulSet');
  t.false(`${out}${said}`.includes('S3cret'));
  t.regex(
    said,
    /Secret synctask-shop-dev in namespace sync with the keys MY_PASSWORD, SYNCTASK_TARGET_ACCESS_KEY_SECRET/,
  );
});

test('a task for another place and one without an image are refused', async t => {
  const here = await print(t, '--manifests', {});
  t.is(here.code, 2);
  t.regex(here.said, /SYNC1006[^]*deploy: \{kind: 'kubernetes'/);
  const bare = await print(t, '--manifests', {deploy: {kind: 'kubernetes'}});
  t.is(bare.code, 2);
  t.regex(bare.said, /SYNC1001[^]*deploy.image/);
});

test('a systemd service is printed that systemd takes, and has no secret in it', async t => {
  const sourcePassword = {env: 'MY_PASSWORD'};
  const {code, out, said} = await print(t, '--unit', {sourcePassword, environment: 'pre prod'});
  t.is(code, 0);
  t.regex(out, /^Description=synctask shop-dev \(pre prod\)/m);
  t.regex(out, /^LoadCredential=MY_PASSWORD:\/etc\/synctask\/shop-dev\.secrets\/MY_PASSWORD$/m);
  t.regex(
    out,
    /^ExecStart="\S+\/bin\/synctask" run %d\/task\.json --state %S\/synctask\/shop-dev /m,
  );
  t.regex(said, /MY_PASSWORD/);
  t.false(out.includes('S3cret'));
  if (which('systemd-analyze') === null) return t.log('systemd is not here to judge the unit');
  const dir = mkdtempSync(join(tmpdir(), 'synctask-unit-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  const unit = join(dir, 'synctask-shop.service');
  writeFileSync(unit, out);
  const judged = await finish(['systemd-analyze', 'verify', '--man=no', unit]);
  const complaints = `${judged.stdout}${judged.stderr}`.split('\n').filter(l => l.includes(unit));
  t.deepEqual(complaints, []);
});
