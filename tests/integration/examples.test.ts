// Every example that runs on Node: up, an empty preview, an edit, destroy. The YAML and Python ones are in tests/languages.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {readSupervisor} from '../../provider/deploy/stateFolder.ts';
import {copyExample, openExample, type Example} from '../support/example.ts';

const unchanged = (example: Example) =>
  example.pulumi('preview', '--stack', 'dev', '--expect-no-changes');

function edit({dir}: Example, from: string, to: string): void {
  const path = join(dir, 'index.ts');
  const program = readFileSync(path, 'utf8');
  if (!program.includes(from)) throw new Error(`${from} is not in the program`);
  writeFileSync(path, program.replace(from, to));
}

test.serial(
  'many tables: two tasks share a source, and a table more is the work of that table',
  async t => {
    const example = await openExample(t, 'many-tables');
    const {database} = example;
    await database.query('CREATE TABLE shop_carts (id INT PRIMARY KEY)');
    await database.query('CREATE TABLE shop_tmp_1 (id INT PRIMARY KEY)');
    await database.query('CREATE TABLE customers (id INT PRIMARY KEY, phone VARCHAR(20))');
    await database.query('ALTER TABLE orders ADD amount DECIMAL(10,2) NOT NULL DEFAULT 5000');
    const {targetTables} = await example.up();
    const made = ['shop_carts', 'customers', 'big_orders'].flatMap(name => [
      `${name}_base`,
      `${name}_log`,
    ]);
    t.deepEqual((targetTables as string[]).toSorted(), made.toSorted());
    await unchanged(example);
    edit(example, "'shop_*',", "'shop_*', 'items',");
    const preview = await example.pulumi('preview', '--stack', 'dev');
    t.regex(preview, /tables\[1\]: backfill \(.*\.items\)/);
    const edited = await example.up();
    t.true((edited['targetTables'] as string[]).includes('items_base'));
    await unchanged(example);
    await example.pulumi('destroy', '--yes', '--stack', 'dev');
    t.deepEqual(readdirSync(example.stateHome), []);
  },
);

test.serial('plugin: a stack moves to the plugin and back without a change', async t => {
  const example = await openExample(t, 'plugin');
  const {taskId} = await example.up();
  const runtime = () => readSupervisor(join(example.stateHome, String(taskId)))!.runtime;
  const first = runtime();
  for (const face of ['plugin', 'dynamic']) {
    await example.set({face});
    await unchanged(example);
    t.is((await example.up())['taskId'], taskId);
    await unchanged(example);
  }
  t.deepEqual(runtime(), first);
  await example.set({face: 'plugin'});
  edit(example, "tables: ['orders']", "tables: ['orders', 'items']");
  const preview = await example.pulumi('preview', '--stack', 'dev');
  t.regex(preview, /SyncTask shop update .*tables\[1\]: backfill \(.*\.items\)/);
  await example.up();
  await unchanged(example);
});

test.serial('import: a task that lost its stack is taken over by its name', async t => {
  const example = await openExample(t, 'import');
  await example.set({taskName: 'shop-orders'});
  await example.up();
  const stateDir = join(example.stateHome, 'shop-orders');
  const {supervisor, runtime} = readSupervisor(stateDir)!;
  await example.pulumi('state', 'delete', '--yes', '--all', '--force', '--stack', 'dev');
  const plain = ['--stack', 'dev', '--yes', '--protect=false', '--generate-code=false'];
  const type = 'synctask:index:SyncTask';
  const printed = await example.pulumi('import', type, 'shop', 'shop-orders', ...plain);
  t.regex(printed, /1 imported|shop imported/);
  t.deepEqual(readSupervisor(stateDir), {...readSupervisor(stateDir)!, supervisor, runtime});
  await example.up();
  await unchanged(example);
});

test.serial('template: pulumi new makes a program of it that previews', async t => {
  const example = await copyExample(t, 'template');
  const made = join(example.dir, '..', 'made');
  const target = ['--dir', made, '--name', 'made', '--generate-only', '--yes'];
  await example.pulumi('new', example.dir, '--description', 'Made', ...target);
  t.regex(readFileSync(join(made, 'Pulumi.yaml'), 'utf8'), /^name: made$/m);
  t.is(JSON.parse(readFileSync(join(made, 'package.json'), 'utf8')).name, 'made');
  t.is(
    readFileSync(join(made, 'index.ts'), 'utf8'),
    readFileSync(join(example.dir, 'index.ts'), 'utf8'),
  );
});

test.serial(
  'environments: each stack has its own tag, and one of another name is refused',
  async t => {
    const example = await openExample(t, 'environments');
    const {environment, taskId} = await example.up();
    t.is(environment, 'dev');
    const task = readFileSync(join(example.stateHome, String(taskId), 'task.json'), 'utf8');
    t.is(JSON.parse(task).environment, 'dev');
    await unchanged(example);
    const settings = await example.pulumi('config', '--json', '--show-secrets', '--stack', 'dev');
    await example.pulumi('stack', 'init', 'laptop');
    const pairs = Object.entries(JSON.parse(settings) as Record<string, {value: string}>);
    const plain = pairs.flatMap(([key, {value}]) => ['--plaintext', `${key}=${value}`]);
    await example.pulumi('config', 'set-all', '--stack', 'laptop', ...plain);
    const refused = await t.throwsAsync(example.pulumi('preview', '--stack', 'laptop'));
    t.regex(refused!.message, /names the environment laptop; allowed are dev, test, production/);
  },
);
