import test from 'ava';
import {readLine} from '../../../scripts/test/ava.mjs';

test('lines of TAP are told apart', t => {
  t.is(readLine('ok 12 - file › a title'), 'passed');
  t.is(readLine('not ok 13 - file › a title'), 'failed');
  t.is(readLine('  ---'), 'detail');
  t.is(readLine('# fail 3'), 'noise');
  t.is(readLine('1..14'), 'noise');
});
