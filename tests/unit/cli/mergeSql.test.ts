import test from 'ava';
import {isSyncError} from '../../../runtime/base/errors.ts';
import {readTime} from '../../../runtime/cli/mergeSql.ts';

test('a time is Unix seconds or ISO 8601 with a zone', t => {
  t.is(readTime('1795363200'), 1795363200);
  t.is(readTime('2026-11-22T15:00:00Z'), Date.UTC(2026, 10, 22, 15) / 1000);
  t.is(readTime('2026-11-22T15:00+08:00'), Date.UTC(2026, 10, 22, 7) / 1000);
});

test('a fraction of a second still takes in the changes before it', t => {
  t.is(readTime('1970-01-01T00:00:01.5Z'), 2);
});

for (const text of ['2026-11-22T15:00:00', '2026-11-22', 'yesterday', '-5', '2026-13-40T00:00Z'])
  test(`the time ${text} is refused`, t => {
    const error = t.throws(() => readTime(text));
    t.true(isSyncError(error) && error.code === 'SYNC1006');
  });
