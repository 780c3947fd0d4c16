// AssemblyScript. Rows to records: an interpreter over the instructions of a table (wasmProgram.ts), one for row images
// of the binlog and for rows of the binary protocol. Compiled by `npm run wasm` into ../wasmModule.ts; a test holds both
// together. Formats: snapshotCell.ts and logCell.ts, whose twin this is.
import {
  CRC,
  crc4,
  crcOfId,
  P,
  places,
  setCrc,
  setPlace,
  state,
  stateAfter,
  stateBefore,
  stateChanges,
  stateChecksum,
  stateCrc,
  stateLimit,
  stateRecords,
  stateTaken,
  varint,
} from './memory';
import {binaryDate, binaryTime, imageDate, imageTime} from './dates';
import {
  first,
  isAscii,
  op,
  putBytes,
  putDecimal,
  putEight,
  putFloats,
  putFour,
  putPadded,
  putWhole,
  second,
  slot,
  third,
} from './fields';
import {convert, fault, makeRoom} from './outside';
import {isUtf8} from './utf8';

const instructionBytes: usize = 48;
/** Length, three bytes, and number of a packet. */
const headerBytes: usize = 4;
const cellBytesMax: u32 = 8 * 1024 * 1024;
/** Key bytes of END_RECORD. */
const endTag: u32 = 0x7fffc080;

// Header of a program: bytes of the null bitmap, room that a record needs beyond a copy of its row, where the
// instructions begin; then the null bits that no row may set.
@inline
function nullBytes(program: usize): u32 {
  return load<u32>(program);
}

/** All row images of one event; kind: 0 insert, 1 update, 2 delete. Returns the end of the records. */
export function logRows(program: usize, p: usize, end: usize, o: usize, kind: i32, id: f64): usize {
  const firstId = <u64>id;
  let next = firstId;
  let before = kind != 0;
  while (p < end) {
    o = roomFor(program, p, end, o);
    const nulls = p;
    p += nullBytes(program);
    checkNulls(program, nulls);
    const head = before ? state + stateBefore : state + stateAfter;
    setCrc(crcOfId(load<u32>(head, 24), next));
    store<u8>(o, 8);
    o = varint(o + 1, next << 1);
    store<u64>(o, load<u64>(head));
    store<u64>(o, load<u64>(head, 8), 8);
    store<u32>(o, load<u32>(head, 16), 16);
    o += load<u32>(head, 20);
    o = cells(program + load<u32>(program, 8), p, end, nulls, o);
    p = P;
    if (p > end) fault(8, -1, <i32>(p - end), 0);
    o = finishRecord(o);
    if (kind != 1) next++;
    else {
      before = !before;
      if (before) next++;
    }
  }
  if (kind == 1 && !before) fault(10, -1, 0, 0);
  store<i32>(state + stateChanges, <i32>(next - firstId));
  return o;
}

/** One row of the binary protocol: [p, end) is its packet. */
export function snapshotRow(program: usize, p: usize, end: usize, o: usize): usize {
  o = roomFor(program, p, end, o);
  const nulls = p + 1;
  checkNulls(program, nulls);
  setCrc(0xffffffff);
  o = cells(program + load<u32>(program, 8), nulls + nullBytes(program), end, nulls, o);
  if (P != end) fault(9, -1, <i32>(P - p), <i32>(end - p));
  return finishRecord(o);
}

/**
 * The rows that stand in [p, end) as packets behind their headers, up to the first that is not whole or no row; its place is
 * left in the state.
 */
export function snapshotRows(program: usize, p: usize, end: usize, o: usize): usize {
  while (p + headerBytes < end) {
    const n = load<u32>(p) & 0xffffff;
    const row = p + headerBytes;
    if (n == 0 || n == 0xffffff || row + n > end || load<u8>(row) != 0) break;
    p = row + n;
    o = snapshotRow(program, row, p, o);
  }
  store<u32>(state + stateTaken, <u32>p);
  return o;
}

