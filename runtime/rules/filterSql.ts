// A filter's tree as SQL for the full load: every node in parentheses, every text as a literal that no setting of the
// server reads otherwise. What the user wrote is never pasted.
import type {Expression} from './expression.ts';

/** The condition, in parentheses, for a connection in utf8mb4 with sql_mode '' and time zone +00:00. */
export function filterSql(e: Expression): string {
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
      return `(- ${filterSql(e.operand)})`;
    case 'and':
    case 'or':
    case 'xor':
      return `(${filterSql(e.left)} ${e.kind.toUpperCase()} ${filterSql(e.right)})`;
    case 'arithmetic':
    case 'compare':
      return `(${filterSql(e.left)} ${e.sign} ${filterSql(e.right)})`;
    case 'not':
      return `(NOT ${filterSql(e.operand)})`;
    case 'in':
      return `(${filterSql(e.operand)}${not(e)} IN (${e.list.map(filterSql).join(', ')}))`;
    case 'between':
      return `(${filterSql(e.operand)}${not(e)} BETWEEN ${filterSql(e.low)} AND ${filterSql(e.high)})`;
    case 'like':
      return `(${filterSql(e.operand)}${not(e)} LIKE ${textSql(e.pattern)} ESCAPE ${textSql(e.escape)})`;
    case 'is':
      return `(${filterSql(e.operand)} IS${not(e)} ${e.what.toUpperCase()})`;
  }
}

function not({negated}: {negated: boolean}): string {
  return negated ? ' NOT' : '';
}

/** Plain text stays readable; anything else goes as bytes. */
function textSql(text: string): string {
  return /^[ !#-&(-[\]-~]*$/.test(text)
    ? `'${text}'`
    : `_utf8mb4 X'${Buffer.from(text).toString('hex').toUpperCase()}'`;
}
