// A judgement as a function over row images: everything is chosen once, a row only reads the cells it is asked about.
import type {SourceColumn, SourceTable} from '../codec/sourceTable.ts';
import {exactDigitsMax, readBigint, readFineMoment, readMoment, readNumber} from './cellValue.ts';
import type {CompareSign} from './expression.ts';
import {compareFolded, foldOf} from './fold.ts';
import type {ImageRow} from './imageRow.ts';
import type {Amount, Judgement} from './judgement.ts';
import {compareText, likeText} from './textCell.ts';

/** What a condition is for one row. */
export type Truth = 0 | 1 | 2;
export const isFalse = 0;
export const isTrue = 1;
export const isUnknown = 2;

export type Judge = (row: ImageRow) => Truth;

/** Less than zero, zero or more, as the left side is less, equal or more; null when one side is NULL. */
type Order = (row: ImageRow) => number | null;
type Value<T> = (row: ImageRow) => T | null;

export interface CompiledFilter {
  judge: Judge;
  /** Indexes of the columns it reads. */
  named: ReadonlySet<number>;
}

/** Compiles `judgement` for images of `table`. `lengthBytes` are the length prefixes of its columns' cells. */
export function compileFilter(
  judgement: Judgement,
  table: SourceTable,
  lengthBytes: readonly number[],
): CompiledFilter {
  const named = new Set<number>();
  const judge = compile(judgement, {columns: table.columns, lengthBytes, named});
  return {judge, named};
}

interface Context {
  columns: readonly SourceColumn[];
  lengthBytes: readonly number[];
  named: Set<number>;
}

function compile(j: Judgement, c: Context): Judge {
  switch (j.kind) {
    case 'and':
      return and(compile(j.left, c), compile(j.right, c));
    case 'or':
      return any([compile(j.left, c), compile(j.right, c)]);
    case 'any':
      return any(j.parts.map(part => compile(part, c)));
    case 'xor': {
      const [left, right] = [compile(j.left, c), compile(j.right, c)];
      return row => {
        const [l, r] = [left(row), right(row)];
        return l === isUnknown || r === isUnknown ? isUnknown : l === r ? isFalse : isTrue;
      };
    }
    case 'not': {
      const inner = compile(j.operand, c);
      return row => negated[inner(row)]!;
    }
    case 'amounts':
      return bySign(j.sign, amountOrder(j.left, j.right, c), () => [
        amountIsNull(j.left, c),
        amountIsNull(j.right, c),
      ]);
    case 'truth': {
      const order = amountOrder(j.operand, zero, c);
      return bySign('<>', order, never);
    }
    case 'noValue': {
      const column = name(c, j.column);
      return row => (row.places[column]! < 0 ? isTrue : isFalse);
    }
    case 'noAmount': {
      const isNull = amountIsNull(j.operand, c);
      return row => (isNull(row) ? isTrue : isFalse);
    }
    case 'unknown': {
      const inner = compile(j.operand, c);
      return row => (inner(row) === isUnknown ? isTrue : isFalse);
    }
    case 'is': {
      const inner = compile(j.operand, c);
      const wanted = j.what === 'true' ? isTrue : isFalse;
      return row => (inner(row) === wanted ? isTrue : isFalse);
    }
    default:
      return compileCell(j, c);
  }
}

/** What is asked of a single cell. */
function compileCell(
  j: Judgement & {kind: 'moment' | 'moments' | 'text' | 'folded' | 'label' | 'like'},
  c: Context,
): Judge {
  switch (j.kind) {
    case 'moment':
    case 'moments':
      return moments(j, c);
    case 'text': {
      const order = compareText(j.value, j.padded, lengthOf(c, j.column));
      return bySign(j.sign, atPlace(c, j.column, order), never);
    }
    case 'folded': {
      const fold = foldOf(c.columns[j.column]!.collation!);
      const order = compareFolded(j.value, fold, j.padded, lengthOf(c, j.column));
      return bySign(j.sign, atPlace(c, j.column, order), never);
    }
    case 'label': {
      const {label} = j;
      const wide = c.columns[j.column]!.labels.length > 255;
      const order = (input: Buffer, view: DataView, p: number) =>
        (wide ? view.getUint16(p, true) : input[p]!) - label;
      return bySign(j.sign, atPlace(c, j.column, order), never);
    }
    case 'like': {
      const matches = likeText(j.steps, j.multiByte, lengthOf(c, j.column));
      const order = atPlace(c, j.column, (input, view, p) => (matches(input, view, p) ? 0 : 1));
      return bySign('=', order, never);
    }
  }
}

const negated: readonly Truth[] = [isTrue, isFalse, isUnknown];
const zero: Amount = {kind: 'constant', value: 0n, scale: 0, low: 0n, high: 0n, unsigned: false};
const never = () => [];

function and(left: Judge, right: Judge): Judge {
  return row => {
    const l = left(row);
    if (l === isFalse) return isFalse;
    const r = right(row);
    if (r === isFalse) return isFalse;
    return l === isUnknown || r === isUnknown ? isUnknown : isTrue;
  };
}

function any(parts: readonly Judge[]): Judge {
  return row => {
    let found: Truth = isFalse;
    for (let i = 0; i < parts.length; i++) {
      const truth = parts[i]!(row);
      if (truth === isTrue) return isTrue;
      if (truth === isUnknown) found = isUnknown;
    }
    return found;
  };
}

