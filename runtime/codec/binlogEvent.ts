// Bodies of binlog events that are not rows: their fields from bytes, nothing decided. `at` is the first byte after the
// 19-byte header, `end` the first byte after the body, checksum excluded.
// Format: MySQL source, libs/mysql/binlog/event; tagged GTIDs: libs/mysql/serialization.

import {statementText} from './statementText.ts';

/** Event types by number (mysql::binlog::event::Log_event_type). */
export const eventType = {
  query: 2,
  stop: 3,
  rotate: 4,
  intVar: 5,
  rand: 13,
  userVar: 14,
  formatDescription: 15,
  xid: 16,
  beginLoadQuery: 17,
  executeLoadQuery: 18,
  tableMap: 19,
  writeRowsV1: 23,
  updateRowsV1: 24,
  deleteRowsV1: 25,
  incident: 26,
  heartbeat: 27,
  ignorable: 28,
  rowsQuery: 29,
  writeRows: 30,
  updateRows: 31,
  deleteRows: 32,
  gtid: 33,
  anonymousGtid: 34,
  previousGtids: 35,
  transactionContext: 36,
  viewChange: 37,
  xaPrepare: 38,
  partialUpdateRows: 39,
  transactionPayload: 40,
  heartbeatV2: 41,
  gtidTagged: 42,
} as const;

/** Bytes of every event's header: timestamp 4, type 1, server id 4, size 4, end offset 4, flags 2. */
export const eventHeaderBytes = 19;
/** Bytes of a CRC32 at an event's end, where the file has checksums. */
export const eventChecksumBytes = 4;

/** Header flags: made up by the dump thread; may be passed over by who does not know it. */
export const eventFlag = {artificial: 0x20, ignorable: 0x80} as const;

export interface QueryEvent {
  threadId: number;
  errorCode: number;
  /** Default database of the session; empty when none. */
  database: string;
  sql: string;
  /** Bits of @@sql_mode at that time (low 32), or null when the event does not say. */
  sqlMode: number | null;
}

/** sql_mode bits that change how a statement reads (sql/system_variables.h). */
export const sqlModeBit = {ansiQuotes: 0x4, noBackslashEscapes: 0x100000} as const;

export function parseQueryEvent(input: Buffer, at: number, end: number): QueryEvent {
  const databaseLength = input[at + 8]!;
  const statusLength = input.readUInt16LE(at + 11);
  const statusAt = at + 13;
  const databaseAt = statusAt + statusLength;
  const sqlAt = databaseAt + databaseLength + 1;
  if (sqlAt > end) throw new RangeError('a Query event shorter than its own lengths');
  const {sqlMode, collationId} = readStatus(input, statusAt, databaseAt);
  return {
    threadId: input.readUInt32LE(at),
    errorCode: input.readUInt16LE(at + 9),
    database: input.toString('utf8', databaseAt, databaseAt + databaseLength),
    sql: statementText(input, sqlAt, end, collationId),
    sqlMode,
  };
}

/** What we read of the status variables; each is null when the event does not say. */
interface QueryStatus {
  sqlMode: number | null;
  collationId: number | null;
}

/**
 * Of a code and its value each (libbinlogevents, Query_event): flags2 (0), sql_mode (1), an old catalogue (2) or its name
 * (6), auto_increment (3), then the character sets of the session (4), the client's first. What follows is not read.
 */
function readStatus(input: Buffer, at: number, end: number): QueryStatus {
  const status: QueryStatus = {sqlMode: null, collationId: null};
  while (at < end) {
    const code = input[at++]!;
    if (code === 0 || code === 3) at += 4;
    else if (code === 1 && at + 8 <= end) {
      status.sqlMode = input.readUInt32LE(at);
      at += 8;
    } else if (code === 6 && at < end) at += 1 + input[at]!;
    else if (code === 2 && at < end) at += 2 + input[at]!;
    else {
      if (code === 4 && at + 6 <= end) status.collationId = input.readUInt16LE(at);
      return status;
    }
  }
  return status;
}

/** The start of a transaction, tagged or not. One object is reused by whoever follows a stream. */
export interface GtidEvent {
  /** `uuid` or `uuid:tag`, lower case; empty for an anonymous transaction. */
  source: string;
  /** Transaction number of that source; 0 for an anonymous one. */
  number: number;
  lastCommitted: number;
  sequenceNumber: number;
  /** Microseconds since 1970; 0 where the server does not say (before 8.0). */
  immediateCommitMicros: number;
  originalCommitMicros: number;
  /** Bytes of the whole transaction in the binlog, this event included; 0 where the server does not say. */
  transactionLength: number;
  /** The event itself opens a transaction: no BEGIN follows (MariaDB). */
  opens: boolean;
  /** The rows that follow are of an XA transaction that ends prepared (MariaDB, which names it here alone). */
  preparesXa: boolean;
  /** Which part of an ALTER the statement is; only whole ones and commits change the table (MariaDB). */
  alterPhase: 'whole' | 'start' | 'rollback';
}

