import test from 'ava';
import {
  parsePartition,
  partitionCondition,
  quoteText,
  splitSettings,
} from '../../../runtime/sink/sqlText.ts';

test('leading SET lines are settings, and nothing else of the statement is touched', t => {
  t.deepEqual(splitSettings(' SET a.b=true;\nset c = x ;\nSELECT 1; SET d=1;'), {
    settings: {'a.b': 'true', c: 'x'},
    statement: 'SELECT 1; SET d=1;',
  });
});

test('a string literal keeps quotes, backslashes and line ends', t => {
  t.is(quoteText("a'b\\c\nd"), "'a\\'b\\\\c\\nd'");
});

test('a partition is read with and without quotes', t => {
  t.deepEqual(parsePartition("y=2026, m='11'"), [
    ['y', '2026'],
    ['m', '11'],
  ]);
  t.is(partitionCondition('y=2026,m=11'), "`y` = '2026' AND `m` = '11'");
});