function roomFor(program: usize, p: usize, end: usize, o: usize): usize {
  const bytes = load<u32>(program, 4) + <u32>(end - p);
  return o + bytes > load<u32>(state + stateLimit) ? makeRoom(o, bytes) : o;
}

@inline
function checkNulls(program: usize, nulls: usize): void {
  const bytes = nullBytes(program);
  for (let i: u32 = 0; i < bytes; i++)
    if (load<u8>(nulls + i) & load<u8>(program + i, 16)) fault(7, -1, 0, 0);
}

function finishRecord(o: usize): usize {
  const crc = ~CRC;
  store<u32>(o, endTag);
  store<u32>(state + stateRecords, load<u32>(state + stateRecords) + 1);
  store<u32>(state + stateChecksum, crc4(load<u32>(state + stateChecksum), crc));
  return varint(o + 4, crc);
}

/** Runs the instructions from D on. */
function cells(D: usize, p: usize, end: usize, nulls: usize, o: usize): usize {
  for (; op(D) != 0; D += instructionBytes) {
    const mask = load<u32>(D, 36);
    if (mask && load<u8>(nulls + load<u32>(D, 32)) & mask) continue;
    switch (op(D)) {
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
      case 6:
      case 10:
        o = narrow(D, p, o);
        p = P;
        break;
      case 7:
        o = putWhole(D, load<i32>(p), o);
        p += 4;
        break;
      case 8:
        o = putWhole(D, load<u32>(p), o);
        p += 4;
        break;
      case 9:
        o = putWhole(D, load<i64>(p), o);
        p += 8;
        break;
      case 11:
        o = putEight(D, load<u64>(p), o);
        p += 8;
        break;
      case 12:
        o = putFour(D, load<u32>(p), o);
        p += 4;
        break;
      case 13:
        o = putEight(D, reinterpret<u64>(<f64>load<f32>(p)), o);
        p += 4;
        break;
      case 14:
        o = binaryDate(D, p, o);
        p = P;
        break;
      case 15:
        o = binaryTime(D, p, o);
        p = P;
        break;
      case 16:
      case 17:
      case 18:
        o = imageDate(D, p, o);
        p = P;
        break;
      case 19:
        o = imageTime(D, p, o);
        p = P;
        break;
      case 20:
        o = putDecimal(D, p, o);
        p = P;
        break;
      default:
        o = rarer(D, p, end, o);
        p = P;
    }
  }
  setPlace(p);
  return o;
}

/** Whole numbers of one to three bytes; 10 is a row image's YEAR. */
function narrow(D: usize, p: usize, o: usize): usize {
  let v: i32;
  switch (op(D)) {
    case 1:
      v = load<i8>(p);
      setPlace(p + 1);
      break;
    case 2:
      v = load<u8>(p);
      setPlace(p + 1);
      break;
    case 3:
      v = load<i16>(p);
      setPlace(p + 2);
      break;
    case 4:
      v = load<u16>(p);
      setPlace(p + 2);
      break;
    case 5:
      v = <i32>load<u16>(p) | (<i32>load<i8>(p, 2) << 16);
      setPlace(p + 3);
      break;
    case 6:
      v = <i32>load<u16>(p) | (<i32>load<u8>(p, 2) << 16);
      setPlace(p + 3);
      break;
    default: {
      const year = <i32>load<u8>(p);
      v = year == 0 ? 0 : year + 1900;
      setPlace(p + 1);
    }
  }
  return putWhole(D, v, o);
}

