// Binary JSON of a row image to the text that SELECT prints: spacing, key order, number forms, opaque values.
// Format: MySQL source, sql-common/json_binary.h; the text is that of Json_wrapper::to_string (json_dom.cc).
import {CellFault} from './cellFault.ts';
import {unpackDecimal} from './jsonDecimal.ts';
import {appendAscii, scratch, scratchRoom} from './scratch.ts';
import {dateText, timeText} from './shortTexts.ts';
import type {CellContext} from './textCell.ts';

/** Writes the text of the document input[from, to) to the scratch buffer; returns its bytes. */
export function jsonText(cell: CellContext, input: Buffer, from: number, to: number): number {
  scratch.length = 0;
  // An empty document comes from INSERT IGNORE of NULL into a NOT NULL column; MySQL reads it as the literal null.
  if (to === from) appendAscii('null');
  else value({input, slot: cell.slot, depth: 0}, input[from]!, from + 1, to);
  return scratch.length;
}

/** One document on its way; depth is bounded by MySQL's own limit. */
interface Document {
  input: Buffer;
  slot: number;
  depth: number;
}

/** MySQL refuses deeper documents; deeper bytes are no document. */
const depthMax = 100;

const smallObject = 0;
const largeObject = 1;
const smallArray = 2;
const largeArray = 3;
const literal = 4;
const int16 = 5;
const uint16 = 6;
const int32 = 7;
const uint32 = 8;
const int64 = 9;
const uint64 = 10;
const double = 11;
const string = 12;
const opaque = 15;

/** The value of `type` whose bytes start at `at` and end before `to`. */
function value(doc: Document, type: number, at: number, to: number): void {
  const {input} = doc;
  switch (type) {
    case smallObject:
    case smallArray:
    case largeObject:
    case largeArray:
      return container(doc, type, at, to);
    case literal:
      return appendAscii(literalText(doc, need(doc, at, 1, to)));
    case int16:
      need(doc, at, 2, to);
      return appendAscii(String(input.readInt16LE(at)));
    case uint16:
      need(doc, at, 2, to);
      return appendAscii(String(input.readUInt16LE(at)));
    case int32:
      need(doc, at, 4, to);
      return appendAscii(String(input.readInt32LE(at)));
    case uint32:
      need(doc, at, 4, to);
      return appendAscii(String(input.readUInt32LE(at)));
    case int64:
      need(doc, at, 8, to);
      return appendAscii(String(input.readBigInt64LE(at)));
    case uint64:
      need(doc, at, 8, to);
      return appendAscii(String(input.readBigUInt64LE(at)));
    case double:
      need(doc, at, 8, to);
      return appendAscii(doubleText(input.readDoubleLE(at)));
    case string: {
      const {start, length} = variableLength(doc, at, to);
      need(doc, start, length, to);
      return quoted(input, start, start + length);
    }
    case opaque:
      return opaqueValue(doc, at, to);
    default:
      throw damaged(doc, `value type ${type}`);
  }
}

/** An object or array: count, size, key entries (objects), value entries, then keys and values. */
function container(doc: Document, type: number, at: number, to: number): void {
  if (doc.depth >= depthMax) throw damaged(doc, `more than ${depthMax} levels`);
  const large = type === largeObject || type === largeArray;
  const isObject = type === smallObject || type === largeObject;
  const width = large ? 4 : 2;
  const read = (place: number) =>
    large ? doc.input.readUInt32LE(place) : doc.input.readUInt16LE(place);
  need(doc, at, 2 * width, to);
  const count = read(at);
  const end = at + read(at + width);
  if (end > to) throw damaged(doc, `a container of ${end - at} bytes where ${to - at} are left`);
  const keys = at + 2 * width;
  const keyWidth = isObject ? width + 2 : 0;
  const values = keys + count * keyWidth;
  need(doc, values, count * (1 + width), end);
  appendAscii(isObject ? '{' : '[');
  const inner = {...doc, depth: doc.depth + 1};
  for (let i = 0; i < count; i++) {
    if (i > 0) appendAscii(', ');
    if (isObject) {
      const entry = keys + i * keyWidth;
      const start = at + read(entry);
      const length = doc.input.readUInt16LE(entry + width);
      need(doc, start, length, end);
      quoted(doc.input, start, start + length);
      appendAscii(': ');
    }
    const entry = values + i * (1 + width);
    const entryType = doc.input[entry]!;
    if (isInlined(entryType, large)) value(inner, entryType, entry + 1, entry + 1 + width);
    else value(inner, entryType, at + read(entry + 1), end);
  }
  appendAscii(isObject ? '}' : ']');
}

/** Small values stand in the entry itself. */
function isInlined(type: number, large: boolean): boolean {
  return (
    type === literal ||
    type === int16 ||
    type === uint16 ||
    (large && (type === int32 || type === uint32))
  );
}

