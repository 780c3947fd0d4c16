import test from 'ava';
import * as pulumi from '@pulumi/pulumi';
import {requireEnvironment, withEnvironment} from '../../../provider/environmentTags.ts';

const task = 'pulumi-nodejs:dynamic/synctask:SyncTask';
const disk = 'alicloud:ecs/ecsDisk:EcsDisk';

test('each kind of resource gets the environment where it takes one, below what the program says', t => {
  const given = (type: string, props = {}, options = {}) =>
    withEnvironment(type, props, 'pre prod', options);
  t.deepEqual(given(task), {environment: 'pre prod'});
  t.deepEqual(given(task, {environment: 'own'}), {environment: 'own'});
  t.deepEqual(given(disk), {tags: {environment: 'pre prod'}});
  t.deepEqual(given(disk, {tags: {environment: 'own', a: 'b'}}), {
    tags: {environment: 'own', a: 'b'},
  });
  t.deepEqual(given('aws:s3/bucket:Bucket', {tags: {a: 'b'}}), {
    tags: {environment: 'pre prod', a: 'b'},
  });
  t.deepEqual(given('kubernetes:core/v1:ConfigMap', {metadata: {name: 'c'}}), {
    metadata: {name: 'c', labels: {environment: 'pre_prod'}},
  });
  t.deepEqual(given('own:index:Thing', {}, {types: ['own:index:Thing'], tag: 'env'}), {
    tags: {env: 'pre prod'},
  });
  const untouched = {length: 8};
  t.is(given('random:index/randomPassword:RandomPassword', untouched), untouched);
});

test('tags that are not known yet are waited for', async t => {
  const tags = pulumi.output(Promise.resolve({a: 'b'}));
  const props = withEnvironment(disk, {tags}, 'dev');
  const known = await new Promise(resolve => (props['tags'] as typeof tags).apply(resolve));
  t.deepEqual(known, {environment: 'dev', a: 'b'});
});

test('the policy names each resource without an environment, or with one that is not allowed', t => {
  const violations = (type: string, props: object, options = {}) => {
    const found: string[] = [];
    const policy = requireEnvironment(options);
    policy.validateResource({type, name: 'r', props}, message => found.push(message));
    return found;
  };
  t.deepEqual(violations(task, {}), [`r (${task}) names no environment.`]);
  t.deepEqual(violations(disk, {tags: {}}), [`r (${disk}) names no environment.`]);
  t.deepEqual(violations(disk, {tags: {environment: 'dev'}}), []);
  t.deepEqual(violations(disk, {tags: {environment: 'qa'}}, {allowed: ['dev', 'production']}), [
    `r (${disk}) names the environment qa; allowed are dev, production.`,
  ]);
  t.is(violations('kubernetes:apps/v1:StatefulSet', {metadata: {}}).length, 1);
  t.deepEqual(violations('random:index/randomPassword:RandomPassword', {}), []);
  t.like(requireEnvironment(), {name: 'require-environment', enforcementLevel: 'mandatory'});
});
