// Exact numbers in filters: whole numbers up to 64 bits and decimals. Every part has a range known from its types, and
// what could leave the range that MySQL computes in is refused, since MySQL ends with an error on such rows only.
import type {SourceColumn} from '../codec/sourceTable.ts';
import type {Expression} from '../spec/expression.ts';
import type {Amount} from './judgement.ts';
import {findColumn} from './findColumn.ts';
import {isNumber, type Scope} from './value.ts';
import {notSure} from '../spec/expressionTokens.ts';

/** Limits of DECIMAL arithmetic in MySQL are 65 digits and 30 decimals; intermediate results stay well inside. */
const digitsMax = 60;
const scaleMax = 30;
/** Digits that a quotient has more than what is divided: div_precision_increment, which the connection sets. */
const divisionDigits = 4;

/** The exact number that `e` is. Raises SYNC1102 or SYNC1103. */
export function typeAmount(e: Expression, scope: Scope): Amount {
  switch (e.kind) {
    case 'number':
      return constant(e.text, e.at);
    case 'truth':
      return constant(e.value ? '1' : '0', e.at);
    case 'column': {
      const column = findColumn(e.name, e.at, scope);
      return columnAmount(scope.table.columns[column]!, column, e.at);
    }
    case 'negate': {
      const operand = typeAmount(e.operand, scope);
      const {scale, low, high} = operand;
      if (operand.kind === 'constant')
        return {...operand, value: -operand.value, low: -high, high: -low};
      const mixed = operand.mixedAt === undefined ? {} : {mixedAt: operand.mixedAt};
      return checked(
        {kind: 'negate', operand, scale, low: -high, high: -low, unsigned: false, ...mixed},
        e.at,
      );
    }
    case 'arithmetic':
      return arithmetic(e, typeAmount(e.left, scope), typeAmount(e.right, scope));
    case 'string':
      throw notSure(
        'a text beside a number',
        e.at,
        'MySQL turns text into an inexact number',
        'Write the number without quotes.',
      );
    case 'call': {
      const value = scope.value(e);
      if (isNumber(value)) {
        const {kind: _, ...range} = value.type;
        return {kind: 'value', value, ...range};
      }
      throw notSure(
        `${e.name} beside a number`,
        e.at,
        'MySQL turns what it gives into an inexact number',
        'Compare it with a value of its own type, or use CAST.',
      );
    }
    case 'null':
      throw notNull(e.at);
    default:
      throw notSure(
        'a condition as a value',
        e.at,
        'MySQL counts it as 0 or 1',
        'Join conditions with AND, OR and NOT.',
      );
  }
}

/** The refusal of NULL where it says nothing. */
export function notNull(at: number) {
  return notSure(
    'NULL as a value',
    at,
    'a comparison with it is never true',
    'Write IS NULL or IS NOT NULL.',
  );
}

function constant(text: string, at: number): Amount {
  const [whole = '', fraction = ''] = text.split('.');
  if (whole.length + fraction.length > digitsMax || fraction.length > scaleMax)
    throw notSure('a number of so many digits', at, 'MySQL rounds it', 'Write fewer digits.');
  const value = BigInt(`${whole}${fraction}` || '0');
  return {
    kind: 'constant',
    value,
    scale: fraction.length,
    low: value,
    high: value,
    unsigned: false,
  };
}

const bits: Readonly<Record<string, bigint>> = {
  tinyint: 8n,
  smallint: 16n,
  mediumint: 24n,
  int: 32n,
  bigint: 64n,
};

/** A number column. Raises SYNC1103 for other types. */
export function columnAmount(source: SourceColumn, column: number, at: number): Amount {
  const {dataType, unsigned} = source;
  const width = bits[dataType];
  if (width !== undefined) {
    const half = 2n ** (width - 1n);
    const [low, high] = unsigned ? [0n, 2n * half - 1n] : [-half, half - 1n];
    return {kind: 'column', column, scale: 0, low, high, unsigned};
  }
  if (dataType === 'decimal') {
    const most = 10n ** BigInt(source.precision!) - 1n;
    return {
      kind: 'column',
      column,
      scale: source.scale!,
      low: unsigned ? 0n : -most,
      high: most,
      unsigned,
    };
  }
  throw notSure(
    `${source.name} (${source.columnType}) in a comparison`,
    at,
    insteadReason(dataType),
    'Filter by another column; IS NULL works with every type.',
  );
}

