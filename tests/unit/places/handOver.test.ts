import test from 'ava';
import {resolveSecrets} from '../../../runtime/spec/secrets.ts';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {handOver} from '../../../runtime/places/handOver.ts';
import {syncTaskInputs} from '../../support/syncTaskInputs.ts';

test('the task file holds no secret and the runtime finds each one in its environment', t => {
  const {taskFile, environment} = handOver(
    syncTaskInputs({
      source: {
        ...(syncTaskInputs()['source'] as object),
        tls: {certificate: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----'},
      },
      sourceTlsKey: 'S3cret key',
      alertWebhooks: {ops: 'https://S3cret'},
      hashKeys: {pii: 'a k3y of hashes'},
    }),
  );
  t.false(JSON.stringify(taskFile).includes('S3cret'));
  const {task} = parseTask(taskFile);
  t.deepEqual(resolveSecrets(task!, environment), {
    sourcePassword: 'S3cret-of-mysql',
    sourceTlsKey: 'S3cret key',
    targetAccessKeySecret: 'S3cret-of-target',
    targetSecurityToken: null,
    alertWebhooks: {ops: 'https://S3cret'},
    hashKeys: {pii: 'a k3y of hashes'},
  });
  t.deepEqual(task!.alertWebhooks, {ops: {env: 'SYNCTASK_ALERT_WEBHOOK_0'}});
  t.deepEqual(task!.hashKeys, {pii: {env: 'SYNCTASK_HASH_KEY_0'}});
  t.is(environment['SYNCTASK_ALERT_WEBHOOK_0'], 'https://S3cret');
});

test('a secret that names a variable of the user stays as it is', t => {
  const {taskFile, environment} = handOver(syncTaskInputs({sourcePassword: {env: 'DB_PASSWORD'}}));
  t.deepEqual(taskFile['sourcePassword'], {env: 'DB_PASSWORD'});
  t.false(Object.hasOwn(environment, 'SYNCTASK_SOURCE_PASSWORD'));
});
