// The changes of a table that MaxCompute carries out, as SQL. Refuses what it does not: a conversion that narrows a type
// is SYNC4046 before anything is sent. Which changes are asked for is the task's business (task/schemaBarrier.ts).
import {fail, finding, SyncError} from '../base/errors.ts';
import {columnNameProblem, fittingComment} from './names.ts';
import {quoteName, quoteText} from './sqlText.ts';
import {normalType, type TargetColumn} from './targetTable.ts';

/** Gives a column another name. */
export function renameColumnSql(table: string, from: string, to: string): string {
  assertColumnName(table, to);
  return `ALTER TABLE ${quoteName(table)} CHANGE COLUMN ${quoteName(from)} RENAME TO ${quoteName(to)}`;
}

/** Takes columns away, their values with them. */
export function dropColumnsSql(table: string, columns: readonly string[]): string {
  return `ALTER TABLE ${quoteName(table)} DROP COLUMNS ${columns.map(quoteName).join(', ')}`;
}

/** Gives a column a wider type; SYNC4046 for any other. */
export function changeTypeSql(table: string, column: TargetColumn, type: string): string {
  const {name} = column;
  if (!isWidening(column.type, type))
    throw fail('SYNC4046', {table, column: name, from: column.type, to: normalType(type)});
  return `ALTER TABLE ${quoteName(table)} CHANGE ${quoteName(name)} ${quoteName(name)} ${normalType(type)}`;
}

/** Lets a column hold NULL; the opposite is not possible. */
export function allowNullSql(table: string, column: string): string {
  return `ALTER TABLE ${quoteName(table)} CHANGE COLUMN ${quoteName(column)} NULL`;
}

/** Describes a column. */
export function commentColumnSql(table: string, column: string, comment: string): string {
  const text = quoteText(fittingComment(comment));
  return `ALTER TABLE ${quoteName(table)} CHANGE COLUMN ${quoteName(column)} COMMENT ${text}`;
}

/** Describes a table. */
export function commentTableSql(table: string, comment: string): string {
  return `ALTER TABLE ${quoteName(table)} SET COMMENT ${quoteText(fittingComment(comment))}`;
}

/** Changes after how many days without a change a partition is dropped. */
export function lifecycleSql(table: string, days: number): string {
  return `ALTER TABLE ${quoteName(table)} SET LIFECYCLE ${days}`;
}

const integers = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'];
/** Digits that every value of an integer type fits in. */
const integerDigits: Readonly<Record<string, number>> = {
  TINYINT: 3,
  SMALLINT: 5,
  INT: 10,
  BIGINT: 19,
};

/** Whether every value of `from` is one of `to`, by a conversion that the service makes in place. */
export function isWidening(from: string, to: string): boolean {
  const a = parts(from);
  const b = parts(to);
  if (a.name === b.name) return sameKind(a, b);
  if (integers.includes(a.name)) {
    if (integers.includes(b.name)) return integers.indexOf(a.name) < integers.indexOf(b.name);
    if (b.name === 'DECIMAL')
      return (b.sizes[0] ?? 38) - (b.sizes[1] ?? 18) >= integerDigits[a.name]!;
    return b.name === 'STRING';
  }
  if (a.name === 'FLOAT') return b.name === 'DOUBLE' || b.name === 'STRING';
  if (a.name === 'CHAR' && b.name === 'VARCHAR') return (a.sizes[0] ?? 0) <= (b.sizes[0] ?? 0);
  return ['DOUBLE', 'DECIMAL', 'CHAR', 'VARCHAR'].includes(a.name) && b.name === 'STRING';
}

interface TypeParts {
  name: string;
  sizes: number[];
}

function parts(type: string): TypeParts {
  const found = /^([A-Z_0-9]+)(?:\(([\d,]+)\))?$/.exec(normalType(type));
  // Nested types have no conversion.
  if (found === null) return {name: normalType(type), sizes: []};
  return {name: found[1]!, sizes: (found[2] ?? '').split(',').filter(Boolean).map(Number)};
}

/** Longer texts and more digits on either side of the point; an equal type is no change. */
function sameKind(a: TypeParts, b: TypeParts): boolean {
  const [size = 0, scale = 0] = a.sizes;
  const [newSize = 0, newScale = 0] = b.sizes;
  if (a.name === 'CHAR' || a.name === 'VARCHAR') return newSize > size;
  if (a.name !== 'DECIMAL') return false;
  const wider = newSize > size || newScale > scale;
  return wider && newScale >= scale && newSize - newScale >= size - scale;
}

function assertColumnName(table: string, name: string): void {
  const problem = columnNameProblem(name);
  if (problem !== null)
    throw new SyncError(finding('SYNC4024', {name: `${table}.${name}`, problem}), 'mistake');
}
