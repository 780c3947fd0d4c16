import test from 'ava';
import {
  asSyncError,
  fail,
  finding,
  formatFinding,
  isSyncError,
  isTrouble,
  sortFindings,
} from '../../../runtime/base/errors.ts';

test('an error shows its five lines', t => {
  const error = fail('SYNC1004', {path: 'sourcePassword', variable: 'PW'}, undefined, {
    where: 'sourcePassword',
    object: 'shop.orders',
  });
  t.deepEqual(error.message.split('\n'), [
    'error[SYNC1004]: a secret is not in the environment',
    '  where: shop.orders, sourcePassword',
    '  cause: sourcePassword names the environment variable PW, which is not set.',
    '  fix:   Set PW where the runtime runs, or give the secret in another way.',
    '  more:  docs/errors.md#sync1004',
  ]);
});

test('the line of the place is left out where there is none', t => {
  const text = formatFinding(finding('SYNC1002', {path: 'sorce'}));
  t.false(text.includes('where:'));
  t.is(text.split('\n').length, 4);
});

test('a finding of a check names the check and its severity', t => {
  const found = finding('SYNC1002', {path: 'sorce'}, {id: 'P05', severity: 'warning'});
  t.regex(formatFinding(found), /^warning\[SYNC1002\]: .* \(P05\)\n/);
});

test('an error keeps what led to it', t => {
  const cause = new Error('ECONNRESET');
  t.is(fail('SYNC9001', {what: 'x'}, cause).cause, cause);
});

test('a coded error stays itself, anything else becomes SYNC9002 with its cause', t => {
  const coded = fail('SYNC9001', {what: 'x'});
  t.is(asSyncError(coded), coded);
  const bare = new TypeError('x is not a function');
  const wrapped = asSyncError(bare);
  t.true(isSyncError(wrapped));
  t.is(wrapped.code, 'SYNC9002');
  t.is(wrapped.cause, bare);
  t.is(asSyncError('a text').code, 'SYNC9002');
});

test('only trouble is worth another try', t => {
  t.true(isTrouble(fail('SYNC4002', {operation: 'x', code: 'y', requestId: null, message: ''})));
  t.false(isTrouble(fail('SYNC1002', {path: 'x'})));
  t.false(isTrouble(fail('SYNC9001', {what: 'x'})));
  t.false(isTrouble(new Error('x')));
});

test('errors stand before warnings, then checks in their order, then objects', t => {
  const at = (id: string | null, object: string | null, severity: 'error' | 'warning') =>
    finding('SYNC1002', {path: 'x'}, {id, object, severity});
  const sorted = sortFindings([
    at('P01', null, 'warning'),
    at(null, null, 'error'),
    at('P20', 'shop.b', 'error'),
    at('P20', 'shop.a', 'error'),
    at('P05', null, 'error'),
  ]);
  t.deepEqual(
    sorted.map(({id, object, severity}) => [id, object, severity]),
    [
      ['P05', null, 'error'],
      ['P20', 'shop.a', 'error'],
      ['P20', 'shop.b', 'error'],
      [null, null, 'error'],
      ['P01', null, 'warning'],
    ],
  );
});
