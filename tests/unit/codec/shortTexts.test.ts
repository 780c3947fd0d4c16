import test from 'ava';
import {
  civil,
  dateText,
  monthDays,
  packedTimeText,
  timeText,
  wholeText,
} from '../../../runtime/codec/shortTexts.ts';

const bytes = Buffer.alloc(64);
const text = (end: number) => bytes.toString('latin1', 0, end);

test('whole numbers of 64 bits are written as BigInt writes them', t => {
  const bits = [0n, 1n, 9n, 10n, 255n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 63n];
  const values = bits.flatMap(value => [value - 1n, value, value + 1n, value * 9n, value / 7n]);
  for (const value of [...values, 999_999_999n, 10n ** 18n, 10n ** 19n, 2n ** 64n - 1n]) {
    const raw = BigInt.asUintN(64, value);
    const lo = Number(BigInt.asIntN(32, raw));
    const hi = Number(BigInt.asIntN(32, raw >> 32n));
    t.is(text(wholeText(bytes, 0, lo, hi, true)), String(raw));
    t.is(text(wholeText(bytes, 0, lo, hi, false)), String(BigInt.asIntN(64, raw)));
    const minus = BigInt.asUintN(64, -raw);
    const [minusLo, minusHi] = [minus, minus >> 32n].map(half => Number(BigInt.asIntN(32, half)));
    t.is(text(wholeText(bytes, 0, minusLo!, minusHi!, false)), String(BigInt.asIntN(64, minus)));
  }
});

test('dates and times have as many digits as they are asked for', t => {
  t.is(text(dateText(bytes, 0, 26, 1, 2, 0, 0, -1)), '0026-01-02');
  t.is(text(dateText(bytes, 0, 2026, 11, 22, 86_399, 120_000, 2)), '2026-11-22 23:59:59.12');
  t.is(text(timeText(bytes, 0, 1, 838, 3599, 0, 6)), '-838:59:59.000000');
  t.is(text(timeText(bytes, 0, 0, 7, 61, 999_999, 0)), '07:01:01');
});

test('a negative packed time with a fraction is the complement of both', t => {
  // -00:00:00.01 as MySQL packs it: one below zero, and 256 less one hundredth.
  t.is(text(packedTimeText(bytes, 0, Buffer.from('7fffffff', 'hex'), 0, 2)), '-00:00:00.01');
  t.is(text(packedTimeText(bytes, 0, Buffer.from('7fffff00', 'hex'), 0, 2)), '-00:00:01.00');
  t.is(text(packedTimeText(bytes, 0, Buffer.from('800000', 'hex'), 0, 0)), '00:00:00');
});

test('days are the dates of the proleptic Gregorian calendar', t => {
  for (let days = -719_162; days < 2_932_897; days += 97) {
    const date = new Date(days * 86_400_000);
    const expected =
      date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
    if (civil(days) !== expected) t.fail(`day ${days} is ${civil(days)}, not ${expected}`);
  }
  t.is(civil(0), 19_700_101);
});

test('February has 29 days in leap years', t => {
  t.deepEqual(
    [1900, 2000, 2024, 2026].map(year => monthDays(year, 2)),
    [28, 29, 29, 28],
  );
  t.deepEqual([monthDays(2026, 4), monthDays(2026, 12)], [30, 31]);
});
