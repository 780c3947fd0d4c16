// Options of the engine that concern a task's life, on both faces: they hold because the provider does nothing beside the engine.
import test from 'ava';
import {lives} from '../../provider/deploy/processIdentity.ts';
import {readSupervisor} from '../../provider/deploy/stateFolder.ts';
import {remove} from '../../provider/lifecycle.ts';
import {openShop} from '../support/syncTaskShop.ts';

for (const face of ['dynamic', 'plugin'] as const)
  test.serial(`${face}: protect, ignoreChanges and retainOnDelete hold`, async t => {
    const shop = await openShop(t);
    shop.use(face);
    shop.with({protect: true});
    const tasks = {sync: shop.args(['orders'])};
    await shop.up(tasks);
    const error = await t.throwsAsync(shop.up({}));
    t.regex(error!.message, /protect/);

    shop.with({ignoreChanges: ['incremental']});
    const slower = {sync: shop.args(['orders'], {incremental: {commitSeconds: 30}})};
    await shop.up(slower);
    t.deepEqual((await shop.preview(slower)).changes, {same: 2});

    shop.with({retainOnDelete: true});
    await shop.up(tasks);
    const {outputs} = await shop.resource();
    await shop.up({});
    const {supervisor} = readSupervisor(shop.stateDir)!;
    t.true(lives(supervisor), 'the runtime goes on');
    const here = {...outputs, deploy: {kind: 'process', stateDir: shop.stateDir}};
    await remove('shop-dev-sync', here, new AbortController().signal);
    t.false(lives(supervisor));
  });
