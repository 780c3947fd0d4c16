// AssemblyScript. The linear memory that JavaScript (wasmMemory.ts) and this module share, its checksum steps and varints.
// Nothing here allocates: every address below is fixed, and JavaScript writes the tables once.

// At 0: CRC-32C tables 0 to 15, 256 words each, as crc32c.ts makes them.
/** Tables of the eight bytes of a record id (logHead.ts). */
const idTables: usize = 16384;
/** Words shared with JavaScript; see `Word` in wasmMemory.ts. */
export const state: usize = 24576;
/** Where cells begin, for rows whose columns are not in the target's order: 4,096 columns and one. */
export const places: usize = 28672;

/** Offsets into `state`. */
export const stateCrc: usize = 0;
export const stateRecords: usize = 4;
export const stateChecksum: usize = 8;
export const stateLimit: usize = 12;
export const stateChanges: usize = 16;
export const stateTaken: usize = 20;
/** Head of a before image and of an after image: five words, their length in bytes, the register. */
export const stateBefore: usize = 64;
export const stateAfter: usize = 96;

/** The number of each byte. */
// prettier-ignore
const lanes: v128 = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

/** Second results of the functions that copy: the place in the input, and the register. */
export let P: usize = 0;
export let CRC: u32 = 0;

export function setPlace(p: usize): void {
  P = p;
}

export function setCrc(crc: u32): void {
  CRC = crc;
}

/** The place of a word's first, second, third and fourth byte in a table; the table is a constant of the load. */
@inline
function byte1(x: u32): usize {
  return (x << 2) & 1020;
}
@inline
function byte2(x: u32): usize {
  return (x >>> 6) & 1020;
}
@inline
function byte3(x: u32): usize {
  return (x >>> 14) & 1020;
}
@inline
function byte4(x: u32): usize {
  return (x >>> 22) & 1020;
}

@inline
export function crc1(crc: u32, byte: u32): u32 {
  return load<u32>(byte1(crc ^ byte)) ^ (crc >>> 8);
}

@inline
export function crc4(crc: u32, word: u32): u32 {
  const x = crc ^ word;
  return (
    load<u32>(byte1(x), 3 << 10) ^
    load<u32>(byte2(x), 2 << 10) ^
    load<u32>(byte3(x), 1 << 10) ^
    load<u32>(byte4(x))
  );
}

@inline
export function crc8(crc: u32, words: u64): u32 {
  const x = crc ^ <u32>words;
  const y = <u32>(words >>> 32);
  return (
    load<u32>(byte1(x), 7 << 10) ^
    load<u32>(byte2(x), 6 << 10) ^
    load<u32>(byte3(x), 5 << 10) ^
    load<u32>(byte4(x), 4 << 10) ^
    crc4(0, y)
  );
}

/** Sixteen bytes in one step: only four of the lookups wait for the register. */
@inline
export function crc16(crc: u32, low: u64, high: u64): u32 {
  const x = crc ^ <u32>low;
  // A register of zero: what came before is in the other tables.
  return (
    (middle(<u32>(low >>> 32)) ^ crc8(0, high)) ^
    (load<u32>(byte1(x), 15 << 10) ^
      load<u32>(byte2(x), 14 << 10) ^
      load<u32>(byte3(x), 13 << 10) ^
      load<u32>(byte4(x), 12 << 10))
  );
}

/** Four bytes with eight behind them. */
@inline
function middle(y: u32): u32 {
  return (
    load<u32>(byte1(y), 11 << 10) ^
    load<u32>(byte2(y), 10 << 10) ^
    load<u32>(byte3(y), 9 << 10) ^
    load<u32>(byte4(y), 8 << 10)
  );
}

/** Field number and eight bytes in one step. */
@inline
export function crc12(crc: u32, field: u32, words: u64): u32 {
  return middle(crc ^ field) ^ crc8(0, words);
}

/**
 * Register after the field number and the first n bytes at p, below 16, in one step: they stand at the end of sixteen, for
 * zeros change nothing in a register of zero. Reads four bytes before p and up to sixteen from it.
 */
@inline
export function crcOfHead(crc: u32, field: u32, p: usize, n: u32): u32 {
  let bytes: v128;
  let shift: u32;
  if (n <= 12) {
    bytes = i32x4.replace_lane(v128.load(p - 4), 0, crc ^ field);
    shift = 12 - n;
  } else {
    bytes = v128.load(p);
    bytes = i32x4.replace_lane(bytes, 0, i32x4.extract_lane(bytes, 0) ^ crc4(crc, field));
    shift = 16 - n;
  }
  const from = i8x16.sub(lanes, i8x16.splat(<i8>shift));
  // Lanes below zero are those of zeros.
  bytes = i8x16.swizzle(bytes, from);
  return crc16(0, i64x2.extract_lane(bytes, 0), i64x2.extract_lane(bytes, 1));
}

/** Register after the five log columns of a record with this id, from the register with id 0. */
export function crcOfId(crc: u32, id: u64): u32 {
  for (let k = 0; id != 0; k++, id >>>= 8)
    crc ^= load<u32>(idTables + (((k << 8) + <u32>(id & 255)) << 2));
  return crc;
}

/** A varint, up to eight bytes at once: a loop over its bytes is guessed wrong as often as lengths change. Writes 8 bytes. */
@inline
export function varint(o: usize, x: u64): usize {
  if (x < 128) {
    store<u8>(o, <u8>x);
    return o + 1;
  }
  return longVarint(o, x);
}

function longVarint(o: usize, x: u64): usize {
  while (x >= 1 << 56) {
    store<u8>(o++, <u8>x | 128);
    x >>>= 7;
    if (x < 128) {
      store<u8>(o, <u8>x);
      return o + 1;
    }
  }
  // Groups of 28, 14 and 7 bits move apart.
  let v = ((x & 0xfffffff0000000) << 4) | (x & 0xfffffff);
  v = ((v & 0x0fffc0000fffc000) << 2) | (v & 0x00003fff00003fff);
  v = ((v & 0x3f803f803f803f80) << 1) | (v & 0x007f007f007f007f);
  // ceil(bits / 7): 37 / 256 is near enough to a seventh up to 62.
  const bytes = ((70 - clz(x)) * 37) >>> 8;
  store<u64>(o, v | (0x8080808080808080 >>> ((9 - bytes) << 3)));
  return o + <usize>bytes;
}

@inline
export function zigzag(v: i64): u64 {
  return <u64>((v << 1) ^ (v >> 63));
}
