// Arrow record-batch messages as rows (protocol section 15). The messages carry no types: the session's columns say how their
// buffers are laid out. Refuses compressed buffers and dictionaries, which no MaxCompute client sends, and text that is not UTF-8.
import {isUtf8} from 'node:buffer';
import type {OdpsType} from '../codec/odpsType.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import type {Moment, RecordValue} from '../codec/recordStream.ts';
import {fieldAt, longAt, pairsAt, readFlat, tableAt} from './flatTable.ts';
import {badRequest} from './odpsError.ts';

/** The fields of a timestamp that is written as a struct. */
export const momentFields = [
  {name: 'sec', type: {name: 'bigint'}},
  {name: 'nano', type: {name: 'int'}},
] as const;

const batchHeader = 3;

/** Bytes of the body that follows the message's head. */
export function arrowBodyBytes(head: Buffer): number {
  const bytes = longAt(readFlat(head), 3);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError('a body of no length');
  return bytes;
}

/** The rows of a message; none for a schema. Throws a RangeError for offsets that lead outside of it. */
export function arrowRows(columns: RecordColumn[], head: Buffer, body: Buffer): RecordValue[][] {
  const message = readFlat(head);
  const kindAt = fieldAt(message, 1);
  const kind = kindAt === 0 ? 0 : head.readUInt8(kindAt);
  if (kind === 1) return [];
  const batch = tableAt(message, 2);
  if (kind !== batchHeader || batch === null) throw malformed('a message is no record batch');
  if (tableAt(batch, 3) !== null) throw malformed('compressed Arrow buffers are not supported');
  const nodes = pairsAt(batch, 1);
  const types = columns.map(column => column.type);
  const wide = nodes.length === sum(types, true) && sum(types, true) !== sum(types, false);
  if (!wide && nodes.length !== sum(types, false)) throw malformed(`${nodes.length} arrays`);
  const walk: Walk = {body, nodes, buffers: pairsAt(batch, 2), node: 0, buffer: 0, wide};
  const count = longAt(batch, 0);
  const values = columns.map(column => readArray(walk, column.type, count));
  return Array.from({length: count}, (_, row) => values.map(list => list[row]!));
}

/** Arrays below these columns, themselves included; `wide`: timestamps as structs. */
function sum(types: readonly OdpsType[], wide: boolean): number {
  return types.reduce((count, type) => count + 1 + childrenOf(type, wide), 0);
}

function childrenOf(type: OdpsType, wide: boolean): number {
  switch (type.name) {
    case 'array':
      return sum([type.element], wide);
    case 'map':
      return 1 + sum([type.key, type.value], wide);
    case 'struct':
      return sum(
        type.fields.map(field => field.type),
        wide,
      );
    case 'interval_day_time':
      return 2;
    case 'timestamp':
    case 'timestamp_ntz':
      return wide ? 2 : 0;
    default:
      return 0;
  }
}

interface Walk {
  body: Buffer;
  nodes: [number, number][];
  buffers: [number, number][];
  node: number;
  buffer: number;
  /** Timestamps are structs. */
  wide: boolean;
}

function nextBuffer(walk: Walk, bytesMin: number): Buffer {
  const found = walk.buffers[walk.buffer++];
  if (found === undefined) throw malformed('too few buffers');
  const [offset, length] = found;
  if (offset < 0 || length < bytesMin || offset + length > walk.body.length) {
    throw malformed(`a buffer of ${length} bytes at ${offset}`);
  }
  return walk.body.subarray(offset, offset + length);
}

/** `count`: how many values the parent expects. */
function readArray(walk: Walk, type: OdpsType, count: number): RecordValue[] {
  const [length, nulls] = walk.nodes[walk.node++] ?? [0, 0];
  if (length < count || !Number.isSafeInteger(length))
    throw malformed(`${length} values where ${count} are due`);
  const validity = nextBuffer(walk, 0);
  if (nulls !== 0 && validity.length < (length + 7) >> 3) throw malformed('too few null flags');
  const present = (i: number) => nulls === 0 || (validity[i >> 3]! >> (i & 7)) % 2 === 1;
  const values = readValues(walk, type, length, present);
  return values.length === count ? values : values.slice(0, count);
}

type Present = (i: number) => boolean;

