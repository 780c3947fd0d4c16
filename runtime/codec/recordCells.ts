// One reader per MaxCompute type: takes a cell's bytes off a record stream, feeds the checksum, hands the value to a sink.
// Format: protocol sections 14.2 and 14.3. A reader calls its sink once, after the whole cell was there; cells of arrays,
// maps and structs are walked twice, first without a sink, so that a sink never holds half a cell.
import {crcBytes, crcInt32} from './crc32c.ts';
import type {OdpsType} from './odpsType.ts';
import {needMore, readVarint, readZigZag, wireTypes, type WireState} from './recordWire.ts';

/** What takes the values of one column (or of one level inside a nested column). Only the methods of its type are called. */
export interface CellSink {
  null(): void;
  /** Takes the last cell back: its record was not complete. Called on the sinks of columns only. */
  undo(): void;
  /** Integers, booleans (0, 1), epoch days, months, epoch milliseconds. */
  int64(lo: number, hi: number): void;
  /** Four or eight little-endian bytes at `at`. */
  float(bytes: Uint8Array, at: number): void;
  /** Strings, decimals, json and binary: bytes[at, end). */
  bytes(bytes: Uint8Array, at: number, end: number): void;
  /** Seconds as two halves, and nanoseconds. */
  moment(lo: number, hi: number, nanos: number): void;
  /** An array or map of `count` entries begins; or a struct, with count 1. Its children follow, then `close`. */
  open(count: number): void;
  close(): void;
  /** Sinks of an array's element, a map's key and value, or a struct's fields. */
  children: CellSink[];
}

/** Reads the cell at `at` and returns the place after it. */
export type CellReader = (
  state: WireState,
  bytes: Uint8Array,
  at: number,
  sink: CellSink,
) => number;

/** A value that its type does not allow; the stream reader adds the column's name. */
export class OutOfType extends Error {}

/** Longest cell of text or bytes; the service's MaxFieldSize (8 MiB). */
export const cellBytesMax = 8_388_608;
/** Entries of one array or map: each takes at least one byte of a cell, so that a false count is refused early. */
const entriesMax = cellBytesMax;
/** 9999-12-31 and 0000-01-01 as epoch days: what every moment must lie between. */
export const daysMax = 2_932_896;
export const daysMin = -719_528;
const two32 = 4_294_967_296;
const daySeconds = 86_400;

/** Wire type of a column of this type. */
export function wireTypeOf(type: OdpsType): number {
  switch (type.name) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'boolean':
    case 'datetime':
    case 'date':
    case 'interval_year_month':
      return wireTypes.varint;
    case 'double':
      return wireTypes.fixed64;
    case 'float':
      return wireTypes.fixed32;
    default:
      return wireTypes.length;
  }
}

/** The reader of cells of `type`. */
export function cellReader(type: OdpsType): CellReader {
  const nested = nestedReader(type);
  if (nested === null) return flatReader(type);
  return (state, bytes, at, sink) => {
    const crc = state.crc;
    nested(state, bytes, at, nowhere);
    state.crc = crc;
    return nested(state, bytes, at, sink);
  };
}

function flatReader(type: OdpsType): CellReader {
  switch (type.name) {
    case 'tinyint':
      return narrowInt(-128, 127);
    case 'smallint':
      return narrowInt(-32_768, 32_767);
    case 'int':
    case 'interval_year_month':
      return narrowInt(-2_147_483_648, 2_147_483_647);
    case 'date':
      return narrowInt(daysMin, daysMax);
    case 'bigint':
      return bigint;
    case 'datetime':
      return datetime;
    case 'boolean':
      return boolean;
    case 'float':
      return float;
    case 'double':
      return double;
    case 'timestamp':
    case 'timestamp_ntz':
      return timestamp;
    case 'interval_day_time':
      return dayInterval;
    default:
      return text;
  }
}

function narrowInt(min: number, max: number): CellReader {
  return (state, bytes, at, sink) => {
    at = readZigZag(state, bytes, at);
    const {lo, hi} = state;
    if (hi !== lo >> 31 || lo < min || lo > max) throw new OutOfType(`the integer ${wide(lo, hi)}`);
    state.crc = crcInt32(crcInt32(state.crc, lo), hi);
    sink.int64(lo, hi);
    return at;
  };
}

function bigint(state: WireState, bytes: Uint8Array, at: number, sink: CellSink): number {
  at = readZigZag(state, bytes, at);
  state.crc = crcInt32(crcInt32(state.crc, state.lo), state.hi);
  sink.int64(state.lo, state.hi);
  return at;
}

function datetime(state: WireState, bytes: Uint8Array, at: number, sink: CellSink): number {
  at = readZigZag(state, bytes, at);
  const {lo, hi} = state;
  checkSpan(hi * two32 + (lo >>> 0), daySeconds * 1000);
  state.crc = crcInt32(crcInt32(state.crc, lo), hi);
  sink.int64(lo, hi);
  return at;
}

function boolean(state: WireState, bytes: Uint8Array, at: number, sink: CellSink): number {
  at = readVarint(state, bytes, at);
  if (state.hi !== 0 || state.lo >>> 0 > 1) throw new OutOfType(`the boolean ${state.lo}`);
  bytesOne[0] = state.lo;
  state.crc = crcBytes(state.crc, bytesOne, 0, 1);
  sink.int64(state.lo, 0);
  return at;
}
const bytesOne = new Uint8Array(1);