function insteadReason(dataType: string): string {
  if (/float|double/.test(dataType))
    return 'its values are inexact, so that 0.1 does not equal 0.1';
  if (dataType === 'year') return 'MySQL reads 24 as 2024 in some places only';
  if (/char|text|enum|set/.test(dataType)) return 'MySQL turns its text into an inexact number';
  return 'its comparison has rules that are not proved equal to those of MySQL';
}

function arithmetic(e: Expression & {kind: 'arithmetic'}, left: Amount, right: Amount): Amount {
  const mixedAt = left.mixedAt ?? right.mixedAt;
  const found = plainArithmetic(e, left, right);
  return mixedAt === undefined ? found : {...found, mixedAt};
}

function plainArithmetic(
  e: Expression & {kind: 'arithmetic'},
  left: Amount,
  right: Amount,
): Amount {
  const {sign, at} = e;
  const unsigned = left.unsigned || right.unsigned;
  if (sign === '%') {
    if (left.scale > 0 || right.scale > 0)
      throw notSure('a modulo of decimals', at, 'its scale is not proved', 'Use whole numbers.');
    const most = smaller(reach(left), reach(right) - 1n);
    const low = left.low < 0n ? -most : 0n;
    return checked(
      {kind: 'arithmetic', sign, left, right, scale: 0, low, high: most, unsigned: left.unsigned},
      at,
    );
  }
  if (sign === '/') {
    const scale = left.scale + divisionDigits;
    const most = reach(left) * 10n ** BigInt(divisionDigits + right.scale);
    const low = unsigned && left.low >= 0n && right.low >= 0n ? 0n : -most;
    return checked({kind: 'arithmetic', sign, left, right, scale, low, high: most, unsigned}, at);
  }
  if (sign === '*') {
    const ends = [left.low, left.high].flatMap(l => [right.low, right.high].map(r => l * r));
    return checked(
      {
        kind: 'arithmetic',
        sign,
        left,
        right,
        ...span(ends),
        scale: left.scale + right.scale,
        unsigned,
      },
      at,
    );
  }
  const scale = Math.max(left.scale, right.scale);
  const [l, r] = [raised(left, scale), raised(right, scale)];
  const ends = sign === '+' ? [l.low + r.low, l.high + r.high] : [l.low - r.high, l.high - r.low];
  return checked({kind: 'arithmetic', sign, left, right, ...span(ends), scale, unsigned}, at);
}

/** The greatest absolute value; at least 1. */
function reach({low, high}: Amount): bigint {
  return [1n, high, -low].reduce((a, b) => (a > b ? a : b));
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function span(ends: bigint[]): {low: bigint; high: bigint} {
  return {
    low: ends.reduce((a, b) => (a < b ? a : b)),
    high: ends.reduce((a, b) => (a > b ? a : b)),
  };
}

function raised({scale, low, high}: Amount, to: number): {low: bigint; high: bigint} {
  const factor = 10n ** BigInt(to - scale);
  return {low: low * factor, high: high * factor};
}

/** Refuses a function's number that could leave the range that MySQL computes in. */
export function checkedRange<T extends Pick<Amount, 'scale' | 'low' | 'high' | 'unsigned'>>(
  range: T,
  at: number,
): T {
  checked({kind: 'constant', value: 0n, ...range}, at);
  return range;
}

/** Whole numbers stay in 64 bits, signed or not as MySQL computes them; decimals in its digits. */
function checked(amount: Amount, at: number): Amount {
  const {scale, low, high, unsigned} = amount;
  const limit = scale > 0 ? 10n ** BigInt(digitsMax) : unsigned ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  const least = unsigned ? 0n : -limit;
  if (low < least || high > limit || scale > scaleMax)
    throw notSure(
      'an arithmetic result',
      at,
      `it can leave the range of ${unsigned ? 'unsigned numbers' : 'numbers'}, where MySQL stops with an error on some rows`,
      'Move a term to the other side, or compare the column itself.',
    );
  return amount;
}