function readValues(walk: Walk, type: OdpsType, length: number, present: Present): RecordValue[] {
  switch (type.name) {
    case 'array':
    case 'map': {
      const ends = readOffsets(walk, length);
      const items =
        type.name === 'array'
          ? readArray(walk, type.element, ends.at(-1)!)
          : readPairs(walk, type, ends.at(-1)!);
      return Array.from({length}, (_, i) =>
        present(i) ? items.slice(ends[i], ends[i + 1]) : null,
      );
    }
    case 'struct': {
      const fields = type.fields.map(field => readArray(walk, field.type, length));
      return Array.from({length}, (_, i) => (present(i) ? fields.map(values => values[i]!) : null));
    }
    case 'timestamp':
    case 'timestamp_ntz':
      return walk.wide
        ? readMoments(walk, length, present)
        : readFixed(walk, type, length, present);
    case 'interval_day_time':
      return readMoments(walk, length, present);
    case 'string':
    case 'char':
    case 'varchar':
    case 'json':
    case 'binary': {
      const ends = readOffsets(walk, length);
      const bytes = nextBuffer(walk, ends.at(-1)!);
      return Array.from({length}, (_, i) =>
        present(i) ? text(type, bytes.subarray(ends[i], ends[i + 1])) : null,
      );
    }
    case 'boolean': {
      const bits = nextBuffer(walk, (length + 7) >> 3);
      return Array.from({length}, (_, i) =>
        present(i) ? (bits[i >> 3]! >> (i & 7)) % 2 === 1 : null,
      );
    }
    default:
      return readFixed(walk, type, length, present);
  }
}

function readPairs(
  walk: Walk,
  type: Extract<OdpsType, {name: 'map'}>,
  count: number,
): RecordValue[] {
  const [length = 0] = walk.nodes[walk.node++] ?? [];
  if (length < count) throw malformed(`${length} pairs where ${count} are due`);
  nextBuffer(walk, 0);
  const keys = readArray(walk, type.key, length);
  const values = readArray(walk, type.value, length);
  return keys.map((key, i) => {
    if (key === null) throw malformed('a key of a map is null');
    return [key, values[i]!];
  });
}

function readMoments(walk: Walk, length: number, present: Present): RecordValue[] {
  const [seconds, nanos] = momentFields.map(field => readArray(walk, field.type, length));
  return Array.from({length}, (_, i) => {
    if (!present(i)) return null;
    return {seconds: (seconds![i] ?? 0n) as bigint, nanos: (nanos![i] ?? 0) as number};
  });
}

/** `length` + 1 rising offsets. */
function readOffsets(walk: Walk, length: number): number[] {
  // An empty array may come without any offset.
  const bytes = nextBuffer(walk, length === 0 ? 0 : 4 * (length + 1));
  if (bytes.length < 4) return [0];
  const ends = Array.from({length: length + 1}, (_, i) => bytes.readInt32LE(4 * i));
  if (ends.some((end, i) => end < (ends[i - 1] ?? 0))) throw malformed('offsets fall');
  return ends;
}

function text(type: OdpsType, bytes: Buffer): RecordValue {
  if (type.name === 'binary') return Buffer.from(bytes);
  if (!isUtf8(bytes)) throw malformed('a text is not UTF-8');
  return bytes.toString('utf8');
}

function readFixed(walk: Walk, type: OdpsType, length: number, present: Present): RecordValue[] {
  const {width, read} = fixedReader(type);
  const bytes = nextBuffer(walk, width * length);
  return Array.from({length}, (_, i) => (present(i) ? read(bytes, i * width) : null));
}

type FixedReader = (bytes: Buffer, at: number) => RecordValue;

function fixedReader(type: OdpsType): {width: number; read: FixedReader} {
  switch (type.name) {
    case 'tinyint':
      return {width: 1, read: (bytes, at) => bytes.readInt8(at)};
    case 'smallint':
      return {width: 2, read: (bytes, at) => bytes.readInt16LE(at)};
    case 'int':
    case 'date':
    case 'interval_year_month':
      return {width: 4, read: (bytes, at) => bytes.readInt32LE(at)};
    case 'float':
      return {width: 4, read: (bytes, at) => bytes.readFloatLE(at)};
    case 'double':
      return {width: 8, read: (bytes, at) => bytes.readDoubleLE(at)};
    case 'timestamp':
    case 'timestamp_ntz':
      return {width: 8, read: (bytes, at) => momentOf(bytes.readBigInt64LE(at))};
    case 'decimal':
      return {width: 16, read: (bytes, at) => decimalText(bytes, at, type.scale)};
    default:
      return {width: 8, read: (bytes, at) => bytes.readBigInt64LE(at)};
  }
}

function momentOf(all: bigint): Moment {
  const nanos = ((all % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return {seconds: (all - nanos) / 1_000_000_000n, nanos: Number(nanos)};
}

function decimalText(bytes: Buffer, at: number, scale: number): string {
  const value = (bytes.readBigInt64LE(at + 8) << 64n) | bytes.readBigUInt64LE(at);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return value < 0n ? `-${text}` : text;
}

function malformed(what: string): Error {
  return badRequest('MalformedDataStream', `The Arrow body is broken: ${what}`);
}
