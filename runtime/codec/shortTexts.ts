// Numbers and times as MySQL prints them, appended to record bytes without a string in between.

const zero = 48;
const minus = 45;

/** The 64-bit integer in lo and hi, as decimal digits. Returns the place after them. */
export function wholeText(
  bytes: Uint8Array,
  at: number,
  lo: number,
  hi: number,
  unsigned: boolean,
): number {
  if (!unsigned && hi < 0) {
    bytes[at++] = minus;
    // Two's complement over both halves.
    lo = -lo | 0;
    hi = lo === 0 ? -hi | 0 : ~hi;
  }
  const high = hi >>> 0;
  const low = lo >>> 0;
  if (high < 1 << 21) return digitsOf(bytes, at, high * 4294967296 + low);
  // Above 2^53: divide by 10^9 in steps of 16 bits, each remainder below 10^9 × 2^16 < 2^53.
  const billion = 1e9;
  let rest = high % billion;
  let quotient = Math.floor(high / billion);
  for (const part of [low >>> 16, low & 65535]) {
    rest = rest * 65536 + part;
    quotient = quotient * 65536 + Math.floor(rest / billion);
    rest %= billion;
  }
  return padded(bytes, digitsOf(bytes, at, quotient), rest, 9);
}

/** `2026-11-22 18:04:05.120`; -1 fraction digits: the date alone. `sec` are the seconds of the day. */
export function dateText(
  bytes: Uint8Array,
  at: number,
  year: number,
  month: number,
  day: number,
  sec: number,
  us: number,
  fractionDigits: number,
): number {
  at = padded(bytes, at, year, 4);
  bytes[at++] = minus;
  at = padded(bytes, at, month, 2);
  bytes[at++] = minus;
  at = padded(bytes, at, day, 2);
  if (fractionDigits < 0) return at;
  bytes[at++] = 32;
  const hours = Math.floor(sec / 3600);
  return clock(bytes, padded(bytes, at, hours, 2), sec - hours * 3600, us, fractionDigits);
}

/** `-838:59:59.000000`: at least two digits of hours. `sec` are the seconds beyond the hours. */
export function timeText(
  bytes: Uint8Array,
  at: number,
  negative: number,
  hours: number,
  sec: number,
  us: number,
  fractionDigits: number,
): number {
  if (negative !== 0) bytes[at++] = minus;
  at = hours < 100 ? padded(bytes, at, hours, 2) : digitsOf(bytes, at, hours);
  return clock(bytes, at, sec, us, fractionDigits);
}

/**
 * The packed TIME of a row image at input[from]: hours, minutes and seconds in 24 bits around 0x800000, then the
 * fraction. A negative time with a fraction is the complement of both together.
 */
export function packedTimeText(
  bytes: Uint8Array,
  at: number,
  input: Uint8Array,
  from: number,
  fractionDigits: number,
): number {
  const fractionBytes = (fractionDigits + 1) >> 1;
  let whole = ((input[from]! << 16) | (input[from + 1]! << 8) | input[from + 2]!) - 0x800000;
  let fraction = 0;
  for (let i = 0; i < fractionBytes; i++) fraction = fraction * 256 + input[from + 3 + i]!;
  const negative = whole < 0;
  if (negative) {
    if (fraction !== 0) {
      whole++;
      fraction = 256 ** fractionBytes - fraction;
    }
    whole = -whole;
  }
  const us = fraction * [1, 10000, 100, 1][fractionBytes]!;
  const sec = ((whole >> 6) & 63) * 60 + (whole & 63);
  return timeText(bytes, at, negative ? 1 : 0, whole >> 12, sec, us, fractionDigits);
}

/** A YEAR, `0000` included. */
export function yearText(bytes: Uint8Array, at: number, year: number): number {
  return padded(bytes, at, year, 4);
}

/** Days of a month in a year of the proleptic Gregorian calendar. */
export function monthDays(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** year × 10000 + month × 100 + day of the day `days` after 1970-01-01 (the inverse of days from civil). */
export function civil(days: number): number {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36524) -
      Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return year * 10000 + month * 100 + day;
}

/** `:04:05.120` of the seconds within an hour. */
function clock(
  bytes: Uint8Array,
  at: number,
  sec: number,
  us: number,
  fractionDigits: number,
): number {
  const minutes = Math.floor(sec / 60);
  bytes[at++] = 58;
  at = padded(bytes, at, minutes, 2);
  bytes[at++] = 58;
  at = padded(bytes, at, sec - minutes * 60, 2);
  if (fractionDigits <= 0) return at;
  bytes[at++] = 46;
  return padded(bytes, at, Math.floor(us / 10 ** (6 - fractionDigits)), fractionDigits);
}

/** `value` (below 2^53) with at least `width` digits. */
function padded(bytes: Uint8Array, at: number, value: number, width: number): number {
  for (let i = at + width - 1; i >= at; i--) {
    const rest = Math.floor(value / 10);
    bytes[i] = zero + (value - rest * 10);
    value = rest;
  }
  return at + width;
}

function digitsOf(bytes: Uint8Array, at: number, value: number): number {
  let width = 1;
  for (let bound = 10; value >= bound; bound *= 10) width++;
  return padded(bytes, at, value, width);
}
