// The Python example, where Pulumi's Python host is on PATH: its SDK made from the schema, up, an empty preview, destroy.
import {join} from 'node:path';
import test from 'ava';
import {run, which} from '../../scripts/setup/command.mjs';
import {openExample} from '../support/example.ts';

test('a Python program goes up by an SDK made from the schema, and has nothing to do after', async t => {
  t.timeout(600_000);
  if (which('pulumi-language-python') === null) {
    t.log('not run: pulumi-language-python is not on PATH; the Pulumi CLI brings it');
    return t.pass();
  }
  const example = await openExample(t, 'python');
  const plugin = join(example.dir, 'node_modules/pulumi-synctask/bin/pulumi-resource-synctask');
  await run(['python3', '-m', 'venv', 'venv'], {cwd: example.dir});
  const pip = join(example.dir, 'venv/bin/pip');
  await run([pip, 'install', 'pulumi']);
  await example.pulumi('package', 'gen-sdk', plugin, '--language', 'python', '--out', 'sdk');
  await run([pip, 'install', join(example.dir, 'sdk/python')]);
  const {targetTables} = await example.up();
  t.deepEqual(targetTables, ['orders_base', 'orders_log']);
  await example.pulumi('preview', '--stack', 'dev', '--expect-no-changes');
  await example.pulumi('destroy', '--yes', '--stack', 'dev');
});
