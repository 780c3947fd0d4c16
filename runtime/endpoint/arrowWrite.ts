// Rows as Arrow: record-batch messages, and the schema message that a preview begins with (Arrow's IPC format, columnar version 5).
// A table's types are those of protocol section 15; query results and previews carry timestamps as struct{sec, nano}.
import type {OdpsType} from '../codec/odpsType.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import type {Moment, RecordValue} from '../codec/recordStream.ts';
import {momentFields} from './arrowRead.ts';
import {writeFlat, type FlatField} from './flatTable.ts';
import {badRequest} from './odpsError.ts';

/** How timestamps are written: in 64 bits, or as struct{sec, nano}, which reaches all years. */
export type ArrowMoments = 'nanos' | 'struct';

const messageVersion = 4;
const headers = {schema: 1, batch: 3};

/** One record-batch message with `rows`. */
export function arrowBatch(
  columns: RecordColumn[],
  rows: RecordValue[][],
  moments: ArrowMoments,
): Buffer {
  const body: Body = {nodes: [], buffers: [], bytes: [], length: 0, moments};
  for (const [i, column] of columns.entries()) {
    writeValues(
      body,
      column.type,
      rows.map(row => row[i]!),
    );
  }
  const header: FlatField[] = [
    {kind: 'int64', value: rows.length},
    {kind: 'pairs', items: body.nodes},
    {kind: 'pairs', items: body.buffers},
  ];
  return message(headers.batch, header, Buffer.concat(body.bytes));
}

/** The schema message of `columns`. */
export function arrowSchema(columns: RecordColumn[], moments: ArrowMoments): Buffer {
  const fields = columns.map(({name, type}) => schemaField(name, type, true, moments));
  return message(
    headers.schema,
    [
      {kind: 'int16', value: 0},
      {kind: 'tables', items: fields},
    ],
    Buffer.alloc(0),
  );
}

/** What ends a stream that has a schema message. */
export const arrowEnd = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

function message(kind: number, header: FlatField[], body: Buffer): Buffer {
  const head = writeFlat([
    {kind: 'int16', value: messageVersion},
    {kind: 'int8', value: kind},
    {kind: 'table', fields: header},
    {kind: 'int64', value: body.length},
  ]);
  const prefix = Buffer.alloc(8, 0xff);
  prefix.writeInt32LE(head.length, 4);
  return Buffer.concat([prefix, head, body]);
}

interface Body {
  /** Length and number of nulls of each array, depth first. */
  nodes: [number, number][];
  buffers: [number, number][];
  bytes: Buffer[];
  length: number;
  moments: ArrowMoments;
}

function push(body: Body, bytes: Buffer): void {
  body.buffers.push([body.length, bytes.length]);
  const padded = (bytes.length + 7) & ~7;
  body.bytes.push(bytes, Buffer.alloc(padded - bytes.length));
  body.length += padded;
}

function writeValues(body: Body, type: OdpsType, values: RecordValue[]): void {
  const nulls = values.reduce<number>((sum, value) => sum + (value === null ? 1 : 0), 0);
  body.nodes.push([values.length, nulls]);
  push(body, nulls === 0 ? Buffer.alloc(0) : bits(values.map(value => value !== null)));
  switch (type.name) {
    case 'array':
    case 'map': {
      const lists = values.map(value => (value ?? []) as RecordValue[]);
      push(body, offsets(lists.map(list => list.length)));
      if (type.name === 'array') return writeValues(body, type.element, lists.flat());
      const pairs = lists.flat() as RecordValue[][];
      body.nodes.push([pairs.length, 0]);
      push(body, Buffer.alloc(0));
      writeValues(
        body,
        type.key,
        pairs.map(pair => pair[0]!),
      );
      return writeValues(
        body,
        type.value,
        pairs.map(pair => pair[1] ?? null),
      );
    }
    case 'struct':
      for (const [i, field] of type.fields.entries()) {
        writeValues(
          body,
          field.type,
          values.map(value => (value as RecordValue[] | null)?.[i] ?? null),
        );
      }
      return;
    case 'timestamp':
    case 'timestamp_ntz':
      if (body.moments === 'nanos') return push(body, fixed(type, values));
      return writeMoments(body, values as (Moment | null)[]);
    case 'interval_day_time':
      return writeMoments(body, values as (Moment | null)[]);
    case 'string':
    case 'char':
    case 'varchar':
    case 'json':
    case 'binary': {
      const texts = values.map(value => Buffer.from((value ?? '') as string | Buffer));
      push(body, offsets(texts.map(text => text.length)));
      return push(body, Buffer.concat(texts));
    }
    case 'boolean':
      return push(body, bits(values.map(value => value === true)));
    default:
      return push(body, fixed(type, values));
  }
}

function writeMoments(body: Body, values: (Moment | null)[]): void {
  const [seconds, nanos] = momentFields;
  writeValues(
    body,
    seconds.type,
    values.map(value => value?.seconds ?? null),
  );
  writeValues(
    body,
    nanos.type,
    values.map(value => value?.nanos ?? null),
  );
}

/** Least significant bit first. */
function bits(flags: boolean[]): Buffer {
  const bytes = Buffer.alloc((flags.length + 7) >> 3);
  for (const [i, flag] of flags.entries()) if (flag) bytes[i >> 3]! |= 1 << (i & 7);
  return bytes;
}

