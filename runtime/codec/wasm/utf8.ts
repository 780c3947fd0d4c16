// AssemblyScript. The check of UTF-8, sixteen bytes a turn and without a branch between them: the twin of isUtf8 in
// textCell.ts. Every wrong sequence shows in a byte and the one before it, but for lengths of three and four: what is
// wrong about such a pair is looked up by the three half bytes that tell, and what all three agree on is wrong
// (Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte", 2020).

/** ASCII, or the beginning of a character, where the one before is not whole. */
const tooShort: u8 = 1;
/** A byte of the middle after ASCII. */
const tooLong: u8 = 2;
const overlong3: u8 = 4;
const tooLarge: u8 = 8;
const surrogate: u8 = 16;
const overlong2: u8 = 32;
/** U+140000 and above where the second byte is 8x; also a four-byte form below U+10000. */
const tooLarge8: u8 = 64;
/** Two bytes of the middle: right in forms of three and four bytes only, whose lengths are judged apart. */
const twoMiddles: u8 = 128;
/** What the low half of the first byte has no say in. */
const any: u8 = tooShort | tooLong | twoMiddles;
const large: u8 = any | tooLarge | tooLarge8;
const middle: u8 = tooLong | overlong2 | twoMiddles;
const begins3: u8 = tooShort | overlong3 | surrogate;
const begins4: u8 = tooShort | tooLarge | tooLarge8;

// prettier-ignore
const byFirstHigh: v128 = i8x16(
  tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong,
  twoMiddles, twoMiddles, twoMiddles, twoMiddles, tooShort | overlong2, tooShort, begins3, begins4);
// prettier-ignore
const byFirstLow: v128 = i8x16(
  any | overlong3 | overlong2 | tooLarge8, any | overlong2, any, any, any | tooLarge, large, large, large,
  large, large, large, large, large, large | surrogate, large, large);
// prettier-ignore
const bySecondHigh: v128 = i8x16(
  tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort,
  middle | overlong3 | tooLarge8, middle | overlong3 | tooLarge, middle | surrogate | tooLarge,
  middle | surrogate | tooLarge, tooShort, tooShort, tooShort, tooShort);
// prettier-ignore
const lanes: v128 = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

/** Are the n bytes at p UTF-8? Long forms, surrogates and what lies above U+10FFFF are not. Reads up to 16 bytes more. */
export function isUtf8(p: usize, n: u32): bool {
  let before = i8x16.splat(0);
  let wrong = i8x16.splat(0);
  const whole = p + (n & ~15);
  for (; p < whole; p += 16) {
    const bytes = v128.load(p);
    wrong = v128.or(wrong, faults(before, bytes));
    before = bytes;
  }
  // The last turn has a zero at least: a character that is not whole shows there.
  const isText = i8x16.lt_u(lanes, i8x16.splat(<i8>(n & 15)));
  wrong = v128.or(wrong, faults(before, v128.and(v128.load(p), isText)));
  return !v128.any_true(wrong);
}

@inline
function faults(before: v128, bytes: v128): v128 {
  // prettier-ignore
  const last = i8x16.shuffle(before, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  // prettier-ignore
  const second = i8x16.shuffle(before, bytes, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  // prettier-ignore
  const third = i8x16.shuffle(before, bytes, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
  const pairs = v128.and(
    v128.and(
      i8x16.swizzle(byFirstHigh, i8x16.shr_u(last, 4)),
      i8x16.swizzle(byFirstLow, v128.and(last, i8x16.splat(15))),
    ),
    i8x16.swizzle(bySecondHigh, i8x16.shr_u(bytes, 4)),
  );
  // The highest bit: this byte is the third or fourth of a form, and has to be one of the middle after another.
  const isInside = v128.and(
    v128.or(
      i8x16.sub_sat_u(second, i8x16.splat(<i8>(0xe0 - 0x80))),
      i8x16.sub_sat_u(third, i8x16.splat(<i8>(0xf0 - 0x80))),
    ),
    i8x16.splat(<i8>0x80),
  );
  return v128.xor(pairs, isInside);
}
