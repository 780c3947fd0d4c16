// The provider on the real engine with the real runtime between a real MySQL and the embedded endpoint.
import {existsSync, readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {lives} from '../../provider/deploy/processIdentity.ts';
import type {Finding} from '../../runtime/base/errors.ts';
import {silentLog} from '../../runtime/base/log.ts';
import {TargetClient} from '../../runtime/sink/client.ts';
import {targetOptions} from '../../runtime/sink/credentials.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {parseTask} from '../../runtime/spec/parse.ts';
import {dropTargetTables, seeTargetTables} from '../../runtime/task/targetTables.ts';
import {assertEqualTables} from '../support/equality.ts';
import {openShop, type Shop} from '../support/syncTaskShop.ts';

const isFollowing = (status: {state: string}) => status.state === 'following';

/** What the provider's own functions need to reach the target of a shop. */
function targetOf(shop: Shop) {
  const {task} = parseTask({name: 'look', ...shop.args(['orders'])});
  const secrets = {sourcePassword: '', sourceTlsKey: null, targetSecurityToken: null};
  const {signal} = new AbortController();
  return {
    task: task!,
    secrets: {...secrets, targetAccessKeySecret: shop.target.accessKeySecret},
    signal,
  };
}

async function assertEqual(t: ExecutionContext<any>, shop: Shop, tables: string[]): Promise<void> {
  const mysql = await shop.database.connect();
  for (const table of tables)
    await assertEqualTables(t, mysql, shop.database.name, table, shop.target);
}

// One after the other: each runs an engine, a supervisor and a runtime.
test.serial(
  'a task goes up, has nothing to do after, takes a table more and leaves its tables when destroyed',
  async t => {
    const shop = await openShop(t);
    const one = {sync: shop.args(['orders'])};
    const {outputs} = await shop.up(one);
    t.like(outputs['sync'], {taskId: 'shop-dev-sync', stateDir: shop.stateDir, environment: 'dev'});
    t.deepEqual(outputs['sync']!['targetTables'], ['orders_base', 'orders_log']);
    t.regex(String(outputs['sync']!['statusUrl']), /^http:\/\/127\.0\.0\.1:\d+$/);
    t.deepEqual((await shop.preview(one)).changes, {same: 2});

    await shop.until(isFollowing);
    const two = {sync: shop.args(['orders', 'items'])};
    const preview = await shop.preview(two);
    t.deepEqual(preview.changes, {same: 1, update: 1});
    t.regex(preview.output, /objects\[0\]\.tables\[1\]: backfill \(.*\.items\)/);
    const edited = await shop.up(two);
    t.regex(String(edited.outputs['sync']!['editPlan']), /backfill/);
    t.deepEqual(edited.outputs['sync']!['targetTables'], [
      'items_base',
      'items_log',
      'orders_base',
      'orders_log',
    ]);
    await shop.database.query("UPDATE orders SET note = 'third' WHERE id = 3");
    await shop.until(s => isFollowing(s) && s.tables.some(({rowsFollowed}) => rowsFollowed > 0));
    await assertEqual(t, shop, ['orders', 'items']);

    await shop.refresh(two);
    t.deepEqual((await shop.preview(two)).changes, {same: 2});

    const {supervisor, runtime} = shop.supervisor();
    for (const {pid} of [supervisor, runtime!]) {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      for (const password of shop.passwords) t.false(commandLine.includes(password));
    }
    for (const password of shop.passwords) {
      t.false(shop.stateFiles().includes(password));
      t.false(shop.seen().includes(password));
    }

    await shop.destroy();
    t.false(lives(supervisor));
    t.false(lives(runtime));
    t.false(existsSync(shop.stateDir));
    const {task, secrets, signal} = targetOf(shop);
    const seen = await seeTargetTables(task, secrets, ['orders_base', 'x_base'], null, signal);
    t.deepEqual(seen.present, ['orders_base']);
  },
);

test.serial(
  'a runtime that is killed comes back by its supervisor; one whose supervisor died too, by refresh and up',
  async t => {
    const shop = await openShop(t);
    const tasks = {sync: shop.args(['orders'])};
    await shop.up(tasks);
    await shop.until(isFollowing);
    const first = shop.supervisor();
    process.kill(first.runtime!.pid, 'SIGKILL');
    await shop.until(s => isFollowing(s) && shop.supervisor().runtime!.pid !== first.runtime!.pid);
    const second = shop.supervisor();
    t.deepEqual(second.supervisor, first.supervisor);
    t.is(second.crashes, 1);

    process.kill(second.supervisor.pid, 'SIGKILL');
    process.kill(second.runtime!.pid, 'SIGKILL');
    await shop.refresh(tasks);
    const {outputs} = await shop.resource();
    t.is(outputs['state'], 'dead');
    t.deepEqual(
      (outputs['findings'] as Finding[]).map(f => f.code),
      ['SYNC7004'],
    );
    t.deepEqual(outputs['targetTables'], ['orders_base', 'orders_log']);
    const preview = await shop.preview(tasks);
    t.deepEqual(preview.changes, {same: 1, update: 1});
    t.regex(preview.output, /The runtime of .* is dead/);

    await shop.up(tasks);
    await shop.database.query("INSERT INTO orders VALUES (4, 'after')");
    await shop.until(s => isFollowing(s) && s.tables.some(({rowsFollowed}) => rowsFollowed > 0));
    await assertEqual(t, shop, ['orders']);
    t.deepEqual((await shop.preview(tasks)).changes, {same: 2});
  },
);

test.serial(
  'a target table that somebody dropped is drift until the table is taken out and added again; with drop in its task a destroy removes the rest',
  async t => {
    const shop = await openShop(t);
    const tasks = {sync: shop.args(['orders', 'items'], {onDelete: {targetTables: 'drop'}})};
    await shop.up(tasks);
    await shop.until(isFollowing);
    const {task, secrets, signal} = targetOf(shop);
    await dropTargetTables(task, secrets, ['items_log'], signal);
    await shop.refresh(tasks);
    const {outputs} = await shop.resource();
    t.deepEqual(outputs['targetTables'], ['items_base', 'orders_base', 'orders_log']);
    const gone = (outputs['findings'] as Finding[]).filter(({code}) => code === 'SYNC7005');
    t.deepEqual(
      gone.map(({object}) => object),
      ['items_log'],
    );
    t.deepEqual((await shop.preview(tasks)).changes, {same: 1, update: 1});
    const error = await t.throwsAsync(shop.up(tasks));
    t.regex(error!.message, /error\[SYNC7005\][^]*items_log/);

    const without = {sync: shop.args(['orders'], {onDelete: {targetTables: 'drop'}})};
    const left = await shop.up(without);
    t.deepEqual(left.outputs['sync']!['targetTables'], ['orders_base', 'orders_log']);
    await dropTargetTables(task, secrets, ['items_base'], signal);
    await shop.up(tasks);
    await shop.until(isFollowing);
    await assertEqual(t, shop, ['orders', 'items']);
    t.deepEqual((await shop.preview(tasks)).changes, {same: 2});
    await shop.destroy();
    const names = ['items_base', 'items_log', 'orders_base', 'orders_log'];
    t.deepEqual((await seeTargetTables(task, secrets, names, null, signal)).present, []);
  },
);

test.serial(
  'a target table that somebody altered is drift, and up stops nothing for it',
  async t => {
    const shop = await openShop(t);
    const tasks = {sync: shop.args(['orders', 'items'])};
    await shop.up(tasks);
    await shop.until(isFollowing);
    const before = shop.supervisor();
    const {task, secrets, signal} = targetOf(shop);
    {
      await using client = TargetClient.open(targetOptions(task.target, secrets), silentLog());
      await runSql(client, 'ALTER TABLE items_base ADD COLUMNS (mine STRING)', {signal});
    }
    await shop.refresh(tasks);
    const {outputs} = await shop.resource();
    const altered = (outputs['findings'] as Finding[]).filter(({code}) => code === 'SYNC7011');
    t.deepEqual(
      altered.map(({object}) => object),
      ['items_base'],
    );
    t.regex(altered[0]!.cause, /mine/);
    const error = await t.throwsAsync(shop.up(tasks));
    t.regex(error!.message, /error\[SYNC7011\][^]*items_base/);
    t.deepEqual(shop.supervisor().runtime, before.runtime);
  },
);

test.serial('a pause is told to the running process and survives its crash', async t => {
  const shop = await openShop(t);
  await shop.up({sync: shop.args(['orders'])});
  await shop.until(isFollowing);
  const before = shop.supervisor();
  const paused = {sync: shop.args(['orders'], {desiredState: 'paused'})};
  const {outputs} = await shop.up(paused);
  t.is(outputs['sync']!['state'], 'paused');
  t.deepEqual(shop.supervisor().runtime, before.runtime);
  t.deepEqual((await shop.preview(paused)).changes, {same: 2});

  process.kill(before.runtime!.pid, 'SIGKILL');
  const isHeld = (s: {holds: {reason: string}[]}) => s.holds.some(h => h.reason === 'operator');
  await shop.until(s => isHeld(s) && shop.supervisor().runtime!.pid !== before.runtime!.pid);

  const after = await shop.up({sync: shop.args(['orders'])});
  t.not(after.outputs['sync']!['state'], 'paused');
});

test.serial('findings of the prechecks stop a new task before anything is made', async t => {
  const shop = await openShop(t);
  const wrong = shop.args(['orders'], {sourcePassword: 'not the password S3cret'});
  const error = await t.throwsAsync(shop.up({sync: wrong}));
  t.regex(error!.message, /error\[SYNC2\d{3}\][^]* {2}cause: [^]* {2}fix: /);
  t.false(shop.seen().includes('S3cret'));
  t.false(existsSync(shop.stateDir));
  t.is((await shop.resource()) as unknown, undefined);
});

test.serial(
  'a preview connects only for a task that asks for it, and shows what it finds',
  async t => {
    const shop = await openShop(t);
    const wrong = {sourcePassword: 'not the password'};
    const offline = await shop.preview({sync: shop.args(['orders'], wrong)});
    t.notRegex(offline.output, /SYNC2/);
    const live = await shop.preview({sync: shop.args(['orders'], {...wrong, preflight: 'live'})});
    t.regex(live.output, /error\[SYNC2\d{3}\].*\(P01\)/);
    t.deepEqual(live.changes, {create: 2});
  },
);

test.serial(
  'a runtime that fails before its tables are there keeps the resource, and the next up repairs it',
  async t => {
    const shop = await openShop(t);
    const wrong = shop.args(['orders'], {
      sourcePassword: 'not the password',
      precheckFrom: 'runtime',
    });
    const error = await t.throwsAsync(shop.up({sync: wrong}));
    t.regex(error!.message, /error\[SYNC2\d{3}\]/);
    const kept = await shop.resource();
    t.is(kept.id, 'shop-dev-sync');
    t.is(kept.initErrors?.length, 1);
    const right = shop.args(['orders'], {precheckFrom: 'runtime'});
    t.deepEqual((await shop.preview({sync: right})).changes, {same: 1, update: 1});
    await shop.up({sync: right});
    await shop.until(isFollowing);
    t.is((await shop.resource()).initErrors, undefined);
  },
);

test.serial('a state folder that a running task uses is refused to another', async t => {
  const shop = await openShop(t);
  const one = shop.args(['orders']);
  await shop.up({sync: one});
  const {host, port, syncUser} = shop.database.server;
  // With a replica id of its own, lest the prechecks refuse the second task first.
  const other = shop.args(['items'], {
    source: {host, port, user: syncUser},
    deploy: {kind: 'process', stateDir: shop.stateDir},
  });
  const error = await t.throwsAsync(shop.up({sync: one, other}));
  t.regex(error!.message, /error\[SYNC7008\]/);
  await shop.until(status => status.name === 'shop-dev-sync');
});

test.serial('a task that failed half-way keeps its provider and can be destroyed', async t => {
  const shop = await openShop(t);
  const wrong = shop.args(['orders'], {sourcePassword: 'wrong', precheckFrom: 'runtime'});
  await t.throwsAsync(shop.up({sync: wrong}));
  await shop.destroy();
  t.false(existsSync(shop.stateDir));
});
