// Reads a record stream (protocol section 14) piece by piece into the sinks of its columns, and refuses everything that
// section 14.4 lists. Bytes may be cut anywhere: an incomplete record is taken back and read again with what follows.
import {fail, isSyncError} from '../base/errors.ts';
import {crcBytes, crcInt32} from './crc32c.ts';
import {formatOdpsType, type OdpsType} from './odpsType.ts';
import {cellReader, OutOfType, wireTypeOf, type CellReader, type CellSink} from './recordCells.ts';
import {
  fieldNumbers,
  longVarint,
  needMore,
  readVarint,
  readZigZag,
  slackBytes,
  wireTypes,
} from './recordWire.ts';
import type {WireState} from './recordWire.ts';

/** One data column of a stream; its number on the wire is its place, from 1. */
export interface RecordColumn {
  name: string;
  type: OdpsType;
}

export interface RecordReader {
  /** Takes the next bytes. Throws SYNC6010, SYNC6011 or SYNC6012; the reader is of no use after that. */
  feed(bytes: Uint8Array): void;
  /** Records that are in the sinks. */
  records(): number;
  /** Ends the stream and checks that it was whole; returns the number of records. */
  end(): number;
  /** The metrics of a download's footer, as JSON text; null when there were none. */
  metrics(): string | null;
}

/**
 * Reads as many whole records of bytes[at, end) as are of the usual form, counts them in `state`, and returns the place
 * after them. What it leaves is read or refused cell by cell. Some bytes after `end` may be looked at.
 */
export type RecordBatch = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  state: {records: number; checksum: number},
) => number;

interface Reader {
  columns: RecordColumn[];
  readers: CellReader[];
  wires: number[];
  sinks: CellSink[];
  batch: RecordBatch | null;
  /** Bytes after `end` that must be in the buffer. */
  slack: number;
  view: DataView;
  wire: WireState;
  /** Per column the number of the try that saw it last, so that nothing is cleared between records. */
  seen: Float64Array;
  attempt: number;
  records: number;
  /** CRC register over the records' CRCs. */
  checksum: number;
  footer: 'none' | 'counted' | 'done';
  metrics: string | null;
  /** Bytes not yet read: buffer[start, end), slack after it. */
  buffer: Uint8Array;
  start: number;
  end: number;
  /** Nothing is tried before this many bytes wait: keeps one huge record from being tried with every piece of it. */
  wanted: number;
  /** Bytes of the stream before buffer[0]. */
  offset: number;
}

/** Two varints and a key, for each column: as far as a batch reader may look beyond the end. */
const aheadBytes = 24;

/** A reader of streams of `columns`; `sinks` take their values, one a column, but those that `batch` takes. */
export function createRecordReader(
  columns: RecordColumn[],
  sinks: CellSink[],
  batch: RecordBatch | null = null,
): RecordReader {
  const buffer = new Uint8Array(256 * 1024);
  const reader: Reader = {
    columns,
    readers: columns.map(column => cellReader(column.type)),
    wires: columns.map(column => wireTypeOf(column.type)),
    sinks,
    batch,
    slack: slackBytes + (batch === null ? 0 : aheadBytes * (columns.length + 1)),
    view: new DataView(buffer.buffer),
    wire: {end: 0, crc: -1, lo: 0, hi: 0},
    seen: new Float64Array(columns.length),
    attempt: 0,
    records: 0,
    checksum: -1,
    footer: 'none',
    metrics: null,
    buffer,
    start: 0,
    end: 0,
    wanted: 0,
    offset: 0,
  };
  return {
    feed: bytes => feed(reader, bytes),
    records: () => reader.records,
    end: () => end(reader),
    metrics: () => reader.metrics,
  };
}

function feed(reader: Reader, bytes: Uint8Array): void {
  append(reader, bytes);
  if (reader.end - reader.start < reader.wanted) return;
  readAll(reader);
  const left = reader.end - reader.start;
  reader.wanted = left < 65_536 ? 0 : left * 2;
}

function end(reader: Reader): number {
  if (reader.start < reader.end) readAll(reader);
  if (reader.start < reader.end) throw malformed(reader, 'the stream ends inside a record');
  if (reader.footer !== 'done') throw malformed(reader, 'the stream has no footer');
  return reader.records;
}

function append(reader: Reader, bytes: Uint8Array): void {
  const left = reader.end - reader.start;
  const needed = left + bytes.length + reader.slack;
  if (needed > reader.buffer.length) {
    const grown = new Uint8Array(Math.max(needed, reader.buffer.length * 2));
    grown.set(reader.buffer.subarray(reader.start, reader.end));
    reader.buffer = grown;
    reader.view = new DataView(grown.buffer);
  } else {
    reader.buffer.copyWithin(0, reader.start, reader.end);
  }
  reader.offset += reader.start;
  reader.start = 0;
  reader.buffer.set(bytes, left);
  reader.end = left + bytes.length;
  reader.buffer.fill(0, reader.end, reader.end + slackBytes);
}

function readAll(reader: Reader): void {
  const {batch} = reader;
  reader.wire.end = reader.end;
  while (reader.start < reader.end) {
    if (batch !== null && reader.footer === 'none') {
      reader.start = batch(reader.buffer, reader.view, reader.start, reader.end, reader);
      if (reader.start === reader.end) return;
    }
    reader.attempt++;
    try {
      reader.start = readRecord(reader, reader.start);
    } catch (error) {
      if (error === needMore) return takeBack(reader);
      if (error === longVarint) throw malformed(reader, 'a varint is longer than ten bytes');
      throw error;
    }
  }
}

