// Values are compared with a live server in tests/integration/codecTypes.test.ts.
import test from 'ava';
import {digitGroups, packedBytes} from '../../../runtime/codec/decimalCode.ts';

test('nine digits take four bytes, fewer take fewer', t => {
  t.is(packedBytes(12, 2), 1 + 4 + 1);
  t.is(packedBytes(5, 5), 3);
  t.is(packedBytes(65, 30), 4 * 3 + 4 + 4 * 3 + 2);
  t.is(packedBytes(18, 9), 8);
});

test('the short group stands first before the point and last after it', t => {
  t.deepEqual(
    digitGroups(12, 2).map(group => [group.digits, group.whole]),
    [
      [1, true],
      [9, true],
      [2, false],
    ],
  );
});
