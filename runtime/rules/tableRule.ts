// What the task says of a table's rows: its filter, its operations and its transforms, checked against the table, ready
// for both paths.
import {fail, finding, type Finding} from '../base/errors.ts';
import type {RowChange} from '../codec/logTranscoder.ts';
import {tableName} from '../codec/planTable.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import type {Expression} from '../spec/expression.ts';
import {parseExpression} from '../spec/parseExpression.ts';
import type {Transform} from '../spec/transforms.ts';
import {placed, transformSteps} from '../spec/transformSteps.ts';
import {resolveSteps, type SetColumn} from './resolveSteps.ts';
import type {HashKeys} from './rewriteImage.ts';
import {scopeOf} from './scope.ts';
import {plannedSets} from './transformPlan.ts';

export interface TableRule {
  /** The filter and no drop; null: every row. */
  where: Expression | null;
  /** The same for the SELECT of the full load; null: every row. */
  whereSql: string | null;
  operations: readonly RowChange[];
  /** Columns that transforms set. */
  sets: readonly SetColumn[];
  keys: HashKeys;
  /** Row changes of the last event of the table that wrote nothing. */
  last: {filtered: number};
}

export interface RuleSettings {
  where: string | null;
  operations: readonly RowChange[];
  transforms: readonly Readonly<Transform>[];
}

/** Every operation there is. */
const operationsAll: readonly RowChange[] = ['insert', 'update', 'delete'];

/**
 * The rule of `table`; null when every change of every row goes as it is. Raises SYNC1101 to SYNC1104, SYNC1106,
 * SYNC1107 and SYNC1109, each with its path below the table.
 */
export function tableRule(
  table: SourceTable,
  {where: text, operations, transforms}: RuleSettings,
  keys: HashKeys = new Map(),
): TableRule | null {
  const isAll = operationsAll.every(operation => operations.includes(operation));
  if (text === null && isAll && transforms.length === 0) return null;
  const scope = scopeOf(table);
  let where: Expression | null = null;
  if (text !== null) placed('where', () => scope.judgement((where = parseExpression(text))));
  const {drops, sets} = resolveSteps(transformSteps(transforms), table);
  for (const {condition, path} of drops)
    placed(path, () => {
      scope.judgement(condition);
      where = without(where, condition);
    });
  plannedSets(table, sets);
  for (const {name, hash, path} of sets)
    placed(path, () => {
      if (hash !== null && !keys.has(hash)) throw fail('SYNC1109', {column: name, key: hash});
    });
  const whereSql = where === null ? null : scope.sql(where);
  return {where, whereSql, operations, sets, keys, last: {filtered: 0}};
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

/** A drop leaves in what is false or unknown for its condition. */
function without(where: Expression | null, operand: Expression): Expression {
  const {at} = operand;
  const right: Expression = {kind: 'is', what: 'true', negated: true, operand, at};
  return where === null ? right : {kind: 'and', left: where, right, at};
}
