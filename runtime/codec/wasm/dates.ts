// AssemblyScript. Dates and times of both formats: read, then written by fields.ts. The place after them is P.
import {setPlace} from './memory';
import {closeText, op, openText, putDate, putInstant, second, slot, target} from './fields';
import {fault, zeroDate} from './outside';
import {civil, timeText} from './texts';

/** 0, 4, 7 or 11 bytes: parts that are zero at the end are left out. */
export function binaryDate(D: usize, p: usize, o: usize): usize {
  const n = <i32>load<u8>(p++);
  if (n != 0 && n != 4 && n != 7 && n != 11) fault(2, slot(D), n, 0);
  let year = 0;
  let month = 0;
  let day = 0;
  let sec: u32 = 0;
  let us: u32 = 0;
  if (n) {
    year = load<u16>(p);
    month = load<u8>(p, 2);
    day = load<u8>(p, 3);
    if (n > 4) sec = <u32>load<u8>(p, 4) * 3600 + <u32>load<u8>(p, 5) * 60 + load<u8>(p, 6);
    if (n > 7) us = load<u32>(p, 7);
  }
  setPlace(p + n);
  return putDate(D, year, month, day, sec, us, o);
}

/** 0, 8 or 12 bytes: sign, days, hours, minutes, seconds, microseconds. */
export function binaryTime(D: usize, p: usize, o: usize): usize {
  const n = <i32>load<u8>(p++);
  if (n != 0 && n != 8 && n != 12) fault(3, slot(D), n, 0);
  let negative = false;
  let hours: u64 = 0;
  let sec: u32 = 0;
  let us: u32 = 0;
  if (n) {
    negative = load<u8>(p) != 0;
    hours = <u64>load<u32>(p, 1) * 24 + load<u8>(p, 5);
    sec = <u32>load<u8>(p, 6) * 60 + load<u8>(p, 7);
    if (n > 8) us = load<u32>(p, 8);
  }
  setPlace(p + n);
  const start = openText(D, o);
  return closeText(D, start, timeText(start, negative, hours, sec, us, second(D)));
}

/** A row image's DATE (16), DATETIME (17) or TIMESTAMP (18). */
export function imageDate(D: usize, p: usize, o: usize): usize {
  if (op(D) == 16) {
    const v = <i32>load<u16>(p) | (<i32>load<u8>(p, 2) << 16);
    setPlace(p + 3);
    return putDate(D, v >> 9, (v >> 5) & 15, v & 31, 0, 0, o);
  }
  const digits = second(D);
  if (op(D) == 18) {
    const sec = bswap<u32>(load<u32>(p));
    const us = fraction(p + 4, digits);
    setPlace(p + 4 + fractionBytes(digits));
    return timestamp(D, sec, us, o);
  }
  // 40 bits: sign 1, year times 13 plus month 17, day 5, hour 5, minute 6, second 6.
  const v = (<u64>bswap<u32>(load<u32>(p)) << 8) | load<u8>(p, 4);
  const months = <i32>(v >>> 22) & 131071;
  const day = <i32>(v >>> 17) & 31;
  const sec =
    ((<u32>(v >>> 12)) & 31) * 3600 + ((<u32>(v >>> 6)) & 63) * 60 + ((<u32>v) & 63);
  const us = fraction(p + 5, digits);
  setPlace(p + 5 + fractionBytes(digits));
  return putDate(D, months / 13, months % 13, day, sec, us, o);
}

/** Unix seconds; 0 is MySQL's zero timestamp. */
function timestamp(D: usize, sec: u32, us: u32, o: usize): usize {
  if (target(D) < 3) {
    if (sec != 0) return putInstant(D, sec, us, o);
    zeroDate(slot(D), 0, 0, 0, 0, 0);
    return o;
  }
  if (sec == 0) return putDate(D, 0, 0, 0, 0, us, o);
  const days = sec / 86400;
  const date = civil(<i32>days);
  return putDate(
    D,
    date / 10000,
    (date / 100) % 100,
    date % 100,
    sec - days * 86400,
    us,
    o,
  );
}

/** 24 bits around 0x800000, then the fraction; a negative time with a fraction is the complement of both together. */
export function imageTime(D: usize, p: usize, o: usize): usize {
  const digits = second(D);
  const bytes = fractionBytes(digits);
  let whole =
    ((<i32>load<u8>(p) << 16) | (<i32>load<u8>(p, 1) << 8) | <i32>load<u8>(p, 2)) - 0x800000;
  let rest: i32 = 0;
  for (let i = 0; i < bytes; i++) rest = (rest << 8) | <i32>load<u8>(p + 3 + i);
  const negative = whole < 0;
  if (negative) {
    if (rest != 0) {
      whole++;
      rest = (1 << (8 * bytes)) - rest;
    }
    whole = -whole;
  }
  setPlace(p + 3 + bytes);
  const us = <u32>rest * (bytes == 1 ? 10000 : bytes == 2 ? 100 : 1);
  const sec = <u32>((whole >> 6) & 63) * 60 + <u32>(whole & 63);
  const start = openText(D, o);
  return closeText(D, start, timeText(start, negative, whole >> 12, sec, us, digits));
}

/** A fraction of n digits takes (n + 1) / 2 bytes. */
@inline
function fractionBytes(digits: i32): i32 {
  return (digits + 1) >> 1;
}

/** The big-endian fraction at p in microseconds. */
@inline
function fraction(p: usize, digits: i32): u32 {
  switch (fractionBytes(digits)) {
    case 0:
      return 0;
    case 1:
      return <u32>load<u8>(p) * 10000;
    case 2:
      return <u32>bswap<u16>(load<u16>(p)) * 100;
    default:
      return (<u32>load<u8>(p) << 16) | <u32>bswap<u16>(load<u16>(p, 1));
  }
}