function literalText(doc: Document, at: number): string {
  const text = ['null', 'true', 'false'][doc.input[at]!];
  if (text === undefined) throw damaged(doc, `literal ${doc.input[at]}`);
  return text;
}

/**
 * A double as my_gcvt writes it: shortest digits that read back the same, fixed notation for decimal points from
 * -14 to 15, and `.0` where fixed notation has no point.
 */
export function doubleText(number: number): string {
  const sign = number < 0 || Object.is(number, -0) ? '-' : '';
  const [mantissa, exponent] = Math.abs(number).toExponential().split('e') as [string, string];
  const digits = mantissa.replace('.', '');
  const point = Number(exponent) + 1;
  if (number === 0) return `${sign}0.0`;
  if (point < -14 || point > 15) {
    const rest = digits.slice(1);
    return `${sign}${digits[0]}${rest === '' ? '' : `.${rest}`}e${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const whole = digits.slice(0, point).padEnd(point, '0');
  return `${sign}${whole}.${digits.slice(point) || '0'}`;
}

/** Lengths are in seven-bit groups, low first, at most five bytes. */
function variableLength(doc: Document, at: number, to: number): {start: number; length: number} {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = doc.input[need(doc, at + i, 1, to)]!;
    length += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return {start: at + i + 1, length};
  }
  throw damaged(doc, 'a length of more than five bytes');
}

const escapes = new Map([
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [12, '\\f'],
  [13, '\\r'],
  [34, '\\"'],
  [92, '\\\\'],
]);

/** A string with MySQL's escapes; other bytes are UTF-8 and stay. */
function quoted(input: Uint8Array, from: number, to: number): void {
  scratchRoom((to - from) * 6 + 2);
  const {bytes} = scratch;
  let at = scratch.length;
  bytes[at++] = 34;
  for (; from < to; from++) {
    const byte = input[from]!;
    if (byte >= 32 && byte !== 34 && byte !== 92) bytes[at++] = byte;
    else {
      const escape = escapes.get(byte) ?? `\\u00${byte.toString(16).padStart(2, '0')}`;
      at += bytes.write(escape, at, 'latin1');
    }
  }
  bytes[at++] = 34;
  scratch.length = at;
}

/** MySQL's type numbers (enum_field_types) of opaque values that have a text of their own. */
const newDecimal = 246;
const timestampType = 7;
const date = 10;
const time = 11;
const datetime = 12;

/** A value of an SQL type: decimals as numbers, dates and times as strings, all others as base64. */
function opaqueValue(doc: Document, at: number, to: number): void {
  const type = doc.input[need(doc, at, 1, to)]!;
  const {start, length} = variableLength(doc, at + 1, to);
  need(doc, start, length, to);
  const bytes = doc.input.subarray(start, start + length);
  if (type === newDecimal && length > 2) return appendAscii(unpackDecimal(bytes));
  const isTemporal = [timestampType, date, time, datetime].includes(type);
  if (isTemporal && length === 8) return temporal(type, bytes.readBigInt64LE(0));
  appendAscii(`"base64:type${type}:`);
  // MySQL breaks base64 after 76 characters, and the line feed is escaped like any other.
  appendAscii(bytes.toString('base64').replaceAll(/.{76}(?=.)/g, '$&\\n'));
  appendAscii('"');
}

/** Packed as sign, fields, then 24 bits of microseconds (mysys/my_time.cc). */
function temporal(type: number, packed: bigint): void {
  const negative = packed < 0n ? 1 : 0;
  const size = packed < 0n ? -packed : packed;
  const us = Number(size & 0xffffffn);
  const clock = Number((size >> 24n) & 0x1ffffn);
  const sec = ((clock >> 6) & 63) * 60 + (clock & 63);
  scratchRoom(40);
  const {bytes} = scratch;
  let at = scratch.length;
  bytes[at++] = 34;
  if (type === time) {
    const hours = Number((size >> 36n) & 0x3ffn);
    at = timeText(bytes, at, negative, hours, sec, us, 6);
  } else {
    const day = Number((size >> 41n) & 31n);
    const months = Number(size >> 46n);
    const year = Math.floor(months / 13);
    const seconds = (clock >> 12) * 3600 + sec;
    at = dateText(bytes, at, year, months % 13, day, seconds, us, type === date ? -1 : 6);
  }
  bytes[at++] = 34;
  scratch.length = at;
}

/** `at`, when `bytes` bytes from there lie before `to`. */
function need(doc: Document, at: number, bytes: number, to: number): number {
  if (at + bytes > to) throw damaged(doc, `${bytes} bytes where ${to - at} are left`);
  return at;
}

function damaged(doc: Document, what: string): CellFault {
  return new CellFault('malformed', doc.slot, `binary JSON with ${what}`);
}
