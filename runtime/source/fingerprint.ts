// The fingerprint of a transaction, kept while its events go by (rule C5). Nothing is allocated per event.
import {crc32} from 'node:zlib';
import {
  createGtidEvent,
  eventChecksumBytes,
  eventHeaderBytes,
  eventType,
  parseGtidEvent,
  type GtidEvent,
} from '../codec/binlogEvent.ts';
import {mariadbEventType, parseMariadbGtid} from '../codec/mariadbEvent.ts';
import {crcInt32} from '../codec/crc32c.ts';
import type {Fingerprint} from './position.ts';

/** The transaction that goes by: its GTID event, and what its events add up to so far. */
export interface TransactionTrace {
  gtid: GtidEvent;
  /** Offset of its GTID event; -1 before the first transaction. */
  startOffset: number;
  endOffset: number;
  /** CRC register, inverted. */
  crc: number;
  /** Header timestamp of the file's format description. */
  formatTimestamp: number;
  /** Whether any transaction came with a GTID event, be it anonymous; before 5.7 a server without GTIDs sends none. */
  hasGtids: boolean;
  /** Without such events: the transaction that goes by has not ended. */
  isOpen: boolean;
}

export function createTransactionTrace(): TransactionTrace {
  return {
    gtid: createGtidEvent(),
    startOffset: -1,
    endOffset: 0,
    crc: -1,
    formatTimestamp: 0,
    hasGtids: false,
    isOpen: false,
  };
}

/** Begins a transaction with its GTID event: header at `at`, body up to `end`. */
export function traceStart(
  trace: TransactionTrace,
  type: number,
  input: Buffer,
  at: number,
  end: number,
  startOffset: number,
): void {
  const bodyAt = at + eventHeaderBytes;
  if (type === mariadbEventType.gtid) {
    const header = {
      timestampSeconds: input.readUInt32LE(at),
      serverId: input.readUInt32LE(at + 5),
    };
    parseMariadbGtid(input, bodyAt, end, header, trace.gtid);
  } else parseGtidEvent(type, input, bodyAt, end, trace.gtid);
  trace.hasGtids = true;
  begin(trace, startOffset);
}

/** The same where no GTID events come: by BEGIN, or by a statement that is a transaction of its own. */
export function tracePlainStart(
  trace: TransactionTrace,
  type: number,
  input: Buffer,
  end: number,
  startOffset: number,
): void {
  if (trace.hasGtids) return;
  if (type === eventType.query && !trace.isOpen) {
    begin(trace, startOffset);
    trace.isOpen = endsWith(input, end, beginBytes);
  } else if (type === eventType.xid || (type === eventType.query && isEnd(input, end)))
    trace.isOpen = false;
}

function begin(trace: TransactionTrace, startOffset: number): void {
  trace.startOffset = startOffset;
  trace.crc = -1;
}

// A statement of one word: the zero byte that ends the name of the database stands before it.
const beginBytes = Buffer.from('\0BEGIN');
const endBytes = [Buffer.from('\0COMMIT'), Buffer.from('\0ROLLBACK')];

function isEnd(input: Buffer, end: number): boolean {
  return endBytes.some(bytes => endsWith(input, end, bytes));
}

function endsWith(input: Buffer, end: number, bytes: Buffer): boolean {
  return bytes.compare(input, Math.max(0, end - bytes.length), end) === 0;
}

/** Adds one event of the binlog, input[at, end) with header and checksum. */
export function traceEvent(
  trace: TransactionTrace,
  input: Buffer,
  at: number,
  end: number,
  hasChecksum: boolean,
  endOffset: number,
): void {
  // The event's own checksum stands for its bytes; where there is none they are summed here.
  const sum = hasChecksum
    ? input.readInt32LE(end - eventChecksumBytes)
    : crc32(input.subarray(at, end)) | 0;
  traceSum(trace, sum, endOffset);
}

/** The same for an event whose sum is known. */
export function traceSum(trace: TransactionTrace, sum: number, endOffset: number): void {
  trace.crc = crcInt32(trace.crc, sum);
  trace.endOffset = endOffset;
}

/** The fingerprint of the transaction as far as it has gone by; null before the first. */
export function fingerprintOf(trace: TransactionTrace): Fingerprint | null {
  if (trace.startOffset < 0) return null;
  const {source, number, originalCommitMicros} = trace.gtid;
  return {
    gtid: source === '' ? '' : `${source}:${number}`,
    originalCommitTimestamp: originalCommitMicros,
    length: trace.endOffset - trace.startOffset,
    crc: ~trace.crc >>> 0,
    formatTimestamp: trace.formatTimestamp,
  };
}
