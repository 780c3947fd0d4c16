// What the task says of a table's rows: its filter and its operations, checked against the table, ready for both paths.
import {finding, type Finding} from '../base/errors.ts';
import type {RowChange} from '../codec/logTranscoder.ts';
import {tableName} from '../codec/planTable.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import type {Expression} from '../spec/expression.ts';
import {parseExpression} from '../spec/parseExpression.ts';
import {scopeOf} from './scope.ts';

export interface TableRule {
  /** Null: every row. */
  where: Expression | null;
  /** The same filter for the SELECT of the full load; null: every row. */
  whereSql: string | null;
  operations: readonly RowChange[];
  /** Row changes of the last event of the table that wrote nothing. */
  last: {filtered: number};
}

/** Every operation there is. */
const operationsAll: readonly RowChange[] = ['insert', 'update', 'delete'];

/** The rule of `table`; null when every change of every row goes. Raises SYNC1101 to SYNC1104. */
export function tableRule(
  table: SourceTable,
  settings: {where: string | null; operations: readonly RowChange[]},
): TableRule | null {
  const {where: text, operations} = settings;
  const isAll = operationsAll.every(operation => operations.includes(operation));
  if (text === null && isAll) return null;
  const where = text === null ? null : parseExpression(text);
  const scope = scopeOf(table);
  if (where !== null) scope.judgement(where);
  return {
    where,
    whereSql: where === null ? null : scope.sql(where),
    operations,
    last: {filtered: 0},
  };
}

/** The warning that a list of operations makes the target something else than the present state (rule C18). */
export function operationsFinding(table: SourceTable, rule: TableRule | null): Finding[] {
  const missing = operationsAll.filter(
    operation => !(rule?.operations.includes(operation) ?? true),
  );
  if (missing.length === 0) return [];
  const object = tableName(table);
  return [finding('SYNC1105', {table: object, missing}, {severity: 'warning', object})];
}
