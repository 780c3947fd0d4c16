// AssemblyScript. Numbers and times as MySQL prints them: the twins of shortTexts.ts.

/** `value` with `width` digits; higher ones are left out. Returns the place after them. */
export function padded(o: usize, value: u32, width: i32): usize {
  const end = o + width;
  for (let q = end; q > o; ) {
    const rest = value / 10;
    store<u8>(--q, <u8>(48 + value - rest * 10));
    value = rest;
  }
  return end;
}

/** The digits of `value`, without leading zeros. */
export function digits(o: usize, value: u64): usize {
  let width = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) width++;
  const end = o + width;
  for (let q = end; q > o; ) {
    const rest = value / 10;
    store<u8>(--q, <u8>(48 + value - rest * 10));
    value = rest;
  }
  return end;
}

export function wholeText(o: usize, value: i64, unsigned: bool): usize {
  if (unsigned || value >= 0) return digits(o, <u64>value);
  store<u8>(o++, 45);
  return digits(o, 0 - <u64>value);
}

/** A date, with the time of day unless `fractionDigits` is -1. */
export function dateText(
  o: usize,
  year: u32,
  month: u32,
  day: u32,
  sec: u32,
  us: u32,
  fractionDigits: i32,
): usize {
  o = padded(o, year, 4);
  store<u8>(o++, 45);
  o = padded(o, month, 2);
  store<u8>(o++, 45);
  o = padded(o, day, 2);
  if (fractionDigits < 0) return o;
  store<u8>(o++, 32);
  const hours = sec / 3600;
  return clock(padded(o, hours, 2), sec - hours * 3600, us, fractionDigits);
}

export function timeText(
  o: usize,
  negative: bool,
  hours: u64,
  sec: u32,
  us: u32,
  fractionDigits: i32,
): usize {
  if (negative) store<u8>(o++, 45);
  o = hours < 100 ? padded(o, <u32>hours, 2) : digits(o, hours);
  return clock(o, sec, us, fractionDigits);
}

function clock(o: usize, sec: u32, us: u32, fractionDigits: i32): usize {
  const minutes = sec / 60;
  store<u8>(o++, 58);
  o = padded(o, minutes, 2);
  store<u8>(o++, 58);
  o = padded(o, sec - minutes * 60, 2);
  if (fractionDigits <= 0) return o;
  store<u8>(o++, 46);
  for (let i = fractionDigits; i < 6; i++) us /= 10;
  return padded(o, us, fractionDigits);
}

export function monthDays(year: i32, month: i32): i32 {
  if (month != 2) return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
}

/** Days since 1970-01-01 (Howard Hinnant's algorithm, as in temporalCode.ts). */
@inline
export function daysFromCivil(year: i32, month: i32, day: i32): i32 {
  const y = month < 3 ? year - 1 : year;
  const m = month < 3 ? month + 9 : month - 3;
  return 365 * y + (y >> 2) - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

/** year × 10000 + month × 100 + day of a day at or after 1970-01-01. */
export function civil(days: i32): i32 {
  const z = days + 719468;
  const era = z / 146097;
  const dayOfEra = z - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shifted = (5 * dayOfYear + 2) / 153;
  const day = dayOfYear - (153 * shifted + 2) / 5 + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0)) * 10000 + month * 100 + day;
}
