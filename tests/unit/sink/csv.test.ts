import test from 'ava';
import {parseCsv} from '../../../runtime/sink/csv.ts';

test('NULL is an unquoted \\N, and a quoted one is text', t => {
  t.deepEqual(parseCsv('"a","b","c"\n\\N,"\\N",""\n'), {
    columns: ['a', 'b', 'c'],
    rows: [[null, '\\N', '']],
  });
});

test('quotes, commas and line ends stand inside quotes, backslashes are plain', t => {
  const text = 'a,b\n"say ""hi""","x,y\nz\\n"\n1,\n';
  t.deepEqual(parseCsv(text).rows, [
    ['say "hi"', 'x,y\nz\\n'],
    ['1', ''],
  ]);
});

test('the last line may lack its end, and lines may end in CR LF', t => {
  t.deepEqual(parseCsv('a,b\r\n1,"2"\r\n3,4').rows, [
    ['1', '2'],
    ['3', '4'],
  ]);
});

test('a statement without a result set has no columns', t => {
  t.deepEqual(parseCsv(''), {columns: [], rows: []});
});
