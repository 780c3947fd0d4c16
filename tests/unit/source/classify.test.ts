import test from 'ava';
import {fail} from '../../../runtime/base/errors.ts';
import {classifySourceError} from '../../../runtime/source/classify.ts';

const is = test.macro<[object, string, string]>({
  exec: (t, foreign, code, kind) => {
    const error = classifySourceError(Object.assign(new Error('said'), foreign), 'db:3306');
    t.like(error, {code, kind});
    t.is(error.finding.where, 'source db:3306');
    t.true(error.finding.cause.includes('db:3306'));
    t.like(error.cause, foreign as Record<string, never>);
  },
  title: (_, foreign, code) => `${JSON.stringify(foreign)} is ${code}`,
});
test(is, {errno: 1045, code: 'ER_ACCESS_DENIED_ERROR'}, 'SYNC2001', 'mistake');
test(is, {code: 'ENOTFOUND', errno: -3008}, 'SYNC2002', 'mistake');
test(is, {code: 'EAI_AGAIN', errno: -3001}, 'SYNC2003', 'trouble');
test(is, {code: 'ECONNREFUSED', errno: -111}, 'SYNC2003', 'trouble');
test(is, {code: 'ECONNRESET'}, 'SYNC2004', 'trouble');
test(is, {code: 'PROTOCOL_CONNECTION_LOST'}, 'SYNC2004', 'trouble');
test(is, {errno: 1053}, 'SYNC2004', 'trouble');
test(is, {errno: 4031}, 'SYNC2004', 'trouble');
test(is, {code: 'ETIMEDOUT'}, 'SYNC2005', 'trouble');
test(is, {errno: 1040}, 'SYNC2006', 'trouble');
test(is, {errno: 1129}, 'SYNC2006', 'trouble');
test(is, {code: 'HANDSHAKE_SSL_ERROR'}, 'SYNC2007', 'mistake');
test(is, {code: 'ERR_TLS_CERT_ALTNAME_INVALID'}, 'SYNC2007', 'mistake');
test(is, {code: 'DEPTH_ZERO_SELF_SIGNED_CERT'}, 'SYNC2007', 'mistake');
test(is, {errno: 1205}, 'SYNC2009', 'trouble');
test(is, {errno: 1213}, 'SYNC2009', 'trouble');
test(is, {errno: 1146}, 'SYNC2010', 'mistake');
test(is, {errno: 1142}, 'SYNC2011', 'mistake');
test(is, {errno: 1227}, 'SYNC2011', 'mistake');
test(is, {code: 'AUTH_SWITCH_PLUGIN_ERROR'}, 'SYNC2012', 'mistake');
test(is, {errno: 1064}, 'SYNC2013', 'trouble');
test(is, {code: 'PROTOCOL_UNEXPECTED_PACKET'}, 'SYNC2014', 'trouble');
test(is, {fatal: true}, 'SYNC2004', 'trouble');
test(is, {errno: 3118}, 'SYNC2015', 'mistake');

test('the number decides before the name, and our own errors stay', t => {
  t.is(classifySourceError({errno: 1045, code: 'ECONNRESET'}, 's').code, 'SYNC2001');
  const own = fail('SYNC2108', {server: 's'});
  t.is(classifySourceError(own, 's'), own);
});

test('anything thrown gets a code', t => {
  for (const thrown of [null, undefined, 'text', 7, {}])
    t.is(classifySourceError(thrown, 's').code, 'SYNC2014');
});
