// Writes record streams (protocol section 14) from JavaScript values; the shapes are those of recordStream.ts.
// The sink's transcoders write MySQL bytes without values; this serves the endpoint's answers, and tests.
import {must} from '../base/assert.ts';
import {crcBytes, crcInt32} from './crc32c.ts';
import type {OdpsType} from './odpsType.ts';
import {
  countRecord,
  createRecordBuffer,
  reserve,
  sealRecords,
  type RecordBuffer,
} from './recordBuffer.ts';
import {wireTypeOf} from './recordCells.ts';
import type {RecordColumn} from './recordReader.ts';
import type {Moment, RecordValue} from './recordStream.ts';
import {fieldNumbers} from './recordWire.ts';

/** Writes one value at buffer.length, moves on, and returns the checksum continued over it. */
type CellWriter = (buffer: RecordBuffer, crc: number, value: RecordValue) => number;

export interface RecordWriter {
  /** Appends one record: a value for each column, null where there is none. */
  write(row: readonly RecordValue[]): void;
  /** Takes the bytes written since the last call; they are valid until the next write. For streaming. */
  take(): Buffer;
  /** Appends the footer and returns what was not taken. */
  end(): Buffer;
}

/** Longest tag and longest varint. */
const tagBytesMax = 5;
const varintBytesMax = 10;

/** A writer of streams of `columns`. */
export function createRecordWriter(columns: RecordColumn[]): RecordWriter {
  const writers = columns.map(column => cellWriter(column.type));
  const tags = columns.map((column, i) => ((i + 1) << 3) | wireTypeOf(column.type));
  const buffer = createRecordBuffer(64 * 1024);
  return {
    write: row => writeRow(buffer, writers, tags, row),
    take: () => {
      const taken = Buffer.from(buffer.bytes.subarray(0, buffer.length));
      buffer.length = 0;
      return taken;
    },
    end: () => Buffer.from(sealRecords(buffer)),
  };
}

/** A whole stream of `rows`. */
export function writeRecords(
  rows: readonly (readonly RecordValue[])[],
  columns: RecordColumn[],
): Buffer {
  const writer = createRecordWriter(columns);
  for (const row of rows) writer.write(row);
  return writer.end();
}

function writeRow(
  buffer: RecordBuffer,
  writers: CellWriter[],
  tags: number[],
  row: readonly RecordValue[],
): void {
  let crc = -1;
  for (let i = 0; i < writers.length; i++) {
    const value = row[i];
    if (value === null || value === undefined) continue;
    reserve(buffer, tagBytesMax);
    putNumber(buffer, tags[i]!);
    crc = writers[i]!(buffer, crcInt32(crc, i + 1), value);
  }
  reserve(buffer, tagBytesMax + varintBytesMax);
  putNumber(buffer, fieldNumbers.endRecord * 8);
  putNumber(buffer, ~crc >>> 0);
  countRecord(buffer, ~crc);
}

function cellWriter(type: OdpsType): CellWriter {
  switch (type.name) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'datetime':
    case 'date':
    case 'interval_year_month':
      return writeInteger;
    case 'boolean':
      return writeBoolean;
    case 'float':
      return (buffer, crc, value) => writeFixed(buffer, crc, value as number, 4);
    case 'double':
      return (buffer, crc, value) => writeFixed(buffer, crc, value as number, 8);
    case 'timestamp':
    case 'timestamp_ntz':
    case 'interval_day_time':
      return writeMoment;
    case 'array':
      return arrayWriter(type.element);
    case 'map':
      return mapWriter(type.key, type.value);
    case 'struct':
      return structWriter(type.fields.map(field => field.type));
    default:
      return writeText;
  }
}

function writeInteger(buffer: RecordBuffer, crc: number, value: RecordValue): number {
  reserve(buffer, varintBytesMax);
  if (typeof value === 'number' && value === (value | 0)) {
    putNumber(buffer, value >= 0 ? value * 2 : -value * 2 - 1);
    return crcInt32(crcInt32(crc, value), value >> 31);
  }
  const whole = BigInt(value as bigint);
  putZigZag(buffer, whole);
  return crcWide(crc, whole);
}

