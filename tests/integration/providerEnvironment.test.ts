// tagEnvironment and requireEnvironment on the real engine: every task of a stack gets its environment, or is refused.
import test from 'ava';
import {openStack} from '../support/pulumiStack.ts';
import {syncTaskInputs} from '../support/syncTaskInputs.ts';
import type {SyncTaskArgs} from '../../provider/index.ts';

const {environment: _, ...given} = syncTaskInputs({deploy: {kind: 'none'}});
const args = {...given, precheckFrom: 'runtime'} as unknown as SyncTaskArgs;

test('a stack gives its tasks an environment, and a policy in the program refuses others before anything is made', async t => {
  const stack = await openStack(t);
  const first = await stack.up({sync: args});
  t.is(first.error, null);
  t.is(first.outputs['sync']!['environment'], 'dev');
  stack.with({environments: {tag: 'production', allowed: ['production']}});
  const tagged = await stack.up({sync: args});
  t.is(tagged.error, null);
  t.is(tagged.outputs['sync']!['environment'], 'production');
  stack.with({environments: {tag: 'production', allowed: ['dev', 'test']}});
  const refused = await t.throwsAsync(stack.preview({sync: args}));
  t.regex(
    `${refused!.message}${stack.seen()}`,
    /sync \(.*SyncTask\) names the environment production; allowed are dev, test/,
  );
});
