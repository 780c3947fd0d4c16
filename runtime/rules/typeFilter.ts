// A filter's tree against the table's columns: names are resolved, each comparison gets its rule, and everything whose
// answer might differ from MySQL's is refused with its place and a way out (rules C11, C18).
import type {SourceColumn} from '../codec/sourceTable.ts';
import {notNull, typeAmount} from './amount.ts';
import type {CompareSign, Expression} from '../spec/expression.ts';
import {compareValues, valueIsNull} from './compareValues.ts';
import type {Amount, Judgement} from './judgement.ts';
import {momentValue} from './moment.ts';
import {findColumn} from './findColumn.ts';
import {foldAscii, foldOf, isAscii} from './fold.ts';
import {patternSteps, textRule, textValue} from './text.ts';
import {notSure} from '../spec/expressionTokens.ts';
import type {Scope} from './value.ts';

/** The judgement that `e` is for rows of the scope's table. Raises SYNC1102 or SYNC1103. */
export function typeFilter(e: Expression, scope: Scope): Judgement {
  switch (e.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return {kind: e.kind, left: typeFilter(e.left, scope), right: typeFilter(e.right, scope)};
    case 'not':
      return {kind: 'not', operand: typeFilter(e.operand, scope)};
    case 'compare':
      return compare(e.left, e.sign, e.right, scope);
    case 'in': {
      for (const item of e.list) checkBeside(e.operand, item, scope);
      const parts = e.list.map(item => compare(e.operand, '=', item, scope));
      return negate({kind: 'any', parts}, e.negated);
    }
    case 'between':
      for (const item of [e.low, e.high]) checkBeside(e.operand, item, scope);
      return negate(
        {
          kind: 'and',
          left: compare(e.operand, '>=', e.low, scope),
          right: compare(e.operand, '<=', e.high, scope),
        },
        e.negated,
      );
    case 'like':
      return negate(like(e, scope), e.negated);
    case 'is':
      return negate(is(e, scope), e.negated);
    case 'string':
      throw notSure('a text as a condition', e.at, 'MySQL turns it into a number', 'Compare it.');
    default:
      return {kind: 'truth', operand: typeAmount(e, scope)};
  }
}

function negate(judgement: Judgement, negated: boolean): Judgement {
  return negated ? {kind: 'not', operand: judgement} : judgement;
}

/**
 * IN and BETWEEN convert all values to one type, which rounds some numbers: theirs must be constants that the operand
 * could be. Refuses others.
 */
function checkBeside(operand: Expression, item: Expression, scope: Scope): void {
  if (!isConstant(item))
    throw notSure(
      'a value in IN or BETWEEN that is no constant',
      item.at,
      'MySQL converts all values to one type',
      'Write comparisons joined with AND or OR.',
    );
  if (item.kind === 'string' || item.kind === 'null') return;
  const [left, right] = [operand, item].map(e => typeAmount(e, scope)) as [Amount, Amount];
  const factor = 10n ** BigInt(Math.max(0, left.scale - right.scale));
  const value = right.low * factor;
  if (right.scale > left.scale || value < left.low || value > left.high)
    throw notSure(
      'a number in IN or BETWEEN that the other side can never be',
      item.at,
      'MySQL rounds it to a type that holds all of them',
      'Leave it out, or write comparisons joined with AND or OR.',
    );
}

function compare(left: Expression, sign: CompareSign, right: Expression, scope: Scope): Judgement {
  if (isConstant(left) && !isConstant(right)) return compare(right, turned[sign], left, scope);
  for (const side of [left, right])
    if (isCondition(side))
      throw notSure(
        'a condition as a value',
        side.at,
        'MySQL counts it as 0 or 1',
        'Join conditions with AND, OR and NOT.',
      );
  for (const side of [left, right]) if (side.kind === 'null') throw notNull(side.at);
  if (left.kind === 'call' || right.kind === 'call') {
    const found = compareValues(left, sign, right, scope);
    if (found !== null) return found;
  }
  if (left.kind !== 'column')
    return {
      kind: 'amounts',
      sign,
      left: typeAmount(left, scope),
      right: typeAmount(right, scope),
    };
  const at = findColumn(left.name, left.at, scope);
  const column = scope.table.columns[at]!;
  switch (familyOf(column)) {
    case 'moment':
      return compareMoments(left.at, column, at, sign, right, scope);
    case 'enum':
      return compareLabel(left.at, column, at, sign, right);
    case 'text': {
      const rule = textRule(column, left.at);
      if (right.kind !== 'string')
        throw notSure(
          `comparing ${column.name} with no text`,
          right.at,
          'MySQL turns text into numbers or mixes collations',
          'Compare it with a constant between quotes.',
        );
      const value = textValue(column, right.text, right.at);
      if (rule.folded) return compareFolded(column, at, sign, right, rule.padded);
      return {kind: 'text', sign, column: at, value, padded: rule.padded};
    }
    default:
      return {
        kind: 'amounts',
        sign,
        left: typeAmount(left, scope),
        right: typeAmount(right, scope),
      };
  }
}

const turned: Readonly<Record<CompareSign, CompareSign>> = {
  '=': '=',
  '<>': '<>',
  '<=>': '<=>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function isConstant(e: Expression): boolean {
  if (e.kind === 'negate') return isConstant(e.operand);
  return e.kind === 'number' || e.kind === 'string' || e.kind === 'truth';
}

