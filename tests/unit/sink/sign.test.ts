import {readFileSync} from 'node:fs';
import test from 'ava';
import {authorize, canonicalString, deriveV4Key} from '../../../runtime/sink/sign.ts';

interface Vector {
  name: string;
  version: 'v2' | 'v4';
  accessId: string;
  accessSecret: string;
  region: string | null;
  utcDate: string | null;
  method: string;
  urlAfterEndpoint: string;
  headers: Record<string, string>;
  canonicalString: string;
  authorization: string;
  derivedKeyHex?: string;
}

const file = new URL('../../vectors/tunnel/signatures.json', import.meta.url);
const {cases} = JSON.parse(readFileSync(file, 'utf8')) as {cases: Vector[]};

const sameAsPyodps = test.macro<[Vector]>({
  exec: (t, vector) => {
    const path = decodeURIComponent(vector.urlAfterEndpoint.split('?')[0]!);
    const {method, headers} = vector;
    const query = Object.fromEntries(new URL(vector.urlAfterEndpoint, 'http://x').searchParams);
    const request = {method, path, query, headers};
    t.is(canonicalString(request), vector.canonicalString);
    const credentials = {
      accessKeyId: vector.accessId,
      accessKeySecret: vector.accessSecret,
      securityToken: null,
    };
    const region = vector.version === 'v4' ? vector.region : null;
    const nowMs = Date.parse('2026-11-22T08:00:00Z');
    t.is(authorize(request, credentials, region, nowMs)['Authorization'], vector.authorization);
    if (vector.derivedKeyHex !== undefined)
      t.is(
        deriveV4Key(vector.accessSecret, vector.region!, vector.utcDate!).toString('hex'),
        vector.derivedKeyHex,
      );
  },
  title: (_, vector) => `${vector.name} is signed as PyODPS signs it`,
});

for (const vector of cases) test(sameAsPyodps, vector);

test('a temporary key adds its token, which is not signed', t => {
  const request = {method: 'GET', path: '/projects/p', query: {}, headers: {Date: 'x'}};
  const key = {accessKeyId: 'id', accessKeySecret: 'secret'};
  const lasting = authorize(request, {...key, securityToken: null}, null, 0);
  const temporary = authorize(request, {...key, securityToken: 'token'}, null, 0);
  t.is(temporary['authorization-sts-token'], 'token');
  t.is(temporary['Authorization'], lasting['Authorization']);
  t.false('authorization-sts-token' in lasting);
});
