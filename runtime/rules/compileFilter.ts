// A judgement as a function over row images: everything is chosen once, a row only reads the cells it is asked about.
import type {SourceTable} from '../codec/sourceTable.ts';
import {readFineMoment, readMoment} from './cellValue.ts';
import {
  amountIsNull,
  amountOrder,
  atPlace,
  lengthOf,
  name,
  order,
  type Order,
} from './compileAmount.ts';
import type {CompareSign} from '../spec/expression.ts';
import {compareFolded, foldOf} from './fold.ts';
import type {ImageRow} from './imageRow.ts';
import type {Amount, Judgement} from './judgement.ts';
import {compareText, likeText} from './textCell.ts';
import type {Context, Read} from './value.ts';

/** What a condition is for one row. */
export type Truth = 0 | 1 | 2;
export const isFalse = 0;
export const isTrue = 1;
export const isUnknown = 2;

export type Judge = (row: ImageRow) => Truth;

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

/** The same for a part of an expression, whose columns join those of `c`. */
export function compile(j: Judgement, c: Context): Judge {
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
    case 'value':
      return j.compile(c);
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

/** A comparison as a judge. `nullsOf` tells which sides are NULL; only `<=>` asks, and only where both sides can be. */
export function bySign(
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

function moments(j: Judgement & {kind: 'moment' | 'moments'}, c: Context): Judge {
  const left = j.kind === 'moment' ? j.column : j.left;
  const column = c.columns[left]!;
  const isFine = column.dataType !== 'date' && column.fractionDigits > 0;
  const valueOf = (index: number): Read<number | bigint> =>
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
