// One type for the values between which a row chooses (IF, COALESCE), and values turned into it, by SQL and here alike.
import {notSure} from '../spec/expressionTokens.ts';
import {
  isMoment,
  isNull,
  isNumber,
  isText,
  momentText,
  nullValue,
  numberText,
  type NumberType,
  type Read,
  type TextValue,
  type Value,
  type ValueType,
} from './value.ts';

/** The common type of `parts` and the parts in it; texts beside numbers or moments become text. */
export function unify(parts: readonly Value[], at: number): [type: ValueType, parts: Value[]] {
  const some = parts.filter(part => !isNull(part));
  if (some.length === 0) return [nullValue.type, [...parts]];
  if (some.every(isNumber)) {
    const types = some.map(part => part.type);
    const isMixed = types.some(
      ({scale, mixedAt}) => scale !== types[0]!.scale || mixedAt !== undefined,
    );
    const type = {...widest(types), ...(isMixed && {mixedAt: at})};
    return [type, parts.map(part => (isNumber(part) ? scaled(part, type) : part))];
  }
  if (some.every(isMoment)) {
    const [first] = some;
    const alike = some.every(
      ({type}) =>
        type.dataType === first!.type.dataType &&
        type.fractionDigits === first!.type.fractionDigits,
    );
    if (!alike)
      throw notSure(
        'a choice between moments of several types',
        at,
        'MySQL widens some of them',
        'Use CAST(… AS DATETIME(n)) on each.',
      );
    return [first!.type, [...parts]];
  }
  const texts = parts.map(part => (isNull(part) ? part : asText(part)));
  return [{kind: 'text', collation: collationOf(texts)}, texts];
}

/** The collation that several texts have together. */
export function collationOf(parts: readonly Value[]): string | null {
  const found = new Set(
    parts.flatMap(({type}) =>
      type.kind === 'text' && type.collation !== null ? [type.collation] : [],
    ),
  );
  return found.size === 0 ? null : found.size === 1 ? [...found][0]! : 'several';
}

/** A value as text, as MySQL writes it. */
export function asText(value: Value): TextValue {
  if (isText(value)) return value;
  const type = {kind: 'text' as const, collation: null};
  if (isNull(value)) return {type, sql: 'NULL', compile: () => () => null};
  const sql = `CAST(${value.sql} AS CHAR CHARACTER SET utf8mb4)`;
  if (isNumber(value)) {
    const {scale, mixedAt} = value.type;
    if (mixedAt !== undefined)
      throw notSure(
        'the text of a number chosen here',
        mixedAt,
        'its parts have several numbers of digits after the point',
        'Use CAST(… AS DECIMAL(p,s)) on each of them.',
      );
    return {type, sql, compile: c => mapped(value.compile(c), n => numberText(n, scale))};
  }
  if (isMoment(value)) {
    const moment = value.type;
    return {type, sql, compile: c => mapped(value.compile(c), us => momentText(us, moment))};
  }
  throw new RangeError('a value is a number, a text, a moment or NULL');
}

function mapped<A, B>(read: Read<A>, turn: (value: A) => B): Read<B> {
  return row => {
    const found = read(row);
    return found === null ? null : turn(found);
  };
}

/** A number type that holds all of them. */
function widest(types: NumberType[]): NumberType {
  const scale = Math.max(...types.map(type => type.scale));
  const ends = types.map(type => {
    const factor = 10n ** BigInt(scale - type.scale);
    return [type.low * factor, type.high * factor] as const;
  });
  return {
    kind: 'number',
    scale,
    low: ends.reduce((least, [low]) => (low < least ? low : least), ends[0]![0]),
    high: ends.reduce((most, [, high]) => (high > most ? high : most), ends[0]![1]),
    unsigned: types.every(type => type.unsigned),
  };
}

function scaled(value: Value<bigint> & {type: NumberType}, type: NumberType): Value {
  if (value.type.scale === type.scale) return {...value, type};
  const factor = 10n ** BigInt(type.scale - value.type.scale);
  return {type, sql: value.sql, compile: c => mapped(value.compile(c), n => n * factor)};
}
