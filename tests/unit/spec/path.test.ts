import test from 'ava';
import {formatPath} from '../../../runtime/spec/path.ts';

test('a place is written as one would write it in code', t => {
  t.is(formatPath(['objects', 0, 'tables', 12, 'name']), 'objects[0].tables[12].name');
  t.is(formatPath(['name']), 'name');
  t.is(formatPath([]), '');
});
