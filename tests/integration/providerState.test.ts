// State of released versions (tests/vectors/state-<version>.json) under the package as it is now: nothing to do, and it can be
// destroyed. A new release adds its own: run this file with STATE_OUT=FILE to write one.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {SyncTaskArgs} from '../../provider/index.ts';
import {openStack} from '../support/pulumiStack.ts';

const vectors = fileURLToPath(new URL('../vectors', import.meta.url));
const states = readdirSync(vectors).filter(file => /^state-.*\.json$/.test(file));

/** What the stored task was declared as. */
const described: SyncTaskArgs = {
  source: {host: 'db.example', user: 'sync', tls: {mode: 'required'}},
  sourcePassword: 'password of the source',
  target: {endpoint: 'http://127.0.0.1:1/api', project: 'warehouse', accessKeyId: 'key'},
  targetAccessKeySecret: 'secret of the target',
  objects: [{database: 'shop', tables: ['orders', {name: 'users', as: 'members'}]}],
  log: {partitionBy: ['year', 'month'], lifecycleDays: 30},
  alerts: [{on: 'failure', webhook: 'ops'}],
  alertWebhooks: {ops: 'http://127.0.0.1:1/hook'},
  precheckFrom: 'runtime',
  deploy: {kind: 'none'},
};

test.serial('there is a state of a released version to test with', async t => {
  const out = process.env['STATE_OUT'];
  if (out !== undefined) {
    const stack = await openStack(t);
    await stack.up({orders: described});
    writeFileSync(out, `${JSON.stringify(await stack.exported(), null, 2)}\n`);
  }
  t.true(states.length > 0);
});

for (const file of states)
  test.serial(`${file} has nothing to do and can be destroyed`, async t => {
    const stack = await openStack(t);
    await stack.restore(JSON.parse(readFileSync(join(vectors, file), 'utf8')) as object);
    t.deepEqual((await stack.preview({orders: described})).changes, {same: 2});
    await stack.refresh({orders: described});
    t.deepEqual((await stack.preview({orders: described})).changes, {same: 2});
    t.is((await stack.destroy()).error, null);
    t.is(await stack.resource(), undefined as never);
  });
