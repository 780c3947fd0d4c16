// AssemblyScript. Writes one field of a record and hashes it on the way: the twins of fieldCode.ts, valueCode.ts and
// temporalCode.ts. `D` is the cell's instruction (layout: wasmProgram.ts).
import {
  CRC,
  crc1,
  crc12,
  crc16,
  crc4,
  crcOfHead,
  P,
  setCrc,
  setPlace,
  varint,
  zigzag,
} from './memory';
import {dateText, daysFromCivil, digits, monthDays, padded, wholeText} from './texts';
import {outside, zeroDate} from './outside';

@inline
export function op(D: usize): i32 {
  return load<i32>(D);
}
@inline
function field(D: usize): u32 {
  return load<u32>(D, 4);
}
@inline
export function slot(D: usize): i32 {
  return load<i32>(D, 8);
}
@inline
export function target(D: usize): i32 {
  return load<i32>(D, 12);
}
@inline
export function first(D: usize): i32 {
  return load<i32>(D, 16);
}
@inline
export function second(D: usize): i32 {
  return load<i32>(D, 20);
}
@inline
export function third(D: usize): i32 {
  return load<i32>(D, 24);
}

/** The field's key of the wire type that the instruction was made with. */
@inline
export function key(D: usize, o: usize): usize {
  store<u16>(o, load<u16>(D, 40));
  return o + load<u8>(D, 42);
}

/** A whole number; targets: 0 integer, 1 integer of an unsigned 64-bit column, 2 boolean, 3 text, 4 unsigned text, 5 year. */
export function putWhole(D: usize, v: i64, o: usize): usize {
  const kind = target(D);
  if (kind <= 1) {
    if (kind == 1 && v < 0) outside(slot(D), <i32>v, <i32>(v >> 32));
    return putInteger(D, v, o);
  }
  if (kind == 2) {
    const one = <u32>(v != 0);
    o = key(D, o);
    store<u8>(o, <u8>one);
    setCrc(crc1(crc4(CRC, field(D)), one));
    return o + 1;
  }
  const start = openText(D, o);
  return closeText(
    D,
    start,
    kind == 5 ? padded(start, <u32>v, 4) : wholeText(start, v, kind == 4),
  );
}

@inline
export function putInteger(D: usize, v: i64, o: usize): usize {
  setCrc(crc12(CRC, field(D), v));
  return varint(key(D, o), zigzag(v));
}

@inline
export function putEight(D: usize, v: u64, o: usize): usize {
  o = key(D, o);
  store<u64>(o, v);
  setCrc(crc12(CRC, field(D), v));
  return o + 8;
}

@inline
export function putFour(D: usize, v: u32, o: usize): usize {
  o = key(D, o);
  store<u32>(o, v);
  setCrc(crc4(crc4(CRC, field(D)), v));
  return o + 4;
}

/** Text below 128 bytes is written behind its length byte: from `openText` to `closeText`. */
@inline
export function openText(D: usize, o: usize): usize {
  return key(D, o) + 1;
}

export function closeText(D: usize, start: usize, end: usize): usize {
  const n = <u32>(end - start);
  store<u8>(start - 1, <u8>n);
  let crc = crcOfHead(CRC, field(D), start, n & 15);
  for (let q = start + (n & 15); q < end; q += 16) crc = crc16(crc, load<u64>(q), load<u64>(q, 8));
  setCrc(crc);
  return end;
}

/** Whether the last copy was pure ASCII. */
export let isAscii: bool = true;

/** Copies n bytes from p as a field of bytes; the place after them in the input is P. Writes up to 16 bytes more. */
export function putBytes(D: usize, p: usize, n: u32, o: usize): usize {
  o = varint(key(D, o), n);
  const rest = n & 15;
  const head = v128.load(p);
  v128.store(o, head);
  let crc = crcOfHead(CRC, field(D), p, rest);
  const high = i8x16.bitmask(head) & ((1 << rest) - 1);
  let bits: u64 = 0;
  const end = p + n;
  o += rest;
  for (p += rest; p < end; p += 16, o += 16) {
    const v = load<u64>(p);
    const w = load<u64>(p, 8);
    store<u64>(o, v);
    store<u64>(o, w, 8);
    bits |= v | w;
    crc = crc16(crc, v, w);
  }
  isAscii = high == 0 && (bits & 0x8080808080808080) == 0;
  setCrc(crc);
  setPlace(p);
  return o;
}

/** n bytes from p and zeros up to `length`: BINARY(length) of a row image. */
export function putPadded(D: usize, p: usize, n: u32, length: u32, o: usize): usize {
  o = varint(key(D, o), length);
  let crc = crc4(CRC, field(D));
  for (let i: u32 = 0; i < length; i++) {
    const v = i < n ? <u32>load<u8>(p + i) : 0;
    store<u8>(o++, <u8>v);
    crc = crc1(crc, v);
  }
  setCrc(crc);
  return o;
}

