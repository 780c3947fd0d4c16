import test from 'ava';
import {
  compilePattern,
  countParts,
  fillPlaces,
  isPattern,
  patternProblem,
} from '../../../runtime/spec/pattern.ts';

test('a pattern is told from a name by * ? [ or slashes around it', t => {
  const texts = ['a', 'a*', 'a?', 'a[b]', '/a/', '/', 'a/b'];
  t.deepEqual(texts.map(isPattern), [false, true, true, true, true, false, false]);
});

test('what is wrong with a pattern is said, and nothing of one that is right', t => {
  for (const right of ['orders', 'a*', '[a-c]?', '/^log_\\d+$/', '/(a|b)/'])
    t.is(patternProblem(right), null, right);
  for (const wrong of ['/a', '/', 'a[b', '/(/', '/[/', '[z-a]', '/(?<x/'])
    t.regex(patternProblem(wrong) ?? '', /^must /, wrong);
});

test('a glob means the whole name, an expression any part of it', t => {
  t.true(compilePattern('log_*')('log_2026'));
  t.false(compilePattern('log_*')('old_log_2026'));
  t.true(compilePattern('/log_\\d/')('old_log_2026'));
  t.true(compilePattern('a[!b]c')('axc'));
  t.false(compilePattern('a[!b]c')('abc'));
});

test('target names are made of what a pattern matched', t => {
  t.is(fillPlaces('o', 'orders', 'orders'), 'o');
  t.is(fillPlaces('crm_$0', 'a*', 'abc'), 'crm_abc');
  t.is(fillPlaces('$2_$1', 'log_*_[0-9]', 'log_web_7'), '7_web');
  t.is(fillPlaces('y$1', '/^log_(\\d{4})/', 'log_2026_11'), 'y2026');
  t.is(fillPlaces('x$2', '/^(a)(b)?/', 'ac'), 'x');
  t.deepEqual(['a', 'a*b?', '[xy]', '/(a)(?:b)(c)/'].map(countParts), [0, 2, 1, 2]);
});
