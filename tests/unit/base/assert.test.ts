import test from 'ava';
import {assert, must} from '../../../runtime/base/assert.ts';

test('what holds passes, and what is there is given back', t => {
  assert(1 + 1 === 2, 'sums are right');
  t.is(must(0, 'a number'), 0);
  t.is(must('', 'a text'), '');
});

test('what does not hold stops with SYNC9001 and the fact that should hold', t => {
  const error = t.throws(() => assert(false, 'the checkpoint never moves back'));
  t.like(error, {code: 'SYNC9001', kind: 'bug'});
  t.regex(error.message, /the checkpoint never moves back/);
});

test('what is missing stops with SYNC9001', t => {
  t.throws(() => must(null, 'a plan'), {code: 'SYNC9001'});
  t.throws(() => must(undefined, 'a plan'), {code: 'SYNC9001'});
});
