import test from 'ava';
import {parseDecimal} from '../../../runtime/endpoint/decimalWords.ts';

function parsed(text: string, precision: number, scale: number): bigint | null {
  const words = new Int32Array(4).fill(-7);
  const bytes = Buffer.from(`??${text}??`);
  const fits = parseDecimal(bytes, 2, bytes.length - 2, precision, scale, words);
  if (!fits) return null;
  return words.reduceRight((sum, word) => (sum << 32n) | BigInt(word >>> 0), 0n);
}

/** The parsed value as a signed whole number of `scale`. */
const value = test.macro<[string, number, number, bigint | null]>({
  exec: (t, text, precision, scale, due) => {
    const found = parsed(text, precision, scale);
    t.is(found === null ? null : BigInt.asIntN(128, found), due);
  },
  title: (_, text, precision, scale, due) =>
    `"${text}" in decimal(${precision},${scale}) is ${due === null ? 'refused' : `${due}`}`,
});

test(value, '0', 10, 2, 0n);
test(value, '-0.00', 10, 2, 0n);
test(value, '12.3', 10, 2, 1230n);
test(value, '-12.30', 10, 2, -1230n);
test(value, '+.5', 10, 2, 50n);
test(value, '5.', 10, 2, 500n);
test(value, '00012.50', 10, 1, 125n);
test(value, '1E+2', 10, 2, 10_000n);
test(value, '0E-18', 38, 18, 0n);
test(value, '-1.5e-3', 10, 4, -15n);
test(value, '99999999.99', 10, 2, 9_999_999_999n);
test(value, '100000000.00', 10, 2, null);
test(value, '1.005', 10, 2, null);
test(value, '1.00500', 10, 3, 1005n);
test(value, '999999999999999999', 18, 0, 999_999_999_999_999_999n);
test(
  value,
  '-12345678901234567890.123456789012345678',
  38,
  18,
  -12345678901234567890123456789012345678n,
);
test(value, '9'.repeat(38), 38, 0, 10n ** 38n - 1n);
test(value, `-${'9'.repeat(38)}`, 38, 0, -(10n ** 38n) + 1n);
test(value, '9'.repeat(39), 38, 0, null);
test(value, '', 10, 2, null);
test(value, '-', 10, 2, null);
test(value, '1.2.3', 10, 2, null);
test(value, '1e', 10, 2, null);
test(value, '1e99999999', 10, 2, null);
test(value, 'NaN', 10, 2, null);
test(value, '1 ', 10, 2, null);
