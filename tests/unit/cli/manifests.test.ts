import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {syncTaskInputs} from '../../support/syncTaskInputs.ts';

const launcher = fileURLToPath(new URL('../../../bin/synctask', import.meta.url));

/** `synctask plan FILE --manifests` of a task with `changes`. */
function manifests(t: ExecutionContext, changes: object) {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-manifests-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  const file = join(dir, 'task.json');
  writeFileSync(file, JSON.stringify(syncTaskInputs({...changes})));
  return new Promise<{code: number; out: string; said: string}>(resolve => {
    execFile(launcher, ['plan', file, '--manifests'], (error, out, said) =>
      resolve({code: Number(error?.code ?? 0), out, said}),
    );
  });
}

test('the objects are printed as one List without a secret, and which Secret they need is said', async t => {
  const deploy = {kind: 'kubernetes', image: 'registry.example/synctask:1', namespace: 'sync'};
  const sourcePassword = {env: 'MY_PASSWORD'};
  const {code, out, said} = await manifests(t, {deploy, sourcePassword});
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
  const here = await manifests(t, {});
  t.is(here.code, 2);
  t.regex(here.said, /SYNC1006[^]*deploy: \{kind: 'kubernetes'/);
  const bare = await manifests(t, {deploy: {kind: 'kubernetes'}});
  t.is(bare.code, 2);
  t.regex(bare.said, /SYNC1001[^]*deploy.image/);
});
