// A filter's tree as SQL for the full load: every node in parentheses, every text as a literal that no setting of the
// server reads otherwise. What the user wrote is never pasted.
import type {Expression} from '../spec/expression.ts';
import {comparedSql} from './compareValues.ts';
import type {Scope} from './value.ts';

/** The condition or value, in parentheses, for a connection in utf8mb4 with sql_mode '' and time zone +00:00. */
export function filterSql(e: Expression, scope: Scope): string {
  const sqlOf = (inner: Expression) => scope.sql(inner);
  const sideOf = (side: Expression) =>
    side.kind === 'call' ? comparedSql(scope.value(side)) : sqlOf(side);
  switch (e.kind) {
    case 'column':
      return `\`${e.name.replaceAll('`', '``')}\``;
    case 'number':
      return e.text;
    case 'string':
      return textSql(e.text);
    case 'truth':
      return e.value ? 'TRUE' : 'FALSE';
    case 'negate':
      return `(- ${sqlOf(e.operand)})`;
    case 'and':
    case 'or':
    case 'xor':
      return `(${sqlOf(e.left)} ${e.kind.toUpperCase()} ${sqlOf(e.right)})`;
    case 'call':
      return scope.value(e).sql;
    case 'null':
      return 'NULL';
    case 'compare':
      return `(${sideOf(e.left)} ${e.sign} ${sideOf(e.right)})`;
    case 'arithmetic':
      return `(${sqlOf(e.left)} ${e.sign} ${sqlOf(e.right)})`;
    case 'not':
      return `(NOT ${sqlOf(e.operand)})`;
    case 'in':
      return `(${sideOf(e.operand)}${not(e)} IN (${e.list.map(sqlOf).join(', ')}))`;
    case 'between':
      return `(${sideOf(e.operand)}${not(e)} BETWEEN ${sqlOf(e.low)} AND ${sqlOf(e.high)})`;
    case 'like':
      return `(${sqlOf(e.operand)}${not(e)} LIKE ${textSql(e.pattern)} ESCAPE ${textSql(e.escape)})`;
    case 'is':
      return `(${sqlOf(e.operand)} IS${not(e)} ${e.what.toUpperCase()})`;
  }
}

function not({negated}: {negated: boolean}): string {
  return negated ? ' NOT' : '';
}

/** A text literal: plain text stays readable; anything else goes as bytes. */
export function textSql(text: string): string {
  return /^[ !#-&(-[\]-~]*$/.test(text)
    ? `'${text}'`
    : `_utf8mb4 X'${Buffer.from(text).toString('hex').toUpperCase()}'`;
}
