// Decimal text of a record stream as a whole number of its scale, in 128 bits. Plain and exponent notation (PyODPS writes
// 1E+2); more decimals than the scale are refused unless they are zeros, so nothing is rounded.

/** Two's complement, lowest word first. */
export type DecimalWords = Int32Array;

/** Longest text taken: sign, 38 digits with leading zeros, point, exponent. */
const digitsMax = 128;
const digits = new Uint8Array(digitsMax);
/** Sixteen-bit limbs, lowest first: limb × 10^9 stays below 2^53. */
const limbs = new Float64Array(8);

/** Parses bytes[at, end) into `words`; false when it is no decimal or does not fit (precision, scale). */
export function parseDecimal(
  bytes: Uint8Array,
  at: number,
  end: number,
  precision: number,
  scale: number,
  words: DecimalWords,
): boolean {
  const sign = bytes[at];
  const negative = sign === 45;
  if (negative || sign === 43) at++;
  let count = 0;
  let point = -1;
  let any = false;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= 48 && byte <= 57) {
      any = true;
      // Leading zeros carry nothing, but those after the point count as decimals.
      if (count === 0 && byte === 48 && point < 0) continue;
      if (count === digitsMax) return false;
      digits[count++] = byte - 48;
    } else if (byte === 46 && point < 0) point = count;
    else break;
  }
  if (!any) return false;
  let decimals = point < 0 ? 0 : count - point;
  if (at < end) {
    const exponent = parseExponent(bytes, at, end);
    if (Number.isNaN(exponent)) return false;
    decimals -= exponent;
  }
  return toWords(count, decimals, negative, precision, scale, words);
}

/** The exponent of `E+2` at `at`; NaN when it is none, or one no column can hold. */
function parseExponent(bytes: Uint8Array, at: number, end: number): number {
  if ((bytes[at]! | 32) !== 101 || end - at > 6) return NaN;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at + 1, end - at - 1).toString(
    'latin1',
  );
  return /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
}

/** digits[0, count) with `decimals` of them after the point, brought to `scale`. */
function toWords(
  count: number,
  decimals: number,
  negative: boolean,
  precision: number,
  scale: number,
  words: DecimalWords,
): boolean {
  let first = 0;
  while (first < count && digits[first] === 0) first++;
  while (decimals > scale && count > first && digits[count - 1] === 0) {
    count--;
    decimals--;
  }
  if (first === count) {
    words.fill(0);
    return true;
  }
  if (decimals > scale) return false;
  const zeros = scale - decimals;
  if (count - first + zeros > precision) return false;
  if (count - first + zeros <= 15) smallWords(first, count, zeros, negative, words);
  else wideWords(first, count, zeros, negative, words);
  return true;
}

function smallWords(
  first: number,
  count: number,
  zeros: number,
  negative: boolean,
  words: DecimalWords,
): void {
  let value = 0;
  for (let i = first; i < count; i++) value = value * 10 + digits[i]!;
  for (let i = 0; i < zeros; i++) value *= 10;
  if (negative) value = -value;
  words[0] = value | 0;
  const high = Math.floor(value / 4_294_967_296);
  words[1] = high;
  words[2] = words[3] = high >> 31;
}

function wideWords(
  first: number,
  count: number,
  zeros: number,
  negative: boolean,
  words: DecimalWords,
): void {
  limbs.fill(0);
  let group = 0;
  let size = 1;
  for (let i = first; i < count + zeros; i++) {
    group = group * 10 + (i < count ? digits[i]! : 0);
    size *= 10;
    if (size === 1_000_000_000) {
      multiplyAdd(size, group);
      group = 0;
      size = 1;
    }
  }
  if (size > 1) multiplyAdd(size, group);
  let carry = negative ? 1 : 0;
  for (let word = 0; word < 4; word++) {
    const value = (limbs[word * 2]! | (limbs[word * 2 + 1]! << 16)) >>> 0;
    const sum = (negative ? ~value >>> 0 : value) + carry;
    words[word] = sum | 0;
    carry = sum > 4_294_967_295 ? 1 : 0;
  }
}

function multiplyAdd(factor: number, add: number): void {
  let carry = add;
  for (let i = 0; i < 8; i++) {
    const value = limbs[i]! * factor + carry;
    limbs[i] = value % 65_536;
    carry = Math.floor(value / 65_536);
  }
}
