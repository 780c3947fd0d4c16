// The YAML example by its own host: up, an empty preview, an edit, destroy.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {bringLanguageHost} from '../../scripts/setup/pulumiBuild.mjs';
import {openExample} from '../support/example.ts';

test('a YAML program goes up, has nothing to do after, and takes a table more', async t => {
  t.timeout(600_000);
  const example = await openExample(t, 'yaml', [await bringLanguageHost('yaml')]);
  const first = await example.up();
  t.deepEqual(first['targetTables'], ['orders_base', 'orders_log']);
  await example.pulumi('preview', '--stack', 'dev', '--expect-no-changes');
  const path = join(example.dir, 'Pulumi.yaml');
  const program = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    program.replace('tables: [orders]', 'tables: [orders, {name: items, as: goods}]'),
  );
  t.regex(await example.pulumi('preview', '--stack', 'dev'), /tables\[1\]: backfill \(.*\.items\)/);
  const {targetTables} = await example.up();
  t.deepEqual(targetTables, ['goods_base', 'goods_log', 'orders_base', 'orders_log']);
  await example.pulumi('preview', '--stack', 'dev', '--expect-no-changes');
  await example.pulumi('destroy', '--yes', '--stack', 'dev');
});
