// The plugin as an archive: built, installed by the CLI into an empty home, and used by a program that names no path.
import {mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {run} from '../../scripts/setup/command.mjs';
import {bringPulumi} from '../../scripts/setup/pulumi.mjs';
import {bringLanguageHost} from '../../scripts/setup/pulumiBuild.mjs';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

const program = `
name: archive
runtime: yaml
resources:
  shop:
    type: synctask:SyncTask
    properties:
      source: {host: db.example, user: sync}
      sourcePassword: a password
      target: {endpoint: 'http://127.0.0.1:1/api', project: local, accessKeyId: key}
      targetAccessKeySecret: a secret
      objects: [{database: shop}]
      precheckFrom: runtime
      deploy: {kind: none}
outputs:
  state: \${shop.state}
`;

test('the archive installs as a plugin that serves a program', async t => {
  t.timeout(600_000);
  const dir = mkdtempSync(join(tmpdir(), 'synctask-archive-test-'));
  t.teardown(() => rmSync(dir, {recursive: true, force: true}));
  const archive = join(dir, 'plugin.tar.gz');
  await run([process.execPath, join(checkout, 'scripts/archive.mjs'), archive], {cwd: checkout});
  t.log(`${Math.round(statSync(archive).size / 1024 ** 2)} MiB`);
  const {pulumi, dir: bin, env: found} = await bringPulumi(process.execPath);
  const cwd = join(dir, 'program');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'Pulumi.yaml'), program);
  const env = {
    ...found,
    PATH: [dirname(process.execPath), bin, await bringLanguageHost('yaml'), found['PATH']].join(
      delimiter,
    ),
    PULUMI_BACKEND_URL: `file://${dir}`,
    PULUMI_CONFIG_PASSPHRASE: 'passphrase of a test',
    PULUMI_HOME: join(dir, 'home'),
  };
  const engine = (...args: string[]) => run([pulumi, ...args, '--non-interactive'], {cwd, env});
  await engine('plugin', 'install', 'resource', 'synctask', '0.1.0', '--file', archive);
  await engine('stack', 'init', 'dev');
  await engine('up', '--yes', '--stack', 'dev');
  t.is((await engine('stack', 'output', 'state', '--stack', 'dev')).trim(), 'not deployed');
  await engine('preview', '--stack', 'dev', '--expect-no-changes');
});