function offsets(lengths: number[]): Buffer {
  const bytes = Buffer.alloc(4 * (lengths.length + 1));
  let sum = 0;
  for (const [i, length] of lengths.entries()) bytes.writeInt32LE((sum += length), 4 * (i + 1));
  return bytes;
}

function fixed(type: OdpsType, values: RecordValue[]): Buffer {
  const {width, write} = fixedWriter(type);
  const bytes = Buffer.alloc(width * values.length);
  for (const [i, value] of values.entries()) if (value !== null) write(bytes, i * width, value);
  return bytes;
}

type FixedWriter = (bytes: Buffer, at: number, value: RecordValue) => void;

function fixedWriter(type: OdpsType): {width: number; write: FixedWriter} {
  switch (type.name) {
    case 'tinyint':
      return {width: 1, write: (bytes, at, value) => bytes.writeInt8(value as number, at)};
    case 'smallint':
      return {width: 2, write: (bytes, at, value) => bytes.writeInt16LE(value as number, at)};
    case 'int':
    case 'date':
    case 'interval_year_month':
      return {width: 4, write: (bytes, at, value) => bytes.writeInt32LE(value as number, at)};
    case 'float':
      return {width: 4, write: (bytes, at, value) => bytes.writeFloatLE(value as number, at)};
    case 'double':
      return {width: 8, write: (bytes, at, value) => bytes.writeDoubleLE(value as number, at)};
    case 'timestamp':
    case 'timestamp_ntz':
      return {
        width: 8,
        write: (bytes, at, value) => bytes.writeBigInt64LE(nanosOf(value as Moment), at),
      };
    case 'decimal':
      return {
        width: 16,
        write: (bytes, at, value) => writeDecimal(bytes, at, value as string, type.scale),
      };
    default:
      return {
        width: 8,
        write: (bytes, at, value) => bytes.writeBigInt64LE(BigInt(value as bigint), at),
      };
  }
}

function nanosOf({seconds, nanos}: Moment): bigint {
  const all = seconds * 1_000_000_000n + BigInt(nanos);
  if (BigInt.asIntN(64, all) === all) return all;
  throw badRequest(
    'InvalidArgument',
    'A timestamp outside 1677 to 2262 does not fit into Arrow nanoseconds',
  );
}

function writeDecimal(bytes: Buffer, at: number, text: string, scale: number): void {
  const [whole, fraction = ''] = text.split('.');
  const value = BigInt(whole! + fraction.padEnd(scale, '0'));
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
  bytes.writeBigInt64LE(BigInt.asIntN(64, value >> 64n), at + 8);
}

/** A Field: name, nullable, kind of its type, the type's own table, dictionary, children. */
function schemaField(
  name: string,
  type: OdpsType,
  nullable: boolean,
  moments: ArrowMoments,
): FlatField[] {
  const {kind, fields, children} = schemaType(type, moments);
  return [
    {kind: 'text', value: name},
    {kind: 'int8', value: nullable ? 1 : 0},
    {kind: 'int8', value: kind},
    {kind: 'table', fields},
    null,
    {kind: 'tables', items: children},
  ];
}

interface SchemaType {
  kind: number;
  fields: FlatField[];
  children: FlatField[][];
}

const intBits: Partial<Record<OdpsType['name'], number>> = {
  tinyint: 8,
  smallint: 16,
  int: 32,
  bigint: 64,
  interval_year_month: 32,
};

function schemaType(type: OdpsType, moments: ArrowMoments): SchemaType {
  const plain = (kind: number, ...fields: FlatField[]) => ({kind, fields, children: []});
  const child = (name: string, of: OdpsType) => schemaField(name, of, true, moments);
  switch (type.name) {
    case 'float':
    case 'double':
      return plain(3, {kind: 'int16', value: type.name === 'float' ? 1 : 2});
    case 'binary':
      return plain(4);
    case 'string':
    case 'char':
    case 'varchar':
    case 'json':
      return plain(5);
    case 'boolean':
      return plain(6);
    case 'decimal':
      return plain(
        7,
        ...[type.precision, type.scale, 128].map(value => ({kind: 'int32' as const, value})),
      );
    case 'date':
      return plain(8, {kind: 'int16', value: 0});
    case 'datetime':
      return plain(10, {kind: 'int16', value: 1});
    case 'timestamp':
    case 'timestamp_ntz':
      if (moments === 'nanos') return plain(10, {kind: 'int16', value: 3});
      return {...plain(13), children: momentFields.map(field => child(field.name, field.type))};
    case 'interval_day_time':
      return {...plain(13), children: momentFields.map(field => child(field.name, field.type))};
    case 'array':
      return {...plain(12), children: [child('item', type.element)]};
    case 'struct':
      return {...plain(13), children: type.fields.map(field => child(field.name, field.type))};
    case 'map': {
      const entries: FlatField[][] = [
        schemaField('key', type.key, false, moments),
        child('value', type.value),
      ];
      const items: FlatField[] = [
        {kind: 'text', value: 'entries'},
        {kind: 'int8', value: 0},
        {kind: 'int8', value: 13},
        {kind: 'table', fields: []},
        null,
        {kind: 'tables', items: entries},
      ];
      return {kind: 17, fields: [{kind: 'int8', value: 0}], children: [items]};
    }
    default:
      return plain(2, {kind: 'int32', value: intBits[type.name] ?? 64}, {kind: 'int8', value: 1});
  }
}
