import test from 'ava';
import {canonicalText, checkSignature, readings} from '../../../runtime/endpoint/signature.ts';
import {vectorCases} from '../../support/tunnelVectors.ts';

interface SignatureVector {
  name: string;
  accessId: string;
  accessSecret: string;
  method: string;
  urlAfterEndpoint: string;
  headers: Record<string, string>;
  canonicalString: string;
  authorization: string;
}

const nowMs = Date.parse('Sun, 22 Nov 2026 08:00:00 GMT');

for (const vector of vectorCases<SignatureVector>('signatures.json')) {
  const headers = {
    ...Object.fromEntries(Object.entries(vector.headers).map(([k, v]) => [k.toLowerCase(), v])),
    authorization: vector.authorization,
  };
  const request = {method: vector.method, target: vector.urlAfterEndpoint, headers};
  const key = {id: vector.accessId, secret: vector.accessSecret};

  test(`the request ${vector.name} of PyODPS is accepted`, t => {
    const texts = readings(request.target).map(reading => canonicalText(request, reading));
    t.true(texts.includes(vector.canonicalString));
    t.notThrows(() => checkSignature(request, key, nowMs));
  });

  test(`the request ${vector.name} is refused when anything signed was changed`, t => {
    const code = (change: object, secret = key.secret) =>
      (
        t.throws(() =>
          checkSignature({...request, ...change}, {...key, secret}, nowMs),
        ) as Error & {
          code: string;
        }
      ).code;
    t.is(code({}, 'another secret'), 'SignatureNotMatch');
    t.is(code({method: 'DELETE'}), 'SignatureNotMatch');
    t.is(code({target: `${request.target}x`}), 'SignatureNotMatch');
    t.is(code({headers: {...headers, 'x-odps-more': '1'}}), 'SignatureNotMatch');
    t.is(code({headers: {...headers, authorization: 'ODPS nobody:x'}}), 'Unauthorized');
    t.is(code({headers: {...headers, authorization: undefined}}), 'Unauthorized');
    t.is(code({headers: {...headers, date: undefined}}), 'Unauthorized');
  });

  test(`the request ${vector.name} is refused when its clock is 16 minutes off`, t => {
    t.throws(() => checkSignature(request, key, nowMs + 16 * 60_000), {message: /ODPS-0410031/});
    t.notThrows(() => checkSignature(request, key, nowMs - 14 * 60_000));
  });
}
