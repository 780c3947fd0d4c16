// Events that only MariaDB writes: its GTIDs, and rows and statements that it has compressed.
// Format: MariaDB "GTID_EVENT", "QUERY_COMPRESSED_EVENT", "Rows_event_v1/v2 compressed"; sql/log_event.h there.
// Refuses, as a RangeError, bytes that do not unpack to what they say.
import {inflateSync} from 'node:zlib';
import {MiB} from '../base/sizes.ts';
import {eventType, parseRowsHeader, createRowsHeader, type GtidEvent} from './binlogEvent.ts';

/** Event types by number, beside those of MySQL. */
export const mariadbEventType = {
  annotateRows: 160,
  binlogCheckpoint: 161,
  gtid: 162,
  gtidList: 163,
  startEncryption: 164,
  queryCompressed: 165,
  writeRowsCompressedV1: 166,
  updateRowsCompressedV1: 167,
  deleteRowsCompressedV1: 168,
  writeRowsCompressed: 169,
  updateRowsCompressed: 170,
  deleteRowsCompressed: 171,
  /** A row larger than an event, in pieces (12.0 and later). */
  partialRowData: 172,
} as const;

/** Types of what unpacks to the event of the same name without compression. */
const plainTypes: Readonly<Record<number, number>> = {
  [mariadbEventType.queryCompressed]: eventType.query,
  [mariadbEventType.writeRowsCompressedV1]: eventType.writeRowsV1,
  [mariadbEventType.updateRowsCompressedV1]: eventType.updateRowsV1,
  [mariadbEventType.deleteRowsCompressedV1]: eventType.deleteRowsV1,
  [mariadbEventType.writeRowsCompressed]: eventType.writeRows,
  [mariadbEventType.updateRowsCompressed]: eventType.updateRows,
  [mariadbEventType.deleteRowsCompressed]: eventType.deleteRows,
};

/** Unpacked bytes of one event: two images of a row whose cells the target could hold are far below. */
const unpackedBytesMax = 256 * MiB;

const flag = {standalone: 1, groupCommit: 2, preparedXa: 64, completedXa: 128} as const;
const extraFlag = {multiEngine: 1, startAlter: 2, commitAlter: 4, rollbackAlter: 8} as const;

let lastDomain = -1;
let lastServer = -1;
let lastSource = '';

/** Fills `into` from a GTID event: body input[at, end), its header's server id and time. */
export function parseMariadbGtid(
  input: Buffer,
  at: number,
  end: number,
  header: {serverId: number; timestampSeconds: number},
  into: GtidEvent,
): void {
  if (at + 13 > end) throw new RangeError('a GTID event shorter than its fields');
  const domain = input.readUInt32LE(at + 8);
  if (domain !== lastDomain || header.serverId !== lastServer) {
    lastDomain = domain;
    lastServer = header.serverId;
    lastSource = `${domain}-${header.serverId}`;
  }
  const number = input.readUInt32LE(at) + input.readUInt32LE(at + 4) * 2 ** 32;
  if (!Number.isSafeInteger(number)) throw new RangeError('a GTID beyond 2^53');
  const flags = input[at + 12]!;
  into.source = lastSource;
  into.number = number;
  into.lastCommitted = into.sequenceNumber = into.transactionLength = 0;
  into.immediateCommitMicros = 0;
  into.originalCommitMicros = header.timestampSeconds * 1_000_000;
  into.opens = (flags & flag.standalone) === 0;
  into.preparesXa = (flags & flag.preparedXa) !== 0;
  into.alterPhase = alterPhaseOf(input, at + 13, end, flags);
}

/** ALTER in two phases (binlog_alter_two_phase): which one the statement is that follows. */
function alterPhaseOf(
  input: Buffer,
  at: number,
  end: number,
  flags: number,
): GtidEvent['alterPhase'] {
  if ((flags & flag.groupCommit) !== 0) at += 8;
  // A format id (4), two lengths and as many bytes name an XA transaction.
  if ((flags & (flag.preparedXa | flag.completedXa)) !== 0)
    at += 6 + (input[at + 4] ?? 0) + (input[at + 5] ?? 0);
  const extra = at < end ? input[at]! : 0;
  if ((extra & extraFlag.startAlter) !== 0) return 'start';
  if ((extra & extraFlag.rollbackAlter) !== 0) return 'rollback';
  return 'whole';
}

/** An event's body that was unpacked into bytes of its own. */
export interface Unpacked {
  type: number;
  body: Buffer;
}

const rows = createRowsHeader();

/** The event that body input[at, end) of `type` unpacks to; null when `type` is not compressed. */
export function unpackMariadbEvent(
  type: number,
  input: Buffer,
  at: number,
  end: number,
): Unpacked | null {
  const plain = plainTypes[type];
  if (plain === undefined) return null;
  const packedAt =
    plain === eventType.query ? sqlAt(input, at, end) : imagesAt(plain, input, at, end);
  const packed = unpack(input, packedAt, end);
  return {type: plain, body: Buffer.concat([input.subarray(at, packedAt), packed])};
}

/** Thread 4, time 4, length of the database 1, error 2, length of the variables 2; a zero byte ends the database. */
function sqlAt(input: Buffer, at: number, end: number): number {
  if (at + 13 > end) throw new RangeError('a Query event shorter than its fields');
  return at + 13 + input.readUInt16LE(at + 11) + input[at + 8]! + 1;
}

function imagesAt(type: number, input: Buffer, at: number, end: number): number {
  parseRowsHeader(type, input, at, end, rows);
  return rows.imagesAt;
}

/** A byte 0x80 | method << 4 | bytes of the length, the length (big-endian), a zlib stream. Method 0 is all there is. */
function unpack(input: Buffer, at: number, end: number): Buffer {
  const head = at < end ? input[at]! : 0;
  const lengthBytes = head & 0x07;
  const streamAt = at + 1 + lengthBytes;
  const isKnown = (head & 0xf8) === 0x80 && lengthBytes >= 1 && lengthBytes <= 4;
  if (!isKnown || streamAt > end) throw new RangeError('a compressed event of an unknown method');
  const length = input.readUIntBE(at + 1, lengthBytes);
  if (length > unpackedBytesMax)
    throw new RangeError(`a compressed event of more than ${unpackedBytesMax / MiB} MiB`);
  let bytes: Buffer;
  try {
    bytes = inflateSync(input.subarray(streamAt, end), {maxOutputLength: Math.max(length, 1)});
  } catch (error) {
    throw new RangeError('a compressed event that cannot be unpacked', {cause: error});
  }
  if (bytes.length !== length)
    throw new RangeError('a compressed event of another length than it says');
  return bytes;
}
