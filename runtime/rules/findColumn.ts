// A column by its name in an expression.
import {fail} from '../base/errors.ts';
import {tableName} from '../codec/planTable.ts';
import type {Scope} from './value.ts';

/** Index of a column; names have no case. Raises SYNC1102. */
export function findColumn(name: string, offset: number, {table}: Pick<Scope, 'table'>): number {
  const folded = name.toLowerCase();
  const at = table.columns.findIndex(column => column.name.toLowerCase() === folded);
  if (at === -1) throw fail('SYNC1102', {column: name, offset, table: tableName(table)});
  return at;
}
