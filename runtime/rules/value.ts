// A typed value: what MySQL computes for it as SQL, and the same computed from a row image. Both stand side by side in
// one object, so that the full load and the log cannot drift apart; a test holds them equal on a generated corpus.
import type {SourceColumn, SourceTable} from '../codec/sourceTable.ts';
import type {Expression} from '../spec/expression.ts';
import type {ImageRow} from './imageRow.ts';
import type {Judgement} from './judgement.ts';
import type {ImageOut} from './setCell.ts';

/** Exact numbers are whole numbers × 10^-scale, moments are microseconds since 1970. */
export type ValueType =
  | {
      kind: 'number';
      scale: number;
      low: bigint;
      high: bigint;
      unsigned: boolean;
      /** Where it was chosen from numbers of several scales: MySQL writes each with its own. */
      mixedAt?: number;
    }
  /**
   * The collation that a comparison would use; null for constants, 'several' where there is none. A label of ENUM is a
   * number to MySQL where it is cast.
   */
  | {kind: 'text'; collation: string | null; isLabel?: true}
  | {kind: 'moment'; dataType: 'date' | 'datetime'; fractionDigits: number}
  | {kind: 'null'};

/** What compiling knows of a table version; columns that are read are added to `named`. */
export interface Context {
  columns: readonly SourceColumn[];
  lengthBytes: readonly number[];
  named: Set<number>;
}

/** A value of one row: null is NULL. */
export type Read<T> = (row: ImageRow) => T | null;

export interface Value<T = bigint | string> {
  type: ValueType;
  /** For a connection in utf8mb4 with sql_mode '', time zone +00:00 and div_precision_increment 4. */
  sql: string;
  compile: (c: Context) => Read<T>;
  /** Index of the column that this is, where its cell is UTF-8. */
  utf8Column?: number;
  /** Writes the text as a cell with four length bytes, without a string in between; false for NULL. */
  writeCell?: (c: Context) => (row: ImageRow, out: ImageOut) => boolean;
}

/** What expressions mean for rows of a table. Each raises SYNC1102 or SYNC1103. */
export interface Scope {
  table: SourceTable;
  /** A condition. */
  judgement: (e: Expression) => Judgement;
  value: (e: Expression) => Value;
  /** SQL of either, in parentheses. */
  sql: (e: Expression) => string;
}

export type NumberType = ValueType & {kind: 'number'};
export type MomentType = ValueType & {kind: 'moment'};
export type NumberValue = Value<bigint> & {type: NumberType};
export type TextValue = Value<string> & {type: ValueType & {kind: 'text'}};
export type MomentValue = Value<bigint> & {type: MomentType};

export const isNumber = (v: Value): v is NumberValue => v.type.kind === 'number';
export const isText = (v: Value): v is TextValue => v.type.kind === 'text';
export const isMoment = (v: Value): v is MomentValue => v.type.kind === 'moment';
export const isNull = (v: Value): boolean => v.type.kind === 'null';

/** NULL, of every type. */
export const nullValue: Value<never> = {
  type: {kind: 'null'},
  sql: 'NULL',
  compile: () => () => null,
};

/** A number as MySQL writes it. */
export function numberText(value: bigint, scale: number): string {
  if (scale === 0) return String(value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const at = digits.length - scale;
  return `${value < 0n ? '-' : ''}${digits.slice(0, at)}.${digits.slice(at)}`;
}

/** A moment as MySQL writes it. */
export function momentText(us: bigint, {dataType, fractionDigits}: MomentType): string {
  const {year, month, day, hour, minute, second, micro} = fieldsOf(us);
  const two = (n: number) => String(n).padStart(2, '0');
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  if (dataType === 'date') return date;
  const time = `${date} ${two(hour)}:${two(minute)}:${two(second)}`;
  return fractionDigits === 0
    ? time
    : `${time}.${String(micro).padStart(6, '0').slice(0, fractionDigits)}`;
}

export interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micro: number;
}

/** The parts of a moment, in UTC. */
export function fieldsOf(us: bigint): Fields {
  const micro = Number(((us % 1_000_000n) + 1_000_000n) % 1_000_000n);
  const date = new Date(Number((us - BigInt(micro)) / 1000n));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    micro,
  };
}

/** The moment of `fields`; null where there is no such day. */
export function momentOf({year, month, day, hour, minute, second, micro}: Fields): bigint | null {
  const date = new Date(0);
  // setUTCFullYear takes the years below 100 as they are; Date.UTC would add 1900.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || month === 0) return null;
  date.setUTCHours(hour, minute, second);
  return BigInt(date.getTime()) * 1000n + BigInt(micro);
}