/** n bytes of floats as an array of them: a null flag of 0 before each. */
export function putFloats(D: usize, p: usize, n: u32, o: usize): usize {
  o = varint(key(D, o), n >>> 2);
  let crc = crc4(CRC, field(D));
  for (const end = p + n; p < end; p += 4, o += 5) {
    const v = load<u32>(p);
    store<u8>(o, 0);
    store<u32>(o + 1, v);
    crc = crc4(crc, v);
  }
  setCrc(crc);
  return o;
}

/** What a date becomes: 0 date, 1 datetime, 2 timestamp, 3 text, 4 text that keeps zero dates. */
export function putDate(
  D: usize,
  year: i32,
  month: i32,
  day: i32,
  sec: u32,
  us: u32,
  o: usize,
): usize {
  const kind = target(D);
  if (
    year == 0 ||
    month == 0 ||
    day == 0 ||
    (day > 28 && day > monthDays(year, month))
  ) {
    zeroDate(slot(D), year, month, day, sec, us);
    if (kind != 4) return o;
  }
  if (kind >= 3) {
    const start = openText(D, o);
    return closeText(D, start, dateText(start, year, month, day, sec, us, second(D)));
  }
  const days = daysFromCivil(year, month, day);
  if (kind == 0) return putInteger(D, days, o);
  return putInstant(D, <i64>days * 86400 + sec, us, o);
}

/** Unix seconds and microseconds as a datetime (milliseconds) or a timestamp. */
export function putInstant(D: usize, sec: i64, us: u32, o: usize): usize {
  if (target(D) == 1) return putInteger(D, sec * 1000 + us / 1000, o);
  o = varint(key(D, o), zigzag(sec));
  const nanos = <i32>(us * 1000);
  setCrc(crc4(crc12(CRC, field(D), sec), nanos));
  return varint(o, <u32>((nanos << 1) ^ (nanos >> 31)));
}

/**
 * MySQL's packed DECIMAL at p: groups of nine digits in four bytes, shorter ones at both ends, negative ones inverted.
 * The instruction holds the digits of the first short group, whole groups, decimal groups, digits of the last short one.
 */
export function putDecimal(D: usize, p: usize, o: usize): usize {
  const start = openText(D, o);
  o = start;
  const shortWhole = first(D);
  const shortDecimals = load<i32>(D, 28);
  const wholeGroups = (shortWhole ? 1 : 0) + second(D);
  const groups = wholeGroups + third(D) + (shortDecimals ? 1 : 0);
  const neg: i32 = load<u8>(p) & 128 ? 0 : -1;
  if (neg) store<u8>(o++, 45);
  let lead = true;
  for (let g = 0; g < groups; g++) {
    if (g == wholeGroups) {
      if (lead) store<u8>(o++, 48);
      lead = false;
      store<u8>(o++, 46);
    }
    const width =
      g == 0 && shortWhole ? shortWhole : shortDecimals && g == groups - 1 ? shortDecimals : 9;
    let v = group(p, width, neg, g == 0);
    p += groupBytes(width);
    let n = width;
    if (lead) {
      if (v == 0) continue;
      n = widthOf(v);
      lead = false;
    }
    for (let q = o + n - 1; q >= o; q--) {
      const rest = v / 10;
      store<u8>(q, <u8>(48 + v - rest * 10));
      v = rest;
    }
    o += n;
  }
  if (lead) store<u8>(o++, 48);
  setPlace(p);
  return closeText(D, start, o);
}

/** Bytes that 1 to 9 digits take. */
@inline
function groupBytes(width: i32): i32 {
  return width > 6 ? 4 : (width + 1) >> 1;
}

/** The group at p; the first bit of the whole value is the sign, inverted. */
@inline
function group(p: usize, width: i32, neg: i32, isFirst: bool): i32 {
  const bytes = groupBytes(width);
  let v: i32 = 0;
  for (let k = 0; k < bytes; k++) v = (v << 8) | load<u8>(p + k);
  const shift = 32 - 8 * bytes;
  const mask = <i32>(0xffffffff >>> shift);
  return v ^ (neg & mask) ^ (isFirst ? 1 << (31 - shift) : 0);
}

@inline
function widthOf(v: i32): i32 {
  if (v < 10000) return v >= 1000 ? 4 : v >= 100 ? 3 : v >= 10 ? 2 : 1;
  return v >= 100000000 ? 9 : v >= 10000000 ? 8 : v >= 1000000 ? 7 : v >= 100000 ? 6 : 5;
}