export function createGtidEvent(): GtidEvent {
  return {
    source: '',
    number: 0,
    lastCommitted: 0,
    sequenceNumber: 0,
    immediateCommitMicros: 0,
    originalCommitMicros: 0,
    transactionLength: 0,
    opens: false,
    preparesXa: false,
    alterPhase: 'whole',
  };
}

/** Fills `into` from a GTID (33), ANONYMOUS_GTID (34) or GTID_TAGGED (42) event. */
export function parseGtidEvent(
  type: number,
  input: Buffer,
  at: number,
  end: number,
  into: GtidEvent,
): void {
  if (type === eventType.gtidTagged) {
    parseTaggedGtid(input, at, end, into);
    return;
  }
  const isAnonymous = type === eventType.anonymousGtid;
  into.source = isAnonymous ? '' : uuidText(input, at + 1);
  into.number = isAnonymous ? 0 : readUInt(input, at + 17, 8);
  // Flags 1, uuid 16, number 8, then a type byte 2 before the logical clock (5.7 and later).
  const hasClock = at + 42 <= end && input[at + 25] === 2;
  into.lastCommitted = hasClock ? readUInt(input, at + 26, 8) : 0;
  into.sequenceNumber = hasClock ? readUInt(input, at + 34, 8) : 0;
  into.immediateCommitMicros = into.originalCommitMicros = into.transactionLength = 0;
  at += 42;
  if (!hasClock || at + 7 > end) return;
  // Seven bytes; the top bit says that the original time follows because it differs.
  const differs = (input[at + 6]! & 0x80) !== 0;
  const immediate = readUInt(input, at, 6) + (input[at + 6]! & 0x7f) * 2 ** 48;
  into.immediateCommitMicros = immediate;
  into.originalCommitMicros = differs ? readUInt(input, at + 7, 7) : immediate;
  at += differs ? 14 : 7;
  if (at < end) into.transactionLength = readLengthEncoded(input, at);
}

const taggedField = {
  flags: 0,
  uuid: 1,
  number: 2,
  tag: 3,
  lastCommitted: 4,
  sequenceNumber: 5,
  immediateCommit: 6,
  originalCommit: 7,
  transactionLength: 8,
} as const;

function parseTaggedGtid(input: Buffer, at: number, end: number, into: GtidEvent): void {
  into.number = into.lastCommitted = into.sequenceNumber = into.transactionLength = 0;
  into.immediateCommitMicros = into.originalCommitMicros = 0;
  const uuid = Buffer.alloc(16);
  let tag = '';
  // Message: version, size, last field that may not be ignored; then fields in ascending order of their ids.
  for (let i = 0; i < 3; i++) at += serializedBytes(input, at);
  while (at < end) {
    const field = readSerialized(input, at);
    if (field > taggedField.transactionLength) break;
    at += serializedBytes(input, at);
    if (field === taggedField.uuid) {
      for (let i = 0; i < 16; i++, at += serializedBytes(input, at))
        uuid[i] = readSerialized(input, at);
      continue;
    }
    const value = readSerialized(input, at);
    at += serializedBytes(input, at);
    if (field === taggedField.tag) {
      tag = input.toString('latin1', at, at + value);
      at += value;
    } else setTaggedField(into, field, value);
  }
  if (into.originalCommitMicros === 0) into.originalCommitMicros = into.immediateCommitMicros;
  into.source = tag === '' ? uuidText(uuid, 0) : `${uuidText(uuid, 0)}:${tag}`;
}

function setTaggedField(into: GtidEvent, field: number, value: number): void {
  // Signed fields are zigzag coded: number, clock.
  const signed = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  if (field === taggedField.number) into.number = signed;
  else if (field === taggedField.lastCommitted) into.lastCommitted = signed;
  else if (field === taggedField.sequenceNumber) into.sequenceNumber = signed;
  else if (field === taggedField.immediateCommit) into.immediateCommitMicros = value;
  else if (field === taggedField.originalCommit) into.originalCommitMicros = value;
  else if (field === taggedField.transactionLength) into.transactionLength = value;
}

/** The server's own varint: as many low 1 bits as further bytes, a 0, then the value, little-endian. */
function serializedBytes(input: Buffer, at: number): number {
  const zeroBits = ~input[at]!;
  return 32 - Math.clz32(zeroBits & -zeroBits);
}

function readSerialized(input: Buffer, at: number): number {
  const bytes = serializedBytes(input, at);
  if (bytes === 1) return input[at]! >> 1;
  if (bytes === 9) return readUInt(input, at + 1, 8);
  return (input[at]! >> bytes) + readUInt(input, at + 1, bytes - 1) * 2 ** (8 - bytes);
}

/** Where the stream goes on. */
export function parseRotate(
  input: Buffer,
  at: number,
  end: number,
): {file: string; offset: number} {
  return {offset: readUInt(input, at, 8), file: input.toString('utf8', at + 8, end)};
}

export interface FormatDescription {
  serverVersion: string;
  /** Whether the events of this file end with a CRC32. */
  hasChecksum: boolean;
}