function takeBack(reader: Reader): void {
  for (let i = 0; i < reader.sinks.length; i++) {
    if (reader.seen[i] === reader.attempt) reader.sinks[i]!.undo();
  }
}

/** Reads one record, or one part of the footer, at `at`; returns the place after it. */
function readRecord(reader: Reader, at: number): number {
  const {wire, readers, wires, sinks, seen, attempt, buffer} = reader;
  if (reader.footer === 'done') throw malformed(reader, 'bytes follow the footer');
  let present = 0;
  wire.crc = -1;
  for (;;) {
    at = readVarint(wire, buffer, at);
    if (wire.hi !== 0) throw malformed(reader, 'a field number is out of range');
    const number = wire.lo >>> 3;
    const wireType = wire.lo & 7;
    const index = number - 1;
    if (index < readers.length && index >= 0 && reader.footer === 'none') {
      if (wireType !== wires[index]) throw wrongWire(reader, index, wireType);
      if (seen[index] === attempt) throw malformed(reader, `column ${number} appears twice`);
      wire.crc = crcInt32(wire.crc, number);
      at = readCell(reader, readers[index]!, at, index, sinks[index]!);
      seen[index] = attempt;
      present++;
    } else if (number === fieldNumbers.endRecord && wireType === 0 && reader.footer === 'none') {
      at = readVarint(wire, buffer, at);
      finishRecord(reader, present);
      return at;
    } else {
      if (present > 0) throw unknownField(reader, number);
      return readFooter(reader, number, wireType, at);
    }
  }
}

function readCell(
  reader: Reader,
  read: CellReader,
  at: number,
  index: number,
  sink: CellSink,
): number {
  try {
    return read(reader.wire, reader.buffer, at, sink);
  } catch (error) {
    if (!(error instanceof OutOfType)) throw error;
    const {name, type} = reader.columns[index]!;
    throw fail('SYNC6012', {column: name, type: formatOdpsType(type), what: error.message}, error);
  }
}

/** The record's checksum stands in wire.lo: the low half, whichever of its two forms was sent (trap 5). */
function finishRecord(reader: Reader, present: number): void {
  const {wire, sinks, seen, attempt} = reader;
  const crc = ~wire.crc;
  if (crc !== wire.lo) throw wrongSum('checksum of a record', wire.lo >>> 0, crc >>> 0);
  if (present < sinks.length) {
    for (let i = 0; i < sinks.length; i++) {
      if (seen[i] !== attempt) sinks[i]!.null();
    }
  }
  reader.checksum = crcInt32(reader.checksum, crc);
  reader.records++;
}

function readFooter(reader: Reader, number: number, wireType: number, at: number): number {
  const {wire, buffer} = reader;
  if (number === fieldNumbers.count && wireType === wireTypes.varint && reader.footer === 'none') {
    at = readZigZag(wire, buffer, at);
    const stated = wire.hi * 4_294_967_296 + (wire.lo >>> 0);
    if (stated !== reader.records) throw wrongSum('count of records', stated, reader.records);
    reader.footer = 'counted';
    return at;
  }
  if (reader.footer === 'counted' && number === fieldNumbers.checksum && wireType === 0) {
    at = readVarint(wire, buffer, at);
    const computed = ~reader.checksum;
    if (wire.lo !== computed) {
      throw wrongSum('checksum of the stream', wire.lo >>> 0, computed >>> 0);
    }
    reader.footer = 'done';
    return at;
  }
  if (reader.footer === 'counted' && number === 1 && wireType === wireTypes.length) {
    return readMetrics(reader, at);
  }
  throw unknownField(reader, number);
}

/** Field 1 (JSON text), then END_METRICS with the CRC of its number and text (protocol section 14.5). */
function readMetrics(reader: Reader, at: number): number {
  const {wire, buffer} = reader;
  at = readVarint(wire, buffer, at);
  const textEnd = at + wire.lo;
  if (wire.hi !== 0 || wire.lo < 0 || wire.lo > 1_048_576) {
    throw malformed(reader, 'the metrics are longer than 1 MiB');
  }
  if (textEnd > reader.end) throw needMore;
  const text = buffer.subarray(at, textEnd);
  at = readVarint(wire, buffer, textEnd);
  if (wire.lo >>> 3 !== fieldNumbers.endMetrics) throw unknownField(reader, wire.lo >>> 3);
  at = readVarint(wire, buffer, at);
  const computed = ~crcBytes(crcInt32(-1, 1), text, 0, text.length);
  if (wire.lo !== computed) {
    throw wrongSum('checksum of the metrics', wire.lo >>> 0, computed >>> 0);
  }
  reader.metrics = Buffer.from(text).toString('utf8');
  return at;
}

function malformed(reader: Reader, what: string): Error {
  return fail('SYNC6010', {what, at: reader.offset + reader.start});
}

function unknownField(reader: Reader, number: number): Error {
  return malformed(reader, `field ${number} stands where no such field may`);
}

function wrongWire(reader: Reader, index: number, wireType: number): Error {
  const {name, type} = reader.columns[index]!;
  const due = reader.wires[index]!;
  return malformed(
    reader,
    `column ${name} is ${formatOdpsType(type)}, wire type ${due}, and came as wire type ${wireType}`,
  );
}

function wrongSum(what: string, stated: number, computed: number): Error {
  return fail('SYNC6011', {what, stated, computed});
}

/** Whether `error` says that the bytes of a stream, not anything of ours, are at fault. */
export function isStreamRefusal(error: unknown): boolean {
  return isSyncError(error) && /^SYNC601[012]$/.test(error.code);
}
