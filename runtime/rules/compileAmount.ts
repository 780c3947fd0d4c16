// Exact numbers of a judgement as functions over row images: doubles where they hold every value, whole numbers of any
// length elsewhere.
import {exactDigitsMax, readBigint, readNumber} from './cellValue.ts';
import type {ImageRow} from './imageRow.ts';
import type {Amount} from './judgement.ts';
import type {Context, Read} from './value.ts';

/** Less than zero, zero or more, as the left side is less, equal or more; null when one side is NULL. */
export type Order = (row: ImageRow) => number | null;

/** Notes that `column` is read. */
export function name(c: Context, column: number): number {
  c.named.add(column);
  return column;
}

/** Bytes of its length prefix. */
export function lengthOf(c: Context, column: number): number {
  return c.lengthBytes[column]!;
}

/** `read` at the cell of `column`; null for NULL. */
export function atPlace<T>(
  c: Context,
  index: number,
  read: (input: Buffer, view: DataView, p: number) => T,
): Read<T> {
  const column = name(c, index);
  return row => {
    const p = row.places[column]!;
    return p < 0 ? null : read(row.input, row.view, p);
  };
}

/** The order of two values. */
export function order(left: Read<number | bigint>, right: Read<number | bigint>): Order {
  return row => {
    const l = left(row);
    if (l === null) return null;
    const r = right(row);
    if (r === null) return null;
    return l < r ? -1 : l > r ? 1 : 0;
  };
}

/** The order of two exact numbers. */
export function amountOrder(left: Amount, right: Amount, c: Context): Order {
  const scale = Math.max(left.scale, right.scale);
  const isSmall = fits(left, scale) && fits(right, scale);
  return isSmall
    ? order(smallAmount(left, scale, c), smallAmount(right, scale, c))
    : order(bigAmount(left, scale, c), bigAmount(right, scale, c));
}

/** Whether every intermediate value, raised to `scale`, is a whole number that a double holds exactly. */
function fits(amount: Amount, scale: number): boolean {
  if (amount.kind === 'value') return false;
  const factor = 10n ** BigInt(scale - amount.scale);
  const limit = 10n ** BigInt(exactDigitsMax);
  if (amount.low * factor < -limit || amount.high * factor > limit) return false;
  if (amount.kind === 'negate') return fits(amount.operand, amount.scale);
  if (amount.kind !== 'arithmetic') return true;
  const {left, right, sign} = amount;
  if (sign === '/') return false;
  const inner = sign === '*' ? null : amount.scale;
  return fits(left, inner ?? left.scale) && fits(right, inner ?? right.scale);
}

function smallAmount(amount: Amount, scale: number, c: Context): Read<number> {
  const factor = 10 ** (scale - amount.scale);
  const value = plainSmall(amount, c);
  if (factor === 1) return value;
  return row => {
    const found = value(row);
    return found === null ? null : found * factor;
  };
}

function plainSmall(amount: Amount, c: Context): Read<number> {
  switch (amount.kind) {
    case 'constant': {
      const value = Number(amount.value);
      return () => value;
    }
    case 'column':
      return atPlace(c, amount.column, readNumber(c.columns[amount.column]!));
    case 'value':
      throw new RangeError('a function is no small number');
    case 'negate': {
      const operand = plainSmall(amount.operand, c);
      return both(
        operand,
        () => 0,
        value => -value,
      );
    }
    case 'arithmetic': {
      const {sign, left, right, scale} = amount;
      const l = sign === '*' ? plainSmall(left, c) : smallAmount(left, scale, c);
      const r = sign === '*' ? plainSmall(right, c) : smallAmount(right, scale, c);
      if (sign === '%') return both(l, r, (x, y) => (y === 0 ? null : x % y));
      if (sign === '*') return both(l, r, (x, y) => x * y);
      return sign === '+' ? both(l, r, (x, y) => x + y) : both(l, r, (x, y) => x - y);
    }
  }
}

function bigAmount(amount: Amount, scale: number, c: Context): Read<bigint> {
  const factor = 10n ** BigInt(scale - amount.scale);
  const value = plainBig(amount, c);
  if (factor === 1n) return value;
  return row => {
    const found = value(row);
    return found === null ? null : found * factor;
  };
}

/** An exact number × 10^scale. */
export function plainBig(amount: Amount, c: Context): Read<bigint> {
  switch (amount.kind) {
    case 'constant': {
      const {value} = amount;
      return () => value;
    }
    case 'column':
      return atPlace(c, amount.column, readBigint(c.columns[amount.column]!));
    case 'value':
      return amount.value.compile(c);
    case 'negate':
      return both(
        plainBig(amount.operand, c),
        () => 0n,
        value => -value,
      );
    case 'arithmetic': {
      const {sign, left, right, scale} = amount;
      if (sign === '/') return quotient(amount, c);
      const l = sign === '*' ? plainBig(left, c) : bigAmount(left, scale, c);
      const r = sign === '*' ? plainBig(right, c) : bigAmount(right, scale, c);
      if (sign === '%') return both(l, r, (x, y) => (y === 0n ? null : x % y));
      if (sign === '*') return both(l, r, (x, y) => x * y);
      return sign === '+' ? both(l, r, (x, y) => x + y) : both(l, r, (x, y) => x - y);
    }
  }
}

/** The quotient, rounded half away from zero; NULL beside a zero. */
function quotient({left, right, scale}: Amount & {kind: 'arithmetic'}, c: Context): Read<bigint> {
  const factor = 10n ** BigInt(scale - left.scale + right.scale);
  return both(plainBig(left, c), plainBig(right, c), (l, r) =>
    r === 0n ? null : dividedRound(l * factor, r),
  );
}

/** `value` / `by`, rounded half away from zero. */
export function dividedRound(value: bigint, by: bigint): bigint {
  const negative = value < 0n !== by < 0n;
  const [top, bottom] = [value < 0n ? -value : value, by < 0n ? -by : by];
  const rounded = (2n * top + bottom) / (2n * bottom);
  return negative ? -rounded : rounded;
}

function both<T>(left: Read<T>, right: Read<T>, combine: (l: T, r: T) => T | null): Read<T> {
  return row => {
    const l = left(row);
    if (l === null) return null;
    const r = right(row);
    return r === null ? null : combine(l, r);
  };
}

/** Whether an exact number is NULL. */
export function amountIsNull(amount: Amount, c: Context): (row: ImageRow) => boolean {
  const value = plainBig(amount, c);
  return row => value(row) === null;
}
