import test from 'ava';
import {
  book,
  bookAll,
  changeThrottle,
  createThrottle,
  isPaced,
  ratesOf,
} from '../../../runtime/task/throttle.ts';

const limit = (rowsPerSecond: number) => createThrottle({rowsPerSecond}).rows;

test('what a limit does not name passes without a wait', t => {
  const throttle = createThrottle({
    queriesPerSecond: null,
    rowsPerSecond: 10,
    mebibytesPerSecond: null,
  });
  t.is(book(throttle.bytes, 1e12), 0);
  t.is(bookAll(throttle, {queries: 1e9, bytes: 1e12}), 0);
  t.true(bookAll(throttle, {rows: 1000}) > 90_000);
});

test('a rate is kept over any sequence of amounts', t => {
  const rows = limit(1000);
  let nowMs = 1_000_000;
  let taken = 0;
  for (let i = 0; i < 500; i++) {
    const amount = (i * 37) % 211;
    nowMs += book(rows, amount, nowMs);
    taken += amount;
  }
  const seconds = (nowMs - 1_000_000) / 1000;
  // A burst of a quarter of a second passes at first, and waits below 20 ms are left over.
  t.true(taken <= 1000 * (seconds + 0.25 + 0.02), `${taken} in ${seconds}`);
  t.true(taken >= 1000 * (seconds - 0.01));
});

test('a quiet time saves up no more than a short burst', t => {
  const rows = limit(100);
  book(rows, 1000, 1_000_000);
  t.is(book(rows, 20, 9_000_000), 0);
  t.is(Math.round(book(rows, 100, 9_000_000)), 950);
});

test('limits over the same memory are one limit', t => {
  const first = limit(10);
  const second = {...first};
  book(first, 100, 1_000_000);
  t.is(Math.round(book(second, 10, 1_000_000)), 10_750);
});

test('mebibytes are counted in bytes', t => {
  const throttle = createThrottle({
    queriesPerSecond: null,
    rowsPerSecond: null,
    mebibytesPerSecond: 2,
  });
  t.is(throttle.bytes.perSecond[0], 2 * 1024 ** 2);
  t.is(ratesOf(throttle).mebibytesPerSecond, 2);
});

test('a rate that is changed is felt at once, by every thread, and what was booked before is forgotten', t => {
  const throttle = createThrottle({rowsPerSecond: 1});
  // Another thread holds the same memory in arrays of its own.
  const elsewhere = {
    ...throttle,
    rows: {
      perSecond: new Float64Array(throttle.rows.perSecond.buffer),
      freeAt: new BigInt64Array(throttle.rows.freeAt.buffer),
    },
  };
  t.true(book(elsewhere.rows, 1000) > 900_000);
  changeThrottle(throttle, {rowsPerSecond: 1000, queriesPerSecond: 5});
  t.true(book(elsewhere.rows, 1000) < 1001);
  t.deepEqual(ratesOf(elsewhere), {
    queriesPerSecond: 5,
    rowsPerSecond: 1000,
    mebibytesPerSecond: null,
  });
  changeThrottle(throttle, {rowsPerSecond: null});
  t.false(isPaced(elsewhere));
  t.is(book(elsewhere.rows, 1e9), 0);
});
