import test from 'ava';
import {taskSpec} from '../../../runtime/spec/task.ts';
import {check} from '../../../provider/check.ts';
import type {Properties} from '../../../provider/inputs.ts';
import {unknownValue} from '../../../provider/unknowns.ts';
import {syncTaskInputs as inputs} from '../../support/syncTaskInputs.ts';

const failuresOf = (news: Properties, olds: Properties = {}) =>
  check(olds, news, new Map()).failures.map(({property, reason}) => [
    property,
    /\[(SYNC\d{4})\]/.exec(reason)?.[1],
  ]);

test('inputs go to state as written, without defaults, outputs or the provider text', t => {
  const {inputs: kept, failures} = check(
    {},
    {...inputs(), __provider: 'text', state: undefined, editPlan: undefined, phases: undefined},
    new Map(),
  );
  t.deepEqual(failures, []);
  t.deepEqual(kept, inputs());
});

test('each mistake is a failure at its property path', t => {
  const found = failuresOf(
    inputs({source: {host: 'h', user: 'u', port: 0}, objects: [{database: 'shop', tabels: []}]}),
  );
  t.deepEqual(found, [
    ['source.port', 'SYNC1001'],
    ['objects[0].tabels', 'SYNC1002'],
  ]);
});

test('a failure shows the same five lines as the terminal', t => {
  const [failure] = check({}, inputs({types: 'v3'}), new Map()).failures;
  t.regex(
    failure!.reason,
    /^error\[SYNC1001\]: .*\n {2}where: types\n {2}cause: .*\n {2}fix: .*\n {2}more: /,
  );
});

test('a failure of a secret quotes no value and names no property whose value Pulumi would print', t => {
  const secret = {env: 'not a name', hidden: 'S3cret'};
  const {failures} = check({}, inputs({sourcePassword: secret}), new Map());
  t.true(failures.length > 0);
  for (const {property, reason} of failures) {
    t.is(property, '');
    t.false(reason.includes('S3cret'));
  }
});

test('wrong settings of a place to run are refused by their path', t => {
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'kubernetes'}})), [['deploy.image', 'SYNC1001']]);
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'kubernetes', image: 'i:1'}})), []);
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'kubernetes', image: 'i:1', shards: 33}})), [
    ['deploy.shards', 'SYNC1001'],
  ]);
  const cluster = {kind: 'kubernetes', image: 'i:1'};
  t.deepEqual(failuresOf(inputs({deploy: {...cluster, load: {pods: 2}}})), []);
  t.deepEqual(failuresOf(inputs({deploy: {...cluster, load: {pods: 2}, shards: 2}})), [
    ['deploy.load', 'SYNC1001'],
  ]);
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'docker', load: {pods: 2}}})), [
    ['deploy.load', 'SYNC1002'],
  ]);
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'docker', shards: 2}})), [
    ['deploy.shards', 'SYNC1002'],
  ]);
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'docker'}})), []);
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'docker', daemon: '/var/run/docker.sock'}})), [
    ['deploy.daemon', 'SYNC1001'],
  ]);
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'process', image: 'x'}})), [
    ['deploy.image', 'SYNC1002'],
  ]);
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'process', stateDir: 'here'}})), [
    ['deploy.stateDir', 'SYNC1001'],
  ]);
  t.deepEqual(failuresOf(inputs({deploy: {kind: 'none'}})), []);
});

const everyPath = Object.keys(taskSpec.shape).filter(path => path !== 'alerts');
for (const path of everyPath)
  test(`an unknown ${path} is no failure`, t => {
    t.deepEqual(failuresOf(inputs({[path]: unknownValue})), []);
  });

test('an unknown deep inside is no failure, and mistakes beside it are still found', t => {
  const news = inputs({
    source: {host: unknownValue, port: unknownValue, user: 'u', tls: {mode: unknownValue}},
    objects: [{database: 'shop', tables: [unknownValue, {name: 'a', columns: {rename: 1}}]}],
    types: 'v3',
  });
  t.deepEqual(failuresOf(news), [
    ['objects[0].tables[1].columns.rename', 'SYNC1001'],
    ['types', 'SYNC1001'],
  ]);
});

test('two tasks of a stack that write one target table are told of each other', t => {
  const claims = new Map();
  t.deepEqual(check({}, inputs({name: 'one'}), claims).failures, []);
  const two = inputs({
    name: 'two',
    source: {host: unknownValue, user: 'u'},
    objects: [{database: 'other', tables: ['fine', {name: 'people', as: 'MEMBERS'}]}],
  });
  const {failures} = check({}, two, claims);
  t.deepEqual(
    failures.map(f => f.property),
    ['objects[0].tables[1]'],
  );
  t.regex(failures[0]!.reason, /SYNC7001[^]*members of project local[^]*task one/);
});

test('a task that is checked again does not collide with itself', t => {
  const claims = new Map();
  check({}, inputs(), claims);
  t.deepEqual(check(inputs(), inputs({types: 'v2'}), claims).failures, []);
});

test('an edit that needs a load is refused for a task that has none, before anything is touched', t => {
  const phases = ['schema', 'incremental'];
  const edited = {phases, types: 'v1', log: {timeZone: 'Asia/Shanghai'}};
  t.deepEqual(failuresOf(inputs(edited), inputs({phases})), [
    ['types', 'SYNC7002'],
    ['log.timeZone', 'SYNC7002'],
  ]);
});

test('the same edit is taken when the task is replaced anyway', t => {
  const phases = ['incremental'];
  const edited = inputs({phases, types: 'v1', name: 'shop-two'});
  t.deepEqual(failuresOf(edited, inputs({phases})), []);
});

test('the number of shards of a task that exists stays as it is; one without them has one', t => {
  const cluster = (deploy: Properties) =>
    inputs({deploy: {kind: 'kubernetes', image: 'i:1', ...deploy}});
  t.deepEqual(failuresOf(cluster({shards: 3}), cluster({shards: 2})), [
    ['deploy.shards', 'SYNC7002'],
  ]);
  t.deepEqual(failuresOf(cluster({shards: 1}), cluster({})), []);
  t.deepEqual(failuresOf(cluster({shards: 2}), inputs({deploy: {kind: 'docker'}})), []);
});