function writeBoolean(buffer: RecordBuffer, crc: number, value: RecordValue): number {
  reserve(buffer, 1);
  const at = buffer.length++;
  buffer.bytes[at] = value === true ? 1 : 0;
  return crcBytes(crc, buffer.bytes, at, at + 1);
}

function writeFixed(buffer: RecordBuffer, crc: number, value: number, size: 4 | 8): number {
  reserve(buffer, size);
  const at = buffer.length;
  if (size === 4) buffer.view.setFloat32(at, value, true);
  else buffer.view.setFloat64(at, value, true);
  buffer.length += size;
  return crcBytes(crc, buffer.bytes, at, at + size);
}

function writeText(buffer: RecordBuffer, crc: number, value: RecordValue): number {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : (value as Buffer);
  reserve(buffer, varintBytesMax + bytes.length);
  putNumber(buffer, bytes.length);
  buffer.bytes.set(bytes, buffer.length);
  buffer.length += bytes.length;
  return crcBytes(crc, bytes, 0, bytes.length);
}

function writeMoment(buffer: RecordBuffer, crc: number, value: RecordValue): number {
  const {seconds, nanos} = value as Moment;
  reserve(buffer, 2 * varintBytesMax);
  putZigZag(buffer, seconds);
  putNumber(buffer, nanos >= 0 ? nanos * 2 : -nanos * 2 - 1);
  return crcInt32(crcWide(crc, seconds), nanos);
}

function arrayWriter(element: OdpsType): CellWriter {
  const write = elementWriter(element);
  return (buffer, crc, value) => writeElements(buffer, crc, value as RecordValue[], write);
}

function mapWriter(key: OdpsType, value: OdpsType): CellWriter {
  const writeKey = elementWriter(key);
  const writeValue = elementWriter(value);
  return (buffer, crc, entries) => {
    const pairs = entries as RecordValue[][];
    const keys = pairs.map(pair => must(pair[0], 'a map key is not NULL'));
    const afterKeys = writeElements(buffer, crc, keys, writeKey);
    const values = pairs.map(pair => pair[1] ?? null);
    return writeElements(buffer, afterKeys, values, writeValue);
  };
}

function structWriter(types: OdpsType[]): CellWriter {
  const writers = types.map(elementWriter);
  return (buffer, crc, value) => {
    const values = value as RecordValue[];
    return writers.reduce((sum, write, i) => write(buffer, sum, values[i] ?? null), crc);
  };
}

function writeElements(
  buffer: RecordBuffer,
  crc: number,
  values: RecordValue[],
  write: CellWriter,
): number {
  reserve(buffer, varintBytesMax);
  putNumber(buffer, values.length);
  for (const value of values) crc = write(buffer, crc, value);
  return crc;
}

function elementWriter(type: OdpsType): CellWriter {
  const write = cellWriter(type);
  return (buffer, crc, value) => {
    reserve(buffer, 1);
    buffer.bytes[buffer.length++] = value === null ? 1 : 0;
    return value === null ? crc : write(buffer, crc, value);
  };
}

function crcWide(crc: number, value: bigint): number {
  const lo = Number(BigInt.asIntN(32, value));
  const hi = Number(BigInt.asIntN(32, value >> 32n));
  return crcInt32(crcInt32(crc, lo), hi);
}

function putZigZag(buffer: RecordBuffer, value: bigint): void {
  let rest = value >= 0n ? value << 1n : (-value << 1n) - 1n;
  while (rest > 127n) {
    buffer.bytes[buffer.length++] = Number(rest & 127n) | 128;
    rest >>= 7n;
  }
  buffer.bytes[buffer.length++] = Number(rest);
}

/** A varint of a whole number from 0 to 2^53. */
function putNumber(buffer: RecordBuffer, value: number): void {
  while (value > 127) {
    buffer.bytes[buffer.length++] = (value % 128) | 128;
    value = Math.floor(value / 128);
  }
  buffer.bytes[buffer.length++] = value;
}
