// Comparisons of what functions give: by the collation of the column that a text comes from, by time, or refused.
import type {CompareSign, Expression} from '../spec/expression.ts';
import {notSure} from '../spec/expressionTokens.ts';
import {notNull} from './amount.ts';
import {bySign} from './compileFilter.ts';
import {compareFolded, foldAscii, foldOf, isAscii} from './fold.ts';
import type {Judgement} from './judgement.ts';
import {momentConstant} from './momentConstant.ts';
import {textCollation} from './text.ts';
import {compareText} from './textCell.ts';
import {
  isMoment,
  isNull,
  isNumber,
  isText,
  type Scope,
  type TextValue,
  type Value,
} from './value.ts';

/** The judgement where a side is a function; null where both are numbers, which amounts compare. */
export function compareValues(
  left: Expression,
  sign: CompareSign,
  right: Expression,
  scope: Scope,
): Judgement | null {
  const [l, r] = [scope.value(left), scope.value(right)];
  if (isNull(l) || isNull(r)) throw notNull(left.at);
  if (isNumber(l) && isNumber(r)) return null;
  if (isText(l) && isText(r)) return texts(l, sign, r, right);
  if (isMoment(l)) {
    if (right.kind === 'string') {
      const constant = momentConstant(l.type, right.text, right.at);
      return ordered(l, sign, {...l, compile: () => () => constant});
    }
    if (isMoment(r) && r.type.dataType === l.type.dataType) return ordered(l, sign, r);
  }
  throw notSure(
    'a comparison of two types',
    left.at,
    'MySQL converts one of them',
    'Use CAST, or compare with a constant of the same type.',
  );
}

/** A value as one side of a comparison: text gets the collation of its column back. */
export function comparedSql(value: Value): string {
  if (!isText(value) || value.type.collation === null) return value.sql;
  const rule = textCollation(value.type.collation);
  if (rule === null) return value.sql;
  const name = rule.folded
    ? value.type.collation
    : rule.padded
      ? 'utf8mb4_bin'
      : 'utf8mb4_0900_bin';
  return `(${value.sql} COLLATE ${name})`;
}

/** Whether a function gives NULL. */
export function valueIsNull(value: Value): Judgement {
  return {
    kind: 'value',
    compile: c => {
      const read = value.compile(c);
      return row => (read(row) === null ? 1 : 0);
    },
  };
}

function ordered(left: Value, sign: CompareSign, right: Value): Judgement {
  return {
    kind: 'value',
    compile: c => {
      const [l, r] = [left.compile(c), right.compile(c)];
      const order = (row: Parameters<typeof l>[0]) => {
        const [x, y] = [l(row), r(row)];
        return x === null || y === null ? null : x < y ? -1 : x > y ? 1 : 0;
      };
      return bySign(sign, order, () => [row => l(row) === null, row => r(row) === null]);
    },
  };
}

function texts(left: TextValue, sign: CompareSign, right: TextValue, e: Expression): Judgement {
  const {collation} = left.type;
  const rule = collation === null ? null : textCollation(collation);
  if (rule === null)
    throw notSure(
      'a comparison of this text',
      e.at,
      collation === null || collation === 'several'
        ? 'it has no collation of its own'
        : `which texts are equal in ${collation} is decided by tables of the server`,
      'Compare the column itself, or give it a collation such as utf8mb4_bin.',
    );
  if (e.kind !== 'string')
    throw notSure(
      'a text that is no constant',
      e.at,
      'two collations may meet',
      'Compare with a constant.',
    );
  const isEquality = sign === '=' || sign === '<>' || sign === '<=>';
  if (rule.folded && !(isEquality && isAscii(e.text)))
    throw notSure(
      `this comparison in ${collation}`,
      e.at,
      'it is decided by tables of the server',
      'Use =, <> or IN with ASCII text, or give the column a collation such as utf8mb4_bin.',
    );
  return {
    kind: 'value',
    compile: c => {
      const read = left.compile(c);
      const fold = rule.folded ? foldOf(collation!) : null;
      const order =
        fold === null
          ? compareText(Buffer.from(e.text), rule.padded, 4)
          : compareFolded(foldAscii(e.text, fold, rule.padded), fold, rule.padded, 4);
      return bySign(
        sign,
        row => {
          const text = read(row);
          if (text === null) return null;
          stage(text);
          return order(staged.bytes, staged.view, 0);
        },
        () => [],
      );
    },
  };
}

/** A text as a cell with four length bytes, the form that comparisons read. */
const staged = {bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0))};

function stage(text: string): void {
  const most = 4 + 3 * text.length;
  if (staged.bytes.length < most) {
    staged.bytes = Buffer.alloc(2 * most);
    const {buffer, byteOffset, byteLength} = staged.bytes;
    staged.view = new DataView(buffer, byteOffset, byteLength);
  }
  staged.view.setUint32(0, staged.bytes.write(text, 4), true);
}
