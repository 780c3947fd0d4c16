// The provider on the real engine without a runtime: deploy {kind: 'none'}.
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer, type AddressInfo} from 'node:net';
import test from 'ava';
import type {SyncTaskArgs} from '../../provider/index.ts';
import {openStack} from '../support/pulumiStack.ts';
import {syncTaskInputs} from '../support/syncTaskInputs.ts';

const {name: _name, environment: _environment, ...rest} = syncTaskInputs();
const described = {
  ...rest,
  deploy: {kind: 'none'},
  precheckFrom: 'runtime',
} as unknown as SyncTaskArgs;

test.serial(
  'a described task goes up once, keeps its secrets and has nothing to do after',
  async t => {
    const {preview, up, refresh, resource, seen} = await openStack(t);
    const tasks = {orders: described};
    t.deepEqual((await preview(tasks)).changes, {create: 2});
    const {outputs} = await up(tasks);
    t.like(outputs['orders'], {
      taskId: 'shop-dev-orders',
      environment: 'dev',
      state: 'not deployed',
    });
    t.deepEqual((await preview(tasks)).changes, {same: 2});
    await refresh(tasks);
    t.deepEqual((await preview(tasks)).changes, {same: 2});
    t.false(seen().includes('S3cret'));

    const {inputs, id} = await resource();
    t.is(id, 'shop-dev-orders');
    const text = String(inputs['__provider']);
    t.true(text.length < 2500);
    t.deepEqual(
      new Set(text.match(/pulumi-synctask[^']*/g)),
      new Set(['pulumi-synctask/dynamic-provider']),
    );
    const golden = readFileSync(new URL('../vectors/provider.golden.txt', import.meta.url), 'utf8');
    // The compiler that makes the package indents by four.
    t.is(text.replaceAll(/\s+/g, ' ').trim(), golden.replaceAll(/\s+/g, ' ').trim());
  },
);

test.serial('the preview shows each mistake at its path and quotes no secret', async t => {
  const {preview, seen} = await openStack(t);
  const task = {...described, types: 'v3' as 'v2', sourcePassword: {env: 'no S3cret name'}};
  const error = await t.throwsAsync(preview({orders: task}));
  t.regex(error!.message, /property types value \{v3\} has a problem: error\[SYNC1001\]/);
  t.regex(error!.message, /where: sourcePassword/);
  t.false((error!.message + seen()).includes('S3cret'));
});

test.serial('two tasks of one stack that write one table are refused at preview', async t => {
  const {preview} = await openStack(t);
  const error = await t.throwsAsync(preview({one: described, two: described}));
  t.regex(error!.message, /property objects\[0\]\.tables\[0\][^]*SYNC7001/);
});

test.serial('of two updates at once the second is refused', async t => {
  const {upTwice} = await openStack(t);
  // It takes connections and says nothing, so the first update stays in its create until the precheck's deadline.
  const silent = createServer().listen(0, '127.0.0.1');
  t.teardown(() => void silent.close());
  await once(silent, 'listening');
  const {port} = silent.address() as AddressInfo;
  const source = {host: '127.0.0.1', port, user: 'sync'};
  const said = await upTwice({orders: {...described, source, precheckFrom: 'provider'}});
  t.regex(said, /the second: ConcurrentUpdateError[^]*locked/);
});

test.serial('an edit that the tables cannot take is refused, one of the name replaces', async t => {
  const {preview, up} = await openStack(t);
  const phases: SyncTaskArgs['phases'] = ['schema', 'incremental'];
  const loadless = {...described, phases};
  await up({orders: loadless});
  const error = await t.throwsAsync(preview({orders: {...loadless, types: 'v1'}}));
  t.regex(error!.message, /property types[^]*SYNC7002/);
  const {changes, output} = await preview({orders: {...loadless, name: 'another'}});
  t.is(changes['replace'], 1);
  t.regex(output, /name: replace, the name is the identity/);
});
