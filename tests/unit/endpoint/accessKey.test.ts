import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {endpointKey} from '../../../runtime/endpoint/accessKey.ts';

const idName = 'ALIBABA_CLOUD_ACCESS_KEY_ID';
const secretName = 'ALIBABA_CLOUD_ACCESS_KEY_SECRET';

test('a key of the environment is taken as it is', t => {
  const key = endpointKey('/nowhere', {[idName]: 'a', [secretName]: 'b'});
  t.deepEqual(key, {accessKeyId: 'a', accessKeySecret: 'b', secretFile: null, made: false});
});

test('half a key is refused by SYNC6004', t => {
  t.throws(() => endpointKey('/nowhere', {[idName]: 'a'}), {code: 'SYNC6004'});
  t.throws(() => endpointKey('/nowhere', {[secretName]: 'b'}), {code: 'SYNC6004'});
});

test('without one a key is made once and found again', t => {
  const folder = mkdtempSync(join(tmpdir(), 'synctask-key-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const first = endpointKey(folder, {});
  t.true(first.accessKeySecret.length >= 32);
  t.true(first.made);
  t.deepEqual(endpointKey(folder, {}), {...first, made: false});
});

test('a folder that cannot be made is refused by SYNC6002', t => {
  t.throws(() => endpointKey('/dev/null/x', {}), {code: 'SYNC6002'});
});
