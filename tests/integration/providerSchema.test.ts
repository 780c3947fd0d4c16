// The plugin's schema as Pulumi judges it: what the plugin answers is the file, and the file is valid.
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, delimiter, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {finish, run} from '../../scripts/setup/command.mjs';
import {bringPulumi} from '../../scripts/setup/pulumi.mjs';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

test('schema.json is what the plugin answers, and Pulumi takes it; a broken copy it does not', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-schema-'));
  t.teardown(() => rmSync(dir, {recursive: true, force: true}));
  const {pulumi, dir: bin, env: found} = await bringPulumi(process.execPath);
  const env = {
    ...found,
    PATH: [dirname(process.execPath), bin, found['PATH']].join(delimiter),
    PULUMI_HOME: join(dir, 'home'),
    PULUMI_BACKEND_URL: `file://${dir}`,
  };
  const file = join(dir, 'schema.json');
  cpSync(join(checkout, 'schema.json'), file);
  const plugin = join(checkout, 'bin/pulumi-resource-synctask');
  const answered = JSON.parse(
    await run([pulumi, 'package', 'get-schema', plugin], {cwd: dir, env}),
  );
  const written = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  t.deepEqual(answered, written);
  const check = () => finish([pulumi, 'schema', 'check', file], {cwd: dir, env});
  t.is((await check()).code, 0);
  writeFileSync(
    file,
    JSON.stringify({...written, bogus: 1, types: {'synctask:index:X': {type: 7}}}),
  );
  t.not((await check()).code, 0);
});
