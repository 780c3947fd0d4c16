// Numbers on the wire of a record stream: field numbers, tags, and varints read into two 32-bit halves.
// Format: protocol section 14. Nothing here allocates.

/** Field numbers above every column (protocol section 14.1). */
export const fieldNumbers = {
  endRecord: 33_553_408,
  endMetrics: 33_554_176,
  count: 33_554_430,
  checksum: 33_554_431,
} as const;

/** Protobuf wire types. */
export const wireTypes = {varint: 0, fixed64: 1, length: 2, fixed32: 5} as const;

/** Where a reader stands: the end of the bytes at hand, the checksum so far, and the halves of the varint read last. */
export interface WireState {
  /** First byte that is not there yet; reading beyond means more bytes are needed. */
  end: number;
  /** CRC register of the record (inverted; starts at -1). */
  crc: number;
  lo: number;
  hi: number;
}

/** Bytes of zeros that must follow `end` in the buffer, so that one varint or fixed value is read without asking. */
export const slackBytes = 16;

/** Thrown (by identity) when the bytes at hand end inside a record. */
export const needMore = Symbol('more bytes are needed');

/** Thrown (by identity) for a varint that is longer than 64 bits. */
export const longVarint = Symbol('a varint is longer than ten bytes');

/** Reads a varint at `at` into state.lo and state.hi (unsigned 64 bits) and returns the place after it. */
export function readVarint(state: WireState, bytes: Uint8Array, at: number): number {
  let byte = bytes[at++]!;
  let lo = byte & 127;
  if (byte > 127) {
    byte = bytes[at++]!;
    lo |= (byte & 127) << 7;
    if (byte > 127) {
      byte = bytes[at++]!;
      lo |= (byte & 127) << 14;
      if (byte > 127) {
        byte = bytes[at++]!;
        lo |= (byte & 127) << 21;
        if (byte > 127) return readLong(state, bytes, at, lo);
      }
    }
  }
  if (at > state.end) throw needMore;
  state.lo = lo;
  state.hi = 0;
  return at;
}

/** The rest of a varint of five to ten bytes; `lo` holds the first 28 bits. */
function readLong(state: WireState, bytes: Uint8Array, at: number, lo: number): number {
  let byte = bytes[at++]!;
  lo |= byte << 28;
  let hi = (byte & 127) >>> 4;
  let shift = 3;
  while (byte > 127) {
    if (shift > 31) throw longVarint;
    byte = bytes[at++]!;
    if (shift === 31 && byte > 1) throw longVarint;
    hi |= (byte & 127) << shift;
    shift += 7;
  }
  if (at > state.end) throw needMore;
  state.lo = lo;
  state.hi = hi;
  return at;
}

/** Reads a zig-zag varint at `at` into state.lo and state.hi (signed 64 bits). */
export function readZigZag(state: WireState, bytes: Uint8Array, at: number): number {
  const next = readVarint(state, bytes, at);
  const sign = -(state.lo & 1);
  const lo = ((state.lo >>> 1) | (state.hi << 31)) ^ sign;
  state.hi = (state.hi >>> 1) ^ sign;
  state.lo = lo;
  return next;
}
