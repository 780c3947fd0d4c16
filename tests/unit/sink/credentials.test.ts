import test from 'ava';
import {
  environmentCredentials,
  roleCredentials,
  targetOptions,
} from '../../../runtime/sink/credentials.ts';
import type {TargetSpec} from '../../../runtime/spec/task.ts';
import {FaultProxy} from '../../support/faultProxy.ts';
import {codeOf} from '../../support/target.ts';

const target: TargetSpec = {
  endpoint: 'http://localhost/api',
  project: 'shop',
  schema: null,
  accessKeyId: 'id1',
  tunnelEndpoint: null,
  quota: 'q1',
  region: 'cn-shanghai',
  credentials: 'access-key',
};
const secrets = {
  sourcePassword: '',
  sourceTlsKey: null,
  targetAccessKeySecret: 'secret1',
  targetSecurityToken: null,
};
const variables = {ALIBABA_CLOUD_ACCESS_KEY_ID: 'id2', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret2'};

test('the key of the task goes with its target', async t => {
  const options = targetOptions(target, secrets);
  t.is(options.quota, 'q1');
  t.deepEqual(await options.credentials(null), {
    accessKeyId: 'id1',
    accessKeySecret: 'secret1',
    securityToken: null,
  });
});

test('a key that is not there is SYNC4033', async t => {
  const incomplete = {...secrets, targetAccessKeySecret: null};
  const ask = async () => targetOptions(target, incomplete).credentials(null);
  t.is(await codeOf(ask()), 'SYNC4033');
  t.is(await codeOf((async () => environmentCredentials({}))()), 'SYNC4033');
});

test('the environment gives key, secret and token', async t => {
  const environment = {...variables, ALIBABA_CLOUD_SECURITY_TOKEN: 'token2'};
  const options = targetOptions({...target, credentials: 'environment'}, secrets, environment);
  t.deepEqual(await options.credentials(null), {
    accessKeyId: 'id2',
    accessKeySecret: 'secret2',
    securityToken: 'token2',
  });
});

const keys = (expiresMs: number) =>
  JSON.stringify({
    Code: 'Success',
    AccessKeyId: 'STS.x',
    AccessKeySecret: 's',
    SecurityToken: 't',
    Expiration: new Date(expiresMs).toISOString(),
  });

test('keys of a role are kept until shortly before they expire', async t => {
  await using metadata = await FaultProxy.start('http://127.0.0.1:9/');
  const say = (body: string) =>
    metadata.add({times: 1, fault: {kind: 'answer', status: 200, body}});
  say('my-role');
  say(keys(Date.now() + 60_000));
  say('my-role');
  say(keys(Date.now() + 6 * 3_600_000));
  const credentials = roleCredentials(metadata.url);
  t.is((await credentials(null)).securityToken, 't');
  await credentials(null);
  await credentials(null);
  t.deepEqual(
    metadata.requests.map(r => r.url.split('/').at(-1)),
    ['', 'my-role', '', 'my-role'],
  );
});

test('keys of a role that were refused as expired are fetched anew, once for all who ask at once', async t => {
  await using metadata = await FaultProxy.start('http://127.0.0.1:9/');
  const say = (body: string) =>
    metadata.add({times: 1, fault: {kind: 'answer', status: 200, body}});
  const expiresMs = Date.now() + 6 * 3_600_000;
  for (const body of ['my-role', keys(expiresMs), 'my-role', keys(expiresMs)]) say(body);
  const credentials = roleCredentials(metadata.url);
  const [first, second] = await Promise.all([credentials(null), credentials(null)]);
  t.is(first, second);
  t.is(metadata.requests.length, 2);
  t.not(await credentials(first), first);
  t.is(metadata.requests.length, 4);
  t.is(await codeOf(credentials(await credentials(null))), 'SYNC4033');
});

test('keys of a role are used on while they live and the metadata service is silent', async t => {
  await using metadata = await FaultProxy.start('http://127.0.0.1:9/');
  const say = (body: string) =>
    metadata.add({times: 1, fault: {kind: 'answer', status: 200, body}});
  say('my-role');
  say(keys(Date.now() + 60_000));
  const credentials = roleCredentials(metadata.url);
  const first = await credentials(null);
  t.is(await credentials(null), first);
  t.is(await credentials(null), first);
  t.is(metadata.requests.length, 3);
});

test('a machine without a role is SYNC4033', async t => {
  await using metadata = await FaultProxy.start('http://127.0.0.1:9/');
  metadata.add({times: 1, fault: {kind: 'answer', status: 404}});
  t.is(await codeOf(roleCredentials(metadata.url)(null)), 'SYNC4033');
  metadata.add({times: 1, fault: {kind: 'drop-before'}});
  t.is(await codeOf(roleCredentials(metadata.url)(null)), 'SYNC4033');
});