/** `nullsOf` tells which sides are NULL; only `<=>` asks, and only where both sides can be. */
function bySign(
  sign: CompareSign,
  order: Order,
  nullsOf: () => ((row: ImageRow) => boolean)[],
): Judge {
  if (sign === '<=>') {
    const nulls = nullsOf();
    return row => {
      const found = order(row);
      if (found !== null) return found === 0 ? isTrue : isFalse;
      return nulls.length > 0 && nulls.every(isNull => isNull(row)) ? isTrue : isFalse;
    };
  }
  const holds = signs[sign];
  return row => {
    const found = order(row);
    return found === null ? isUnknown : holds(found) ? isTrue : isFalse;
  };
}

const signs: Readonly<Record<Exclude<CompareSign, '<=>'>, (order: number) => boolean>> = {
  '=': order => order === 0,
  '<>': order => order !== 0,
  '<': order => order < 0,
  '<=': order => order <= 0,
  '>': order => order > 0,
  '>=': order => order >= 0,
};

function name(c: Context, column: number): number {
  c.named.add(column);
  return column;
}

function lengthOf(c: Context, column: number): number {
  return c.lengthBytes[column]!;
}

/** `read` at the cell of `column`; null for NULL. */
function atPlace<T>(
  c: Context,
  index: number,
  read: (input: Buffer, view: DataView, p: number) => T,
): Value<T> {
  const column = name(c, index);
  return row => {
    const p = row.places[column]!;
    return p < 0 ? null : read(row.input, row.view, p);
  };
}

function moments(j: Judgement & {kind: 'moment' | 'moments'}, c: Context): Judge {
  const left = j.kind === 'moment' ? j.column : j.left;
  const column = c.columns[left]!;
  const isFine = column.dataType !== 'date' && column.fractionDigits > 0;
  const valueOf = (index: number): Value<number | bigint> =>
    atPlace<number | bigint>(c, index, isFine ? readFineMoment(column) : readMoment(column));
  const value = valueOf(left);
  if (j.kind === 'moments') {
    const other = valueOf(j.right);
    const [l, r] = [name(c, left), name(c, j.right)];
    return bySign(j.sign, order(value, other), () => [
      row => row.places[l]! < 0,
      row => row.places[r]! < 0,
    ]);
  }
  const constant = isFine ? j.value : Number(j.value);
  return bySign(
    j.sign,
    order(value, () => constant),
    never,
  );
}

function order(left: Value<number | bigint>, right: Value<number | bigint>): Order {
  return row => {
    const l = left(row);
    if (l === null) return null;
    const r = right(row);
    if (r === null) return null;
    return l < r ? -1 : l > r ? 1 : 0;
  };
}

function amountOrder(left: Amount, right: Amount, c: Context): Order {
  const scale = Math.max(left.scale, right.scale);
  const isSmall = fits(left, scale) && fits(right, scale);
  return isSmall
    ? order(smallAmount(left, scale, c), smallAmount(right, scale, c))
    : order(bigAmount(left, scale, c), bigAmount(right, scale, c));
}

/** Whether every intermediate value, raised to `scale`, is a whole number that a double holds exactly. */
function fits(amount: Amount, scale: number): boolean {
  const factor = 10n ** BigInt(scale - amount.scale);
  const limit = 10n ** BigInt(exactDigitsMax);
  if (amount.low * factor < -limit || amount.high * factor > limit) return false;
  if (amount.kind === 'negate') return fits(amount.operand, amount.scale);
  if (amount.kind !== 'arithmetic') return true;
  const {left, right, sign} = amount;
  const inner = sign === '*' ? null : amount.scale;
  return fits(left, inner ?? left.scale) && fits(right, inner ?? right.scale);
}

function smallAmount(amount: Amount, scale: number, c: Context): Value<number> {
  const factor = 10 ** (scale - amount.scale);
  const value = plainSmall(amount, c);
  if (factor === 1) return value;
  return row => {
    const found = value(row);
    return found === null ? null : found * factor;
  };
}

function plainSmall(amount: Amount, c: Context): Value<number> {
  switch (amount.kind) {
    case 'constant': {
      const value = Number(amount.value);
      return () => value;
    }
    case 'column':
      return atPlace(c, amount.column, readNumber(c.columns[amount.column]!));
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

function bigAmount(amount: Amount, scale: number, c: Context): Value<bigint> {
  const factor = 10n ** BigInt(scale - amount.scale);
  const value = plainBig(amount, c);
  if (factor === 1n) return value;
  return row => {
    const found = value(row);
    return found === null ? null : found * factor;
  };
}

function plainBig(amount: Amount, c: Context): Value<bigint> {
  switch (amount.kind) {
    case 'constant': {
      const {value} = amount;
      return () => value;
    }
    case 'column':
      return atPlace(c, amount.column, readBigint(c.columns[amount.column]!));
    case 'negate':
      return both(
        plainBig(amount.operand, c),
        () => 0n,
        value => -value,
      );
    case 'arithmetic': {
      const {sign, left, right, scale} = amount;
      const l = sign === '*' ? plainBig(left, c) : bigAmount(left, scale, c);
      const r = sign === '*' ? plainBig(right, c) : bigAmount(right, scale, c);
      if (sign === '%') return both(l, r, (x, y) => (y === 0n ? null : x % y));
      if (sign === '*') return both(l, r, (x, y) => x * y);
      return sign === '+' ? both(l, r, (x, y) => x + y) : both(l, r, (x, y) => x - y);
    }
  }
}

function both<T>(left: Value<T>, right: Value<T>, combine: (l: T, r: T) => T | null): Value<T> {
  return row => {
    const l = left(row);
    if (l === null) return null;
    const r = right(row);
    return r === null ? null : combine(l, r);
  };
}

function amountIsNull(amount: Amount, c: Context): (row: ImageRow) => boolean {
  const value = plainBig(amount, c);
  return row => value(row) === null;
}
