// The files of the relay log, as bytes: records of one form each. A file begins with a head that says where it belongs; packets of
// the binlog stream follow, as a server sends them, and marks, which tell the position at the end of a whole transaction.
// A record: kind 1 byte, length 4, CRC-32 of kind and body 4 (little-endian), body. What does not fit its sum was not written whole.
import {crc32} from 'node:zlib';
import type {Position} from './position.ts';

export const recordKind = {head: 1, packets: 2, mark: 3} as const;
export const recordHeadBytes = 9;
/** No record is longer: a length beyond is damage. A mark holds a GTID set, the rest is cut at far less. */
export const recordBytesMax = 64 * 1024 * 1024;

/** What a file begins with. */
export interface RelayHead {
  version: 1;
  /** Of the file, as its name has it: the bytes of another file are damage. */
  number: number;
  /** Where its packets begin: at the end of a whole transaction, at the server they were read from. */
  start: Position;
  /** Length of the file before it; 0 for the first. */
  bytesBefore: number;
}

/** Fills in the head of a record whose body stands at bytes[at + 9, end). */
export function sealRecord(bytes: Buffer, kind: number, at: number, end: number): void {
  bytes[at] = kind;
  bytes.writeUInt32LE(end - at - recordHeadBytes, at + 1);
  bytes.writeUInt32LE(sumOf(bytes, kind, at + recordHeadBytes, end), at + 5);
}

/** A record of its own, with JSON as its body. */
export function jsonRecord(kind: number, body: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(body));
  const record = Buffer.alloc(recordHeadBytes + text.length);
  text.copy(record, recordHeadBytes);
  sealRecord(record, kind, 0, record.length);
  return record;
}

/** Bytes of the whole record whose head stands at `at`; 0 when these bytes are none. */
export function recordBytes(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32LE(at + 1) + recordHeadBytes;
  const isKind = bytes[at]! >= recordKind.head && bytes[at]! <= recordKind.mark;
  return isKind && length <= recordBytesMax ? length : 0;
}

/** Whether the record in bytes[at, end) is as it was written. */
export function isWhole(bytes: Buffer, at: number, end: number): boolean {
  return bytes.readUInt32LE(at + 5) === sumOf(bytes, bytes[at]!, at + recordHeadBytes, end);
}

/** The JSON of the record in bytes[at, end). */
export function recordJson(bytes: Buffer, at: number, end: number): unknown {
  return JSON.parse(bytes.toString('utf8', at + recordHeadBytes, end));
}

function sumOf(bytes: Buffer, kind: number, at: number, end: number): number {
  return crc32(bytes.subarray(at, end), kind);
}
