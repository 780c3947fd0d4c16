// The plugin face on the real engine: the same tasks as the dynamic one, with detailed diffs, previews that know outputs, and import.
import test from 'ava';
import {openShop} from '../support/syncTaskShop.ts';

/** The engine's key of a marked value. */
const secretKey = '4dabf18193072939515e22adb298388d';

const isFollowing = (status: {state: string}) => status.state === 'following';

test.serial(
  'a stack moves from the dynamic face to the plugin with an empty preview, and back',
  async t => {
    const shop = await openShop(t);
    const one = {sync: shop.args(['orders'])};
    await shop.up(one);
    shop.use('plugin');
    t.deepEqual((await shop.preview(one)).changes, {same: 2});
    const {runtime} = shop.supervisor();
    await shop.up(one);
    t.deepEqual(shop.supervisor().runtime, runtime, 'the runtime goes on');
    for (const password of shop.passwords) t.false(shop.seen().includes(password));

    const two = {sync: shop.args(['orders', 'items'])};
    const preview = await shop.preview(two);
    t.deepEqual(preview.changes, {same: 1, update: 1});
    const {outputs} = await shop.up(two);
    t.regex(String(outputs['sync']!['editPlan']), /backfill/);
    await shop.until(isFollowing);
    await shop.refresh(two);
    t.deepEqual((await shop.preview(two)).changes, {same: 2});
    const {outputs: stored} = await shop.resource();
    t.false('__provider' in stored);
    for (const password of shop.passwords) t.false(shop.seen().includes(password));
  },
);

test.serial(
  'a preview of the plugin names each path that changes and what it knows of the outputs',
  async t => {
    const shop = await openShop(t);
    shop.use('plugin');
    const live = {preflight: 'live'} as const;
    const created = (await shop.preview({sync: shop.args(['orders'], live)})).steps['sync']!;
    t.is(created.op, 'create');
    t.deepEqual(created.outputs['targetTables'], ['orders_base', 'orders_log']);
    const [plan] = created.outputs['plan'] as {statements: string[]; columns: string[]}[];
    t.regex(plan!.statements[0]!, /^CREATE TABLE `?orders_base`? \(/);
    t.deepEqual(plan!.columns, ['id int → id INT, key', 'note varchar(40) → note STRING']);

    await shop.up({sync: shop.args(['orders'], live)});
    const steps = async (...args: Parameters<typeof shop.args>) =>
      (await shop.preview({sync: shop.args(...args)})).steps['sync']!;
    const added = await steps(['items', 'orders'], live);
    t.deepEqual(added.detailedDiff, {'objects[0].tables[0]': 'add'});
    t.regex(String(added.outputs['editPlan']), /objects\[0\]\.tables\[0\]: backfill/);
    t.deepEqual((added.outputs['targetTables'] as string[]).length, 4);
    const slower = await steps(['orders'], {...live, incremental: {commitSeconds: 2}});
    t.deepEqual(slower.detailedDiff, {'incremental.commitSeconds': 'update'});
    const {target} = shop.args([]) as {target: object};
    const moved = await steps(['orders'], {target: {...target, project: 'other_project'} as never});
    t.like(moved.detailedDiff, {'target.project': 'update-replace', preflight: 'delete'});
    const remapped = await steps(['orders'], {...live, types: 'v1'});
    t.deepEqual(remapped.detailedDiff, {types: 'add'});
    t.regex(String(remapped.outputs['editPlan']), /^types: backfill, every table loads anew/);
  },
);

test.serial(
  'a create that fails half-way stays in the stack of the plugin, and the next run is an update',
  async t => {
    const shop = await openShop(t);
    shop.use('plugin');
    const late = {precheckFrom: 'runtime'} as const;
    const error = await t.throwsAsync(shop.up({sync: shop.args(['missing_table'], late)}));
    t.regex(error!.message, /SYNC2\d{3}/);
    const {initErrors, inputs} = await shop.resource();
    t.regex(initErrors!.join(), /SYNC2\d{3}/);
    t.true(secretKey in (inputs['sourcePassword'] as object), 'stored as a secret');
    const {changes} = await shop.up({sync: shop.args(['orders'], late)});
    t.deepEqual(changes, {same: 1, update: 1});
    for (const password of shop.passwords) t.false(shop.seen().includes(password));
  },
);

test.serial(
  'a task that runs is imported by its name, and then there is nothing to do',
  async t => {
    const shop = await openShop(t);
    const plain = {sync: shop.args(['orders'])};
    await shop.up(plain);
    await shop.forget();
    shop.use('plugin');
    const {runtime} = shop.supervisor();
    const imported = await shop.import('sync', 'shop-dev-sync');
    t.regex(imported, /resources:|SyncTask/);
    const {steps} = await shop.preview(plain);
    t.deepEqual(steps['sync']?.detailedDiff, {
      sourcePassword: 'update',
      targetAccessKeySecret: 'update',
    });
    await shop.up(plain);
    t.deepEqual((await shop.preview(plain)).changes, {same: 2});
    t.notDeepEqual(shop.supervisor().runtime, runtime);
  },
);