function float(state: WireState, bytes: Uint8Array, at: number, sink: CellSink): number {
  if (at + 4 > state.end) throw needMore;
  state.crc = crcBytes(state.crc, bytes, at, at + 4);
  sink.float(bytes, at);
  return at + 4;
}

function double(state: WireState, bytes: Uint8Array, at: number, sink: CellSink): number {
  if (at + 8 > state.end) throw needMore;
  state.crc = crcBytes(state.crc, bytes, at, at + 8);
  sink.float(bytes, at);
  return at + 8;
}

function text(state: WireState, bytes: Uint8Array, at: number, sink: CellSink): number {
  at = readVarint(state, bytes, at);
  const length = state.lo >>> 0;
  if (state.hi !== 0 || length > cellBytesMax) throw new OutOfType(`a cell of ${length} bytes`);
  const end = at + length;
  if (end > state.end) throw needMore;
  state.crc = crcBytes(state.crc, bytes, at, end);
  sink.bytes(bytes, at, end);
  return end;
}

function timestamp(state: WireState, bytes: Uint8Array, at: number, sink: CellSink): number {
  at = readZigZag(state, bytes, at);
  const {lo, hi} = state;
  at = readZigZag(state, bytes, at);
  const nanos = state.lo;
  if (state.hi !== 0 || nanos < 0 || nanos > 999_999_999) {
    throw new OutOfType(`${wide(nanos, state.hi)} nanoseconds`);
  }
  checkSpan(hi * two32 + (lo >>> 0), daySeconds);
  state.crc = crcInt32(crcInt32(crcInt32(state.crc, lo), hi), nanos);
  sink.moment(lo, hi, nanos);
  return at;
}

/** Java may send negative nanoseconds here (protocol section 20, point 10). */
function dayInterval(state: WireState, bytes: Uint8Array, at: number, sink: CellSink): number {
  at = readZigZag(state, bytes, at);
  const {lo, hi} = state;
  at = readZigZag(state, bytes, at);
  const nanos = state.lo;
  if (state.hi !== nanos >> 31 || Math.abs(nanos) > 999_999_999) {
    throw new OutOfType(`${wide(nanos, state.hi)} nanoseconds`);
  }
  state.crc = crcInt32(crcInt32(crcInt32(state.crc, lo), hi), nanos);
  sink.moment(lo, hi, nanos);
  return at;
}

function nestedReader(type: OdpsType): CellReader | null {
  if (type.name === 'array') return arrayReader(type.element);
  if (type.name === 'map') return mapReader(type.key, type.value);
  if (type.name === 'struct') return structReader(type.fields.map(field => field.type));
  return null;
}

function arrayReader(element: OdpsType): CellReader {
  const read = elementReader(element);
  return (state, bytes, at, sink) => {
    at = readCount(state, bytes, at);
    const count = state.lo;
    sink.open(count);
    const child = sink.children[0]!;
    for (let i = 0; i < count; i++) at = read(state, bytes, at, child);
    sink.close();
    return at;
  };
}

function mapReader(key: OdpsType, value: OdpsType): CellReader {
  const readKey = elementReader(key, 'a map key that is NULL');
  const readValue = elementReader(value);
  return (state, bytes, at, sink) => {
    at = readCount(state, bytes, at);
    const count = state.lo;
    sink.open(count);
    for (let i = 0; i < count; i++) at = readKey(state, bytes, at, sink.children[0]!);
    at = readCount(state, bytes, at);
    if (state.lo !== count) throw new OutOfType(`a map of ${count} keys and ${state.lo} values`);
    for (let i = 0; i < count; i++) at = readValue(state, bytes, at, sink.children[1]!);
    sink.close();
    return at;
  };
}

function structReader(types: OdpsType[]): CellReader {
  const readers = types.map(type => elementReader(type));
  return (state, bytes, at, sink) => {
    sink.open(1);
    for (let i = 0; i < readers.length; i++) {
      at = readers[i]!(state, bytes, at, sink.children[i]!);
    }
    sink.close();
    return at;
  };
}

function readCount(state: WireState, bytes: Uint8Array, at: number): number {
  at = readVarint(state, bytes, at);
  const count = state.lo >>> 0;
  if (state.hi !== 0 || count > entriesMax) throw new OutOfType(`an array of ${count} entries`);
  return at;
}

/** A null flag, then the value unless it is set. The flag is not part of the checksum. */
function elementReader(type: OdpsType, nullRefusal: string | null = null): CellReader {
  const read = nestedReader(type) ?? flatReader(type);
  return (state, bytes, at, sink) => {
    at = readVarint(state, bytes, at);
    if (state.hi !== 0 || state.lo >>> 0 > 1) throw new OutOfType(`the null flag ${state.lo}`);
    if (state.lo === 0) return read(state, bytes, at, sink);
    if (nullRefusal !== null) throw new OutOfType(nullRefusal);
    sink.null();
    return at;
  };
}

function checkSpan(value: number, unitsADay: number): void {
  if (value < daysMin * unitsADay || value >= (daysMax + 1) * unitsADay) {
    throw new OutOfType(`a moment outside the years 0000 to 9999 (${value})`);
  }
}

function wide(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

/** Takes everything and keeps nothing: the sink of the first walk over a nested cell. */
const nowhere: CellSink = {
  null() {},
  undo() {},
  int64() {},
  float() {},
  bytes() {},
  moment() {},
  open() {},
  close() {},
  get children() {
    return nowhereChildren;
  },
};
const nowhereChildren: CellSink[] = new Proxy([], {get: () => nowhere});
