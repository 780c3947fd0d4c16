// MaxCompute data types as text and as trees (protocol section 16). Names are case-insensitive; written lower case, no backticks.
import {fail} from '../base/errors.ts';

/** Types without parameters. */
export const plainTypeNames = [
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'boolean',
  'float',
  'double',
  'string',
  'binary',
  'date',
  'datetime',
  'timestamp',
  'timestamp_ntz',
  'json',
  'interval_year_month',
  'interval_day_time',
] as const;
export type PlainTypeName = (typeof plainTypeNames)[number];

export type OdpsType =
  | {name: PlainTypeName}
  | {name: 'decimal'; precision: number; scale: number}
  | {name: 'char' | 'varchar'; length: number}
  | {name: 'array'; element: OdpsType}
  | {name: 'map'; key: OdpsType; value: OdpsType}
  | {name: 'struct'; fields: StructField[]};

export interface StructField {
  name: string;
  type: OdpsType;
}

const lengthsMax = {char: 255, varchar: 65_535};
/** More scale than 18 needs a project setting on the service; 38 is the width of its numbers. */
const precisionMax = 38;
/** Deeper nesting than anybody declares; bounds the recursion. */
const depthMax = 32;

interface Cursor {
  text: string;
  at: number;
}

/** The type written as `text`, e.g. `DECIMAL(10,2)`, `array<struct<a:int,b:string>>`. SYNC6021 when it is none. */
export function parseOdpsType(text: string): OdpsType {
  const cursor = {text, at: 0};
  const type = parseAt(cursor, 0);
  skipSpace(cursor);
  if (cursor.at !== text.length) throw unknownType(cursor);
  return type;
}

/** The type as the service writes it in JSON: `decimal(10,2)`, `array<string>`, `struct<a:int>`. */
export function formatOdpsType(type: OdpsType): string {
  switch (type.name) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'char':
    case 'varchar':
      return `${type.name}(${type.length})`;
    case 'array':
      return `array<${formatOdpsType(type.element)}>`;
    case 'map':
      return `map<${formatOdpsType(type.key)},${formatOdpsType(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map(f => `${f.name}:${formatOdpsType(f.type)}`).join(',')}>`;
    default:
      return type.name;
  }
}

function parseAt(cursor: Cursor, depth: number): OdpsType {
  const name = word(cursor).toLowerCase();
  if (depth > depthMax) throw unknownType(cursor);
  switch (name) {
    case 'decimal':
    case 'numeric':
      return decimal(cursor);
    case 'char':
    case 'varchar': {
      const [length] = numbers(cursor, 1, 1);
      if (length! < 1 || length! > lengthsMax[name]) throw unknownType(cursor);
      return {name, length: length!};
    }
    case 'array': {
      expect(cursor, '<');
      const element = parseAt(cursor, depth + 1);
      expect(cursor, '>');
      return {name, element};
    }
    case 'map': {
      expect(cursor, '<');
      const key = parseAt(cursor, depth + 1);
      expect(cursor, ',');
      const value = parseAt(cursor, depth + 1);
      expect(cursor, '>');
      return {name, key, value};
    }
    case 'struct':
      return {name, fields: fields(cursor, depth)};
    case 'integer':
      return {name: 'int'};
    default:
      if (!(plainTypeNames as readonly string[]).includes(name)) throw unknownType(cursor);
      return {name: name as PlainTypeName};
  }
}

function decimal(cursor: Cursor): OdpsType {
  if (!peek(cursor, '(')) return {name: 'decimal', precision: 38, scale: 18};
  const [precision, scale = 0] = numbers(cursor, 1, 2);
  if (precision! < 1 || precision! > precisionMax || scale > precision!) throw unknownType(cursor);
  return {name: 'decimal', precision: precision!, scale};
}

function fields(cursor: Cursor, depth: number): StructField[] {
  expect(cursor, '<');
  const found: StructField[] = [];
  do {
    const name = fieldName(cursor);
    expect(cursor, ':');
    found.push({name, type: parseAt(cursor, depth + 1)});
  } while (take(cursor, ','));
  expect(cursor, '>');
  return found;
}

function fieldName(cursor: Cursor): string {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== '`') return word(cursor);
  const end = cursor.text.indexOf('`', cursor.at + 1);
  if (end < 0) throw unknownType(cursor);
  const name = cursor.text.slice(cursor.at + 1, end);
  cursor.at = end + 1;
  return name;
}

function numbers(cursor: Cursor, countMin: number, countMax: number): number[] {
  expect(cursor, '(');
  const found: number[] = [];
  do found.push(Number(word(cursor)));
  while (take(cursor, ','));
  expect(cursor, ')');
  const whole = found.every(n => Number.isSafeInteger(n));
  if (!whole || found.length < countMin || found.length > countMax) throw unknownType(cursor);
  return found;
}

function word(cursor: Cursor): string {
  skipSpace(cursor);
  const start = cursor.at;
  while (/[\p{L}\p{N}_]/u.test(cursor.text[cursor.at] ?? '')) cursor.at++;
  if (cursor.at === start) throw unknownType(cursor);
  return cursor.text.slice(start, cursor.at);
}

function skipSpace(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? '')) cursor.at++;
}

function peek(cursor: Cursor, mark: string): boolean {
  skipSpace(cursor);
  return cursor.text[cursor.at] === mark;
}

function take(cursor: Cursor, mark: string): boolean {
  if (!peek(cursor, mark)) return false;
  cursor.at++;
  return true;
}

function expect(cursor: Cursor, mark: string): void {
  if (!take(cursor, mark)) throw unknownType(cursor);
}

function unknownType(cursor: Cursor): Error {
  return fail('SYNC6021', {type: cursor.text, at: cursor.at});
}