/** Whether it is true, false or unknown, and no value. */
export function isCondition({kind}: Expression): boolean {
  return ['and', 'or', 'xor', 'not', 'compare', 'in', 'between', 'like', 'is'].includes(kind);
}

type Family = 'number' | 'moment' | 'enum' | 'text' | 'other';

function familyOf({dataType}: SourceColumn): Family {
  if (/^(tinyint|smallint|mediumint|int|bigint|decimal)$/.test(dataType)) return 'number';
  if (/^(date|datetime|timestamp)$/.test(dataType)) return 'moment';
  if (dataType === 'enum') return 'enum';
  return /char|text|binary|blob/.test(dataType) ? 'text' : 'other';
}

/** Equality with ASCII text, in a collation whose table says what else weighs like it. */
function compareFolded(
  column: SourceColumn,
  index: number,
  sign: CompareSign,
  right: Expression & {kind: 'string'},
  padded: boolean,
): Judgement {
  const instead =
    'Use =, <>, IN or NOT IN with ASCII text, or give the column a collation such as utf8mb4_bin.';
  if (sign !== '=' && sign !== '<>' && sign !== '<=>')
    throw notSure(
      `the order of ${column.name} (${column.collation})`,
      right.at,
      'it is decided by tables of the server',
      instead,
    );
  if (!isAscii(right.text))
    throw notSure(
      `this text beside ${column.name} (${column.collation})`,
      right.at,
      'what equals it is decided by tables of the server',
      instead,
    );
  const value = foldAscii(right.text, foldOf(column.collation!), padded);
  return {kind: 'folded', sign, column: index, value, padded};
}

function compareMoments(
  at: number,
  column: SourceColumn,
  index: number,
  sign: CompareSign,
  right: Expression,
  scope: Scope,
): Judgement {
  if (right.kind === 'string')
    return {kind: 'moment', sign, column: index, value: momentValue(column, right.text, right.at)};
  if (right.kind === 'column') {
    const other = findColumn(right.name, right.at, scope);
    const {dataType, fractionDigits} = scope.table.columns[other]!;
    if (dataType === column.dataType && fractionDigits === column.fractionDigits)
      return {kind: 'moments', sign, left: index, right: other};
  }
  throw notSure(
    `comparing ${column.name} (${column.columnType}) with another type`,
    at,
    'MySQL converts one of them',
    'Compare it with a constant, or with a column of exactly its type.',
  );
}

function compareLabel(
  at: number,
  column: SourceColumn,
  index: number,
  sign: CompareSign,
  right: Expression,
): Judgement {
  if (sign !== '=' && sign !== '<>' && sign !== '<=>')
    throw notSure(
      `the order of ${column.name} (ENUM)`,
      at,
      'labels are ordered by text here and by number there',
      'List the labels with IN.',
    );
  const label = right.kind === 'string' ? column.labels.indexOf(right.text) + 1 : 0;
  if (label === 0)
    throw notSure(
      `comparing ${column.name} (ENUM) with what is none of its labels`,
      right.at,
      'a number would be the label number, other text follows the collation',
      `Write one of its labels exactly: ${column.labels
        .slice(0, 5)
        .map(l => `'${l}'`)
        .join(', ')}.`,
    );
  return {kind: 'label', sign, column: index, label};
}

function like(e: Expression & {kind: 'like'}, scope: Scope): Judgement {
  if (e.operand.kind !== 'column')
    throw notSure(
      'LIKE on a value that is no column',
      e.at,
      'MySQL turns it into text',
      'Use LIKE on a text column.',
    );
  const column = findColumn(e.operand.name, e.operand.at, scope);
  const source = scope.table.columns[column]!;
  if (familyOf(source) !== 'text')
    throw notSure(
      `LIKE on ${source.name} (${source.columnType})`,
      e.at,
      'MySQL turns it into text',
      'Use LIKE on a text column.',
    );
  const {multiByte, folded} = textRule(source, e.operand.at);
  if (folded)
    throw notSure(
      `LIKE on ${source.name} (${source.collation})`,
      e.at,
      'which characters are equal is decided by tables of the server',
      'Use IN, or give the column a collation such as utf8mb4_bin.',
    );
  textValue(source, e.pattern, e.at);
  return {kind: 'like', column, steps: patternSteps(e.pattern, e.escape, e.at), multiByte};
}

function is(e: Expression & {kind: 'is'}, scope: Scope): Judgement {
  const {operand, what} = e;
  if (isCondition(operand)) {
    const inner = typeFilter(operand, scope);
    return what === 'null' ? {kind: 'unknown', operand: inner} : {kind: 'is', what, operand: inner};
  }
  if (what === 'null' && operand.kind === 'column') {
    const column = findColumn(operand.name, operand.at, scope);
    const source = scope.table.columns[column]!;
    if (!source.nullable && familyOf(source) === 'moment')
      throw notSure(
        `IS NULL on ${source.name} (NOT NULL)`,
        e.at,
        'MySQL finds zero dates with it',
        'Leave it out: the column is never NULL.',
      );
    return {kind: 'noValue', column};
  }
  if (operand.kind === 'null') throw notNull(operand.at);
  if (what === 'null' && operand.kind === 'call') return valueIsNull(scope.value(operand));
  const amount = typeAmount(operand, scope);
  return what === 'null'
    ? {kind: 'noAmount', operand: amount}
    : {kind: 'is', what, operand: {kind: 'truth', operand: amount}};
}
