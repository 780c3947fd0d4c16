// Record streams as JavaScript values: for tests, and wherever rows are few. Not the fast path (see the endpoint's column sinks).
// Shapes: tinyint, smallint, int, date (epoch days), interval_year_month: number · bigint, datetime (epoch ms): bigint ·
// boolean · float, double: number · string, char, varchar, json, decimal: string, or Buffer where not UTF-8 · binary: Buffer ·
// timestamps, interval_day_time: {seconds, nanos} · array: list · map: list of [key, value] in order · struct: list by field.
import {isUtf8} from 'node:buffer';
import type {OdpsType} from './odpsType.ts';
import type {CellSink} from './recordCells.ts';
import {createRecordReader, type RecordColumn} from './recordReader.ts';

export interface Moment {
  seconds: bigint;
  nanos: number;
}

export type RecordValue =
  null | boolean | number | bigint | string | Buffer | Moment | RecordValue[];

export interface RecordRows {
  rows: RecordValue[][];
  /** The metrics of a download's footer, as JSON text; null when there were none. */
  metrics: string | null;
}

/** All rows of a whole, uncompressed stream. Throws SYNC6010, SYNC6011 or SYNC6012 for a stream to refuse. */
export function readRecords(stream: Uint8Array, columns: RecordColumn[]): RecordRows {
  const sinks = columns.map(column => valueSink(column.type));
  const reader = createRecordReader(columns, sinks);
  reader.feed(stream);
  const count = reader.end();
  const rows = Array.from({length: count}, (_, row) => sinks.map(sink => sink.values[row]!));
  return {rows, metrics: reader.metrics()};
}

/** A sink that keeps every value of its column in `values`. */
export interface ValueSink extends CellSink {
  values: RecordValue[];
}

/** The sink for values of `type`. */
export function valueSink(type: OdpsType): ValueSink {
  const values: RecordValue[] = [];
  const children = childTypes(type).map(valueSink);
  const narrow = !['bigint', 'datetime'].includes(type.name);
  let count = 0;
  return {
    values,
    children,
    null: () => void values.push(null),
    undo: () => void values.pop(),
    int64: (lo, hi) => {
      if (type.name === 'boolean') values.push(lo === 1);
      else values.push(narrow ? lo : wide(lo, hi));
    },
    float: (bytes, at) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at);
      values.push(type.name === 'float' ? view.getFloat32(0, true) : view.getFloat64(0, true));
    },
    bytes: (bytes, at, end) => {
      const copy = Buffer.from(bytes.subarray(at, end));
      values.push(type.name === 'binary' || !isUtf8(copy) ? copy : copy.toString('utf8'));
    },
    moment: (lo, hi, nanos) => void values.push({seconds: wide(lo, hi), nanos}),
    open: entries => void (count = entries),
    close: () => void values.push(collect(type, children, count)),
  };
}

function childTypes(type: OdpsType): OdpsType[] {
  if (type.name === 'array') return [type.element];
  if (type.name === 'map') return [type.key, type.value];
  if (type.name === 'struct') return type.fields.map(field => field.type);
  return [];
}

function collect(type: OdpsType, children: ValueSink[], count: number): RecordValue[] {
  const taken = children.map(child => child.values.splice(0));
  if (type.name === 'array') return taken[0]!;
  if (type.name === 'struct') return taken.map(column => column[0]!);
  return Array.from({length: count}, (_, i) => [taken[0]![i]!, taken[1]![i]!]);
}

function wide(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}
