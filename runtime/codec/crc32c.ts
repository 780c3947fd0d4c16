// CRC-32C (Castagnoli, reflected 0x82F63B78), slicing by eight. The record checksum of the tunnel (protocol section 14.3).

/** crcTables[k][b]: the CRC of byte b followed by k zero bytes. Twelve, so that column number + 8-byte value is one step. */
export const crcTables: readonly Int32Array[] = makeCrcTables(12);

/** The first `count` of these tables. */
export function makeCrcTables(count: number): Int32Array[] {
  const tables = Array.from({length: count}, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    tables[0]![byte] = crc;
  }
  for (let k = 1; k < count; k++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[k - 1]![byte]!;
      tables[k]![byte] = (before >>> 8) ^ tables[0]![before & 255]!;
    }
  }
  return tables;
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = crcTables as Int32Array[] & {length: 12};

/** Continues `crc` (inverted register: start with -1, finish with `~crc >>> 0`) over bytes[at, end). */
export function crcBytes(crc: number, bytes: Uint8Array, at: number, end: number): number {
  for (; at + 8 <= end; at += 8) {
    const x =
      crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t7![x & 255]! ^
      t6![(x >>> 8) & 255]! ^
      t5![(x >>> 16) & 255]! ^
      t4![x >>> 24]! ^
      t3![bytes[at + 4]!]! ^
      t2![bytes[at + 5]!]! ^
      t1![bytes[at + 6]!]! ^
      t0![bytes[at + 7]!]!;
  }
  while (at < end) crc = t0![(crc ^ bytes[at++]!) & 255]! ^ (crc >>> 8);
  return crc;
}

/** Continues `crc` over the four little-endian bytes of an int32. */
export function crcInt32(crc: number, value: number): number {
  const x = crc ^ value;
  return t3![x & 255]! ^ t2![(x >>> 8) & 255]! ^ t1![(x >>> 16) & 255]! ^ t0![x >>> 24]!;
}

/** The CRC-32C of `bytes`, unsigned. */
export function crc32c(bytes: Uint8Array): number {
  return ~crcBytes(-1, bytes, 0, bytes.length) >>> 0;
}
