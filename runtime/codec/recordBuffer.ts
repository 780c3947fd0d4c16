// The records of one block while it grows: finished record bytes, their count and the checksum of their checksums.
// Format: protocol section 14. The footer is written when the block is sealed.
import {crcInt32} from './crc32c.ts';

/** Tag bytes of the footer's two fields (protocol section 14.1). */
const countTag = [0xf0, 0xff, 0xff, 0x7f];
const checksumTag = [0xf8, 0xff, 0xff, 0x7f];

export interface RecordBuffer {
  bytes: Buffer;
  view: DataView;
  /** Bytes used. */
  length: number;
  records: number;
  /** CRC register (inverted, start -1) over the records' CRCs. */
  checksum: number;
}

export function createRecordBuffer(bytesInitial: number): RecordBuffer {
  const bytes = Buffer.allocUnsafeSlow(bytesInitial);
  return {bytes, view: viewOf(bytes), length: 0, records: 0, checksum: -1};
}

/** Makes room for `bytesMore` more bytes. Doubles, so that the copies stay linear in the end size. */
export function reserve(buffer: RecordBuffer, bytesMore: number): void {
  const needed = buffer.length + bytesMore;
  if (needed <= buffer.bytes.length) return;
  const grown = Buffer.allocUnsafeSlow(Math.max(needed, buffer.bytes.length * 2));
  buffer.bytes.copy(grown, 0, 0, buffer.length);
  buffer.bytes = grown;
  buffer.view = viewOf(grown);
}

/** Counts one finished record whose CRC-32C is `crc` (final value, any sign). */
export function countRecord(buffer: RecordBuffer, crc: number): void {
  buffer.records++;
  buffer.checksum = crcInt32(buffer.checksum, crc);
}

/** Appends the footer and returns the whole stream, a view on the buffer valid until it is reset. */
export function sealRecords(buffer: RecordBuffer): Buffer {
  reserve(buffer, 32);
  let at = buffer.length;
  for (const byte of countTag) buffer.bytes[at++] = byte;
  at = writeVarint(buffer.bytes, at, buffer.records * 2);
  for (const byte of checksumTag) buffer.bytes[at++] = byte;
  at = writeVarint(buffer.bytes, at, ~buffer.checksum >>> 0);
  return buffer.bytes.subarray(0, at);
}

/** Empties the buffer; its memory stays for the next block. */
export function resetRecords(buffer: RecordBuffer): void {
  buffer.length = 0;
  buffer.records = 0;
  buffer.checksum = -1;
}

function writeVarint(bytes: Buffer, at: number, value: number): number {
  while (value > 127) {
    bytes[at++] = (value % 128) | 128;
    value = Math.floor(value / 128);
  }
  bytes[at++] = value;
  return at;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