/** Bytes of any length, and what stands between cells. */
function rarer(D: usize, p: usize, end: usize, o: usize): usize {
  switch (op(D)) {
    case 28:
      store<u32>(places + (slot(D) << 2), <u32>p);
      setPlace(p);
      return o;
    case 29:
      setPlace(load<u32>(places + (slot(D) << 2)));
      return o;
    case 27:
      return label(D, p, o);
  }
  const n = lengthAt(D, p, end);
  p = P;
  switch (op(D)) {
    case 21:
      return text(D, p, n, end, o);
    case 22:
      return plain(D, p, n, end, o);
    case 23:
      return converted(D, p, n, end, o);
    case 24: {
      let v: u64 = 0;
      for (let i: u32 = 0; i < n; i++) v = (v << 8) | load<u8>(p + i);
      setPlace(p + n);
      return putWhole(D, v, o);
    }
    case 25:
      if (n > <u32>third(D)) fault(5, slot(D), n, third(D));
      setPlace(p + n);
      return putPadded(D, p, n, third(D), o);
    case 26:
      if (n & 3) fault(6, slot(D), n, 0);
      setPlace(p + n);
      return putFloats(D, p, n, o);
    default:
      // 30: nothing is written.
      setPlace(p + n);
      return o;
  }
}

/** The length of the cell at p, by the instruction's first number: 0 length-encoded, 1 to 4 prefix bytes, 8 + n fixed. */
function lengthAt(D: usize, p: usize, end: usize): u32 {
  const form = first(D);
  let n: u32;
  switch (form) {
    case 0: {
      n = load<u8>(p++);
      if (n > 250) {
        if (n == 252) {
          n = load<u16>(p);
          p += 2;
        } else if (n == 253) {
          n = <u32>load<u16>(p) | (<u32>load<u8>(p, 2) << 16);
          p += 3;
        } else if (n == 254) {
          n = load<u32>(p);
          p += 8;
        } else fault(1, slot(D), n, 0);
      }
      break;
    }
    case 1:
      n = load<u8>(p);
      p += 1;
      break;
    case 2:
      n = load<u16>(p);
      p += 2;
      break;
    case 3:
      n = <u32>load<u16>(p) | (<u32>load<u8>(p, 2) << 16);
      p += 3;
      break;
    case 4:
      n = load<u32>(p);
      p += 4;
      break;
    default:
      setPlace(p);
      return form - 8;
  }
  if (<i64>n > <i64>end - <i64>p) fault(0, slot(D), n, <i32>(end - p));
  setPlace(p);
  return n;
}

/** Text: pure ASCII is copied, UTF-8 (third number 1) is checked; the rest is taken back and converted. */
function text(D: usize, p: usize, n: u32, end: usize, o: usize): usize {
  if (second(D) && n > cellBytesMax) return converted(D, p, n, end, o);
  const crc = CRC;
  const after = putBytes(D, p, n, o);
  if (isAscii || (third(D) == 1 && isUtf8(p, n))) return after;
  setCrc(crc);
  return converted(D, p, n, end, o);
}

/** Bytes as they are; third number 1: leading zeros of a number are left out. */
function plain(D: usize, p: usize, n: u32, end: usize, o: usize): usize {
  if (second(D) && n > cellBytesMax) return converted(D, p, n, end, o);
  if (third(D) == 1)
    while (n > 1 && load<u8>(p) == 48 && load<u8>(p, 1) != 46) {
      p++;
      n--;
    }
  return putBytes(D, p, n, o);
}

function converted(D: usize, p: usize, n: u32, end: usize, o: usize): usize {
  const after = p + n;
  const rest = end > after ? <i32>(end - after) : 0;
  o = convert(slot(D), p, n, o, CRC, rest);
  setCrc(load<u32>(state + stateCrc));
  setPlace(after);
  return o;
}

/** An ENUM's number; the labels are places and lengths at the program's second number, 0 the empty label. */
function label(D: usize, p: usize, o: usize): usize {
  const number = first(D) == 1 ? <u32>load<u8>(p) : <u32>load<u16>(p);
  p += first(D);
  if (number >= <u32>second(D)) fault(4, slot(D), number, 0);
  // Labels stand behind the instructions, as distances from this one.
  const entry = D + load<u32>(D, 24) + (number << 3);
  o = putBytes(D, D + load<u32>(entry), load<u32>(entry, 4), o);
  setPlace(p);
  return o;
}
