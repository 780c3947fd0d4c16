// The fingerprint of a transaction, kept while its events go by (rule C5). Nothing is allocated per event.
import {crc32} from 'node:zlib';
import {
  createGtidEvent,
  eventChecksumBytes,
  parseGtidEvent,
  type GtidEvent,
} from '../codec/binlogEvent.ts';
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
}

export function createTransactionTrace(): TransactionTrace {
  return {gtid: createGtidEvent(), startOffset: -1, endOffset: 0, crc: -1, formatTimestamp: 0};
}

/** Begins a transaction with its GTID event: body input[at, end), whole event of `bytes` ending at `endOffset`. */
export function traceStart(
  trace: TransactionTrace,
  type: number,
  input: Buffer,
  at: number,
  end: number,
  startOffset: number,
): void {
  parseGtidEvent(type, input, at, end, trace.gtid);
  trace.startOffset = startOffset;
  trace.crc = -1;
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