/** `end` is the end of the whole event: this event always has a place for a checksum from 5.6.1 on. */
export function parseFormatDescription(input: Buffer, at: number, end: number): FormatDescription {
  let versionEnd = at + 2;
  while (versionEnd < at + 52 && input[versionEnd] !== 0) versionEnd++;
  return {
    serverVersion: input.toString('latin1', at + 2, versionEnd),
    hasChecksum: input[end - eventChecksumBytes - 1] === 1,
  };
}

/** Head of a rows event; an object is reused. `imagesAt` is the first byte of the first row image. */
export interface RowsHeader {
  tableId: number;
  /** 1 when this is the last rows event of its statement. */
  flags: number;
  columnCount: number;
  /** Where the columns-present bitmap of the (first) image starts. */
  presentAt: number;
  /** Where that of the after image of an update starts; equal to presentAt otherwise. */
  presentAfterAt: number;
  allColumnsPresent: boolean;
  imagesAt: number;
}

export function createRowsHeader(): RowsHeader {
  return {
    tableId: 0,
    flags: 0,
    columnCount: 0,
    presentAt: 0,
    presentAfterAt: 0,
    allColumnsPresent: false,
    imagesAt: 0,
  };
}

/** Fills `into` from a rows event of version 1 (23–25) or 2 (30–32, 39). */
export function parseRowsHeader(
  type: number,
  input: Buffer,
  at: number,
  end: number,
  into: RowsHeader,
): void {
  into.tableId = readUInt(input, at, 6);
  into.flags = input[at + 6]! | (input[at + 7]! << 8);
  at += 8;
  // Version 2 has extra data, its own two length bytes counted.
  if (type >= eventType.writeRows) at += input[at]! | (input[at + 1]! << 8);
  into.columnCount = readLengthEncoded(input, at);
  at += lengthEncodedBytes(input, at);
  const bitmapBytes = (into.columnCount + 7) >> 3;
  into.presentAt = into.presentAfterAt = at;
  into.allColumnsPresent = allBitsSet(input, at, into.columnCount);
  at += bitmapBytes;
  if (isUpdate(type)) {
    into.presentAfterAt = at;
    into.allColumnsPresent &&= allBitsSet(input, at, into.columnCount);
    at += bitmapBytes;
  }
  if (at > end) throw new RangeError('a rows event shorter than its own lengths');
  into.imagesAt = at;
}

function isUpdate(type: number): boolean {
  return (
    type === eventType.updateRows ||
    type === eventType.updateRowsV1 ||
    type === eventType.partialUpdateRows
  );
}

function allBitsSet(input: Buffer, at: number, count: number): boolean {
  const last = at + (count >> 3);
  while (at < last) if (input[at++] !== 0xff) return false;
  const mask = (1 << (count & 7)) - 1;
  return (count & 7) === 0 || (input[at]! & mask) === mask;
}

export interface PayloadHeader {
  /** 0 zstd, 255 not compressed. */
  compression: number;
  uncompressedBytes: number;
  payloadAt: number;
}

/** Head of a TRANSACTION_PAYLOAD: type, length, value fields until type 0. */
export function parsePayloadHeader(input: Buffer, at: number, end: number): PayloadHeader {
  const header = {compression: 255, uncompressedBytes: 0, payloadAt: end};
  while (at < end) {
    const field = readLengthEncoded(input, at);
    at += lengthEncodedBytes(input, at);
    if (field === 0) {
      header.payloadAt = at;
      return header;
    }
    const length = readLengthEncoded(input, at);
    at += lengthEncodedBytes(input, at);
    if (field === 2) header.compression = readLengthEncoded(input, at);
    if (field === 3) header.uncompressedBytes = readLengthEncoded(input, at);
    at += length;
  }
  throw new RangeError('a transaction payload without an end of its header');
}

let lastUuid = '';
const lastUuidBytes = Buffer.alloc(16);

/** The uuid at `at` as text. A stream repeats one uuid, so the last text is kept. */
function uuidText(input: Buffer, at: number): string {
  if (lastUuid !== '' && isLastUuid(input, at)) return lastUuid;
  const hex = input.toString('hex', at, at + 16);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  lastUuid = `${groups.join('-')}-${hex.slice(20)}`;
  input.copy(lastUuidBytes, 0, at, at + 16);
  return lastUuid;
}

/** A loop over sixteen bytes is cheaper than a native call. */
function isLastUuid(input: Buffer, at: number): boolean {
  for (let i = 0; i < 16; i++) if (input[at + i] !== lastUuidBytes[i]) return false;
  return true;
}

/** A little-endian unsigned integer of up to eight bytes; exact below 2^53. */
function readUInt(input: Buffer, at: number, bytes: number): number {
  if (at + bytes > input.length) throw new RangeError('an event shorter than its fields');
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + input[at + i]!;
  return value;
}

function lengthEncodedBytes(input: Buffer, at: number): number {
  const first = input[at]!;
  return first < 251 ? 1 : first === 252 ? 3 : first === 253 ? 4 : 9;
}

function readLengthEncoded(input: Buffer, at: number): number {
  const first = input[at]!;
  if (first < 251) return first;
  return readUInt(input, at + 1, first === 252 ? 2 : first === 253 ? 3 : 8);
}
