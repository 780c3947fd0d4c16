import test from 'ava';
import {codes} from '../../../runtime/base/codes.ts';
import {meaningOf, meaningOfSql, odpsCode} from '../../../runtime/sink/errorCodes.ts';

const means = test.macro<[number, string | null, string, string]>({
  exec: (t, status, code, ours, again) => {
    t.deepEqual(meaningOf(status, code), {code: ours, again});
  },
  title: (_, status, code, ours, again) =>
    `status ${status} with ${code ?? 'no code'} is ${ours}, again: ${again}`,
});

// Throttling is a budget to wait for, whatever the status.
test(means, 429, 'FlowExceeded', 'SYNC4002', 'refused');
test(means, 400, 'SlotExceeded', 'SYNC4002', 'refused');
test(means, 429, 'QPSExceeded', 'SYNC4002', 'refused');
test(means, 400, 'RequestQuotaExceeded', 'SYNC4002', 'refused');
test(means, 503, 'Throttling', 'SYNC4002', 'refused');
test(means, 429, 'SomethingNew', 'SYNC4002', 'refused');
test(means, 429, null, 'SYNC4002', 'refused');
// The service's own trouble.
test(means, 500, 'InternalServerError', 'SYNC4003', 'doubt');
test(means, 500, 'DataStoreError', 'SYNC4003', 'doubt');
test(means, 503, 'ServiceUnavailable', 'SYNC4003', 'doubt');
test(means, 500, 'ReadMetaError', 'SYNC4003', 'doubt');
test(means, 409, 'DataUnderReplication', 'SYNC4003', 'refused');
test(means, 409, 'DataVersionConflict', 'SYNC4003', 'refused');
test(means, 400, 'IncompleteBody', 'SYNC4003', 'refused');
test(means, 503, null, 'SYNC4003', 'doubt');
test(means, 502, 'SomethingNew', 'SYNC4003', 'doubt');
test(means, 504, null, 'SYNC4003', 'doubt');
test(means, 408, null, 'SYNC4003', 'doubt');
test(means, 308, null, 'SYNC4003', 'refused');
// Credentials, clock, rights.
test(means, 401, null, 'SYNC4004', 'no');
test(means, 401, 'Unauthorized', 'SYNC4004', 'no');
test(means, 401, 'AuthorizationRequired', 'SYNC4004', 'no');
test(means, 401, 'SignatureNotMatch', 'SYNC4004', 'no');
test(means, 400, 'ODPS-0410001: missing', 'SYNC4004', 'no');
test(means, 400, 'ODPS-0410011: wrong', 'SYNC4004', 'no');
test(means, 400, 'ODPS-0410021: method', 'SYNC4004', 'no');
test(means, 401, 'ODPS-0410042: signature', 'SYNC4004', 'no');
test(means, 401, 'ODPS-0410051: credentials', 'SYNC4004', 'no');
test(means, 403, 'AuthenticationRequestExpired', 'SYNC4004', 'once');
test(means, 403, 'RequestTimeTooSkewed', 'SYNC4005', 'no');
test(means, 403, 'RequestTimeTooSkewd', 'SYNC4005', 'no');
test(means, 400, 'ODPS-0410031:Authentication request expired', 'SYNC4005', 'no');
test(means, 403, 'NoPermission', 'SYNC4006', 'no');
test(means, 403, 'AccessDenied', 'SYNC4006', 'no');
test(means, 403, null, 'SYNC4006', 'no');
// What is not there.
test(means, 404, 'NoSuchProject', 'SYNC4007', 'no');
test(means, 404, 'NoSuchSchema', 'SYNC4007', 'no');
test(means, 404, 'NoSuchTable', 'SYNC4008', 'no');
test(means, 404, 'NoSuchObject', 'SYNC4008', 'no');
test(means, 404, null, 'SYNC4008', 'no');
test(means, 404, 'NoSuchPartition', 'SYNC4009', 'no');
test(means, 404, 'NoSuchUpload', 'SYNC4043', 'no');
test(means, 404, 'NoSuchDownload', 'SYNC4043', 'no');
test(means, 404, 'StreamSessionNotFound', 'SYNC4043', 'no');
test(means, 404, 'UpsertSessionNotFound', 'SYNC4043', 'no');
// What is in another state.
test(means, 400, 'StatusConflict', 'SYNC4032', 'no');
test(means, 412, 'TableModified', 'SYNC4034', 'no');
test(means, 412, 'SchemaModified', 'SYNC4034', 'no');
test(means, 409, 'ObjectAlreadyExists', 'SYNC4018', 'no');
// Bodies.
test(means, 400, 'CorruptedDataStream', 'SYNC4017', 'once');
test(means, 400, 'MalformedDataStream', 'SYNC4017', 'once');
// Requests that stay refused.
for (const code of [
  'InvalidParameter',
  'InvalidArgument',
  'InvalidProjectTable',
  'InvalidColumnSpec',
  'InvalidRowRange',
  'InvalidBlockID',
  'InvalidPartitionSpec',
  'InvalidResourceSpec',
  'MissingPartitionSpec',
  'InConsistentBlockList',
  'OverwriteModeNotAllowed',
  'MethodNotAllowed',
  'InvalidStateSetting',
  'InstanceTypeNotSupported',
  'SomethingNew',
])
  test(means, code === 'MethodNotAllowed' ? 405 : 400, code, 'SYNC4011', 'no');

test('what is sent again is always trouble in our catalogue, except a second try with new credentials', t => {
  const seen = [429, 500, 503, 502, 504, 408, 308].map(status => meaningOf(status, null));
  for (const {code} of seen) t.is(codes[code].kind, 'trouble');
});

test('a failed SQL task is classified by the first ODPS code of its text', t => {
  const text = 'FAILED: ODPS-0130131:[1,15] Table not found - table p.t cannot be resolved';
  t.is(odpsCode(text), 'ODPS-0130131');
  t.is(meaningOfSql(odpsCode(text)).code, 'SYNC4008');
  t.is(meaningOfSql('ODPS-0130161').code, 'SYNC4020');
  t.is(meaningOfSql('ODPS-0130013').code, 'SYNC4006');
  t.is(meaningOfSql('ODPS-0010000').code, 'SYNC4021');
  t.is(meaningOfSql('ODPS-0130071').code, 'SYNC4020');
  t.is(meaningOfSql('ODPS-0110141').code, 'SYNC4021');
  t.is(meaningOfSql('ODPS-0110061').code, 'SYNC4021');
  t.is(meaningOfSql('ODPS-0420111').code, 'SYNC4007');
  t.is(meaningOfSql(null).code, 'SYNC4020');
});
