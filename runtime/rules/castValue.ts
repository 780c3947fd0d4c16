// CAST: text to numbers as MySQL reads their beginnings, numbers to fewer digits, moments to others, everything to text.
import {notSure} from '../spec/expressionTokens.ts';
import {dividedRound} from './compileAmount.ts';
import {applied} from './textFunctions.ts';
import {asText} from './unify.ts';
import {isMoment, isNull, isNumber, isText, type NumberType, type Value} from './value.ts';

/** `value` as `target`, one of the types that the parser lets through. Raises SYNC1103. */
export function castValue(value: Value, target: string, at: number): Value {
  if (isNull(value)) return value;
  const [, name, first, second] = /^(\w+?)(?:\((\d+)(?:,(\d+))?\))?$/.exec(target)!;
  const refuse = (reason: string, instead: string) =>
    notSure(`CAST to ${target}`, at, reason, instead);
  if (isText(value) && value.type.isLabel === true && name !== 'CHAR')
    throw refuse('MySQL takes the number of the label', 'Use CAST(CAST(… AS CHAR) AS …).');
  switch (name) {
    case 'CHAR':
      return toText(value, first === undefined ? null : Number(first));
    case 'SIGNED':
      return toWhole(value, refuse);
    case 'DECIMAL': {
      const [precision, scale] = [Number(first), Number(second ?? 0)];
      if (precision < 1 || precision > 38 || scale > 18 || scale > precision)
        throw refuse('MaxCompute has no such number', 'Use DECIMAL up to (38,18).');
      return toDecimal(value, precision, scale, refuse);
    }
    default:
      return toMoment(value, name as 'DATE' | 'DATETIME', Number(first ?? 0), refuse);
  }
}

type Refuse = (reason: string, instead: string) => Error;

function toText(value: Value, charactersMax: number | null): Value {
  const text = asText(value);
  const {collation} = text.type;
  if (charactersMax === null) return {...text, type: {kind: 'text', collation}};
  const sql = `LEFT(${text.sql}, ${charactersMax})`;
  return applied({kind: 'text', collation}, sql, [text], (found: string) =>
    found.length <= charactersMax ? found : Array.from(found).slice(0, charactersMax).join(''),
  );
}

const int64Low = -(2n ** 63n);
const int64High = 2n ** 63n - 1n;
const whole: NumberType = {
  kind: 'number',
  scale: 0,
  low: int64Low,
  high: int64High,
  unsigned: false,
};

function toWhole(value: Value, refuse: Refuse): Value {
  const sql = `CAST(${value.sql} AS SIGNED)`;
  if (isNumber(value)) {
    const by = 10n ** BigInt(value.type.scale);
    const [low, high] = [dividedRound(value.type.low, by), dividedRound(value.type.high, by)];
    if (low < int64Low || high > int64High)
      throw refuse('the number can leave 64 bits, where MySQL wraps it', 'Use CAST to DECIMAL.');
    const type = {...whole, low, high};
    return applied(type, sql, [value], (n: bigint) => dividedRound(n, by));
  }
  if (isText(value)) return applied(whole, sql, [value], wholeOfText);
  throw refuse('a moment becomes a number of digits', 'Use UNIX_TIMESTAMP.');
}

/** Leading blanks, a sign, digits; MySQL wraps what is above 63 bits and keeps the lowest number below. */
function wholeOfText(text: string): bigint {
  const [, sign, digits] = /^[ \t-\r]*([+-]?)(\d+)/.exec(text) ?? [];
  if (digits === undefined) return 0n;
  const value = BigInt(digits);
  if (sign === '-') return -value < int64Low ? int64Low : -value;
  return BigInt.asIntN(64, value > 2n ** 64n - 1n ? 2n ** 64n - 1n : value);
}

function toDecimal(value: Value, precision: number, scale: number, refuse: Refuse): Value {
  const most = 10n ** BigInt(precision) - 1n;
  const clamp = (n: bigint) => (n > most ? most : n < -most ? -most : n);
  const sql = `CAST(${value.sql} AS DECIMAL(${precision},${scale}))`;
  const type: NumberType = {kind: 'number', scale, low: -most, high: most, unsigned: false};
  if (isNumber(value)) {
    const from = value.type;
    const turn =
      scale >= from.scale
        ? (n: bigint) => clamp(n * 10n ** BigInt(scale - from.scale))
        : (n: bigint) => clamp(dividedRound(n, 10n ** BigInt(from.scale - scale)));
    return applied({...type, low: turn(from.low), high: turn(from.high)}, sql, [value], turn);
  }
  if (isText(value)) return applied(type, sql, [value], text => clamp(decimalOfText(text, scale)));
  throw refuse('a moment becomes a number of digits', 'Use UNIX_TIMESTAMP.');
}

/** Leading blanks, a sign, digits, a point, digits, an exponent; 0 where there is no digit. */
function decimalOfText(text: string, scale: number): bigint {
  const found = /^[ \t-\r]*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?/.exec(text)!;
  const [, sign, before = '', after = '', exponent = '0'] = found;
  if (before === '' && after === '') return 0n;
  const digits = BigInt(before + after);
  // Exponents beyond any number that fits: the result is zero or the greatest number either way.
  const power = Math.max(-200, Math.min(200, Number(exponent))) + scale - after.length;
  const value =
    power >= 0 ? digits * 10n ** BigInt(power) : dividedRound(digits, 10n ** BigInt(-power));
  return sign === '-' ? -value : value;
}

const dayUs = 86_400_000_000n;

function toMoment(
  value: Value,
  name: 'DATE' | 'DATETIME',
  fractionDigits: number,
  refuse: Refuse,
): Value {
  if (!isMoment(value))
    throw refuse(
      'text and numbers are read as dates in many ways',
      'Use a generated column in the source that holds the date.',
    );
  if (name === 'DATE')
    return applied(
      {kind: 'moment', dataType: 'date', fractionDigits: 0},
      `CAST(${value.sql} AS DATE)`,
      [value],
      (us: bigint) => us - (((us % dayUs) + dayUs) % dayUs),
    );
  if (fractionDigits < value.type.fractionDigits)
    throw refuse('MySQL rounds the fraction', 'Give as many digits as the value has.');
  const sql = `CAST(${value.sql} AS DATETIME(${fractionDigits}))`;
  return {...value, type: {kind: 'moment', dataType: 'datetime', fractionDigits}, sql};
}
