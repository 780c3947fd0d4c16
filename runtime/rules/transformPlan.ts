// The plan of a table with transforms: columns that are set get the type of their expression, new ones come last.
// The rest of the runtime sees a plan like any other: the SELECT of the full load asks the server for the values, and
// row images are rewritten so that they hold them (rewriteImage.ts).
import {fail} from '../base/errors.ts';
import {mapColumn} from '../codec/mapping.ts';
import {targetName} from '../codec/naming.ts';
import type {ColumnPlan, TablePlan} from '../codec/plan.ts';
import {checkNames, policiesDefault, tableName, type PlanOptions} from '../codec/planTable.ts';
import type {SourceColumn, SourceTable} from '../codec/sourceTable.ts';
import type {TableMap} from '../codec/tableMap.ts';
import {placed} from '../spec/transformSteps.ts';
import type {SetColumn} from './resolveSteps.ts';
import {scopeOf} from './scope.ts';
import {setCell, type SetCell} from './setCell.ts';
import {isNull, type Value} from './value.ts';

/** A column that transforms set, for one version of its table. */
export interface PlannedSet {
  set: SetColumn;
  value: Value;
  cell: SetCell;
  /** Index of the column that it replaces; -1 for a new one. */
  index: number;
}

/** The columns that `sets` are for `table`. Raises SYNC1102, SYNC1103 or SYNC1107. */
export function plannedSets(table: SourceTable, sets: readonly SetColumn[]): PlannedSet[] {
  const scope = scopeOf(table);
  const planned = sets.map(set =>
    placed(set.path, () => {
      const index = table.columns.findIndex(({name}) => name === set.name);
      const own = table.columns[index] ?? null;
      if (own !== null && table.key !== null && table.key.columns.includes(own.name))
        throw fail('SYNC1107', {table: tableName(table), column: own.name});
      const value = scope.value(set.value);
      return {set, value, cell: setCell(set.name, value, own, set.hash !== null), index};
    }),
  );
  // Images are rewritten from front to back, new columns behind.
  const order = ({index}: PlannedSet) => (index === -1 ? table.columns.length : index);
  return planned.toSorted((a, b) => order(a) - order(b));
}

/** `plan` with the columns that `sets` change and add. Raises SYNC1108, and what planning a column may raise. */
export function transformPlan(
  plan: TablePlan,
  sets: readonly SetColumn[],
  options: PlanOptions,
): TablePlan {
  const columns = [...plan.columns];
  let added = 0;
  for (const planned of plannedSets(plan.source, sets)) {
    const {set, cell, index} = planned;
    const way = {source: cell.column, select: cell.sql, ...(set.hash !== null && {hash: set.hash})};
    if (index === -1) {
      columns.push({
        ...way,
        imageIndex: plan.source.columns.length + added++,
        targetName: targetName(set.name, options.naming.case, 'c_'),
        targetType: mapColumn(cell.column, {types: options.types, override: null}).targetType,
        policies: {...policiesDefault},
      });
      continue;
    }
    const slot = columns.findIndex(column => column.imageIndex === index);
    placed(set.path, () => {
      const before = columns[slot];
      if (before === undefined)
        throw fail('SYNC1108', {table: tableName(plan.source), column: set.name});
      columns[slot] = {...before, ...way, targetType: targetTypeOf(planned, before, options)};
    });
  }
  const after = {...plan, columns};
  checkNames(after, options);
  return after;
}

/** The column's own type where that holds every value, else the one of its expression. */
function targetTypeOf(
  {cell, value, set}: PlannedSet,
  before: ColumnPlan,
  {types, columns}: PlanOptions,
): string {
  const asked = columns.types[before.source.name] ?? null;
  if (isNull(value)) return before.targetType;
  if (asked === null && set.hash === null && fits(before.source, value)) return before.targetType;
  return mapColumn(cell.column, {types, override: asked}).targetType;
}

const bits: Readonly<Record<string, bigint>> = {
  tinyint: 8n,
  smallint: 16n,
  mediumint: 24n,
  int: 32n,
  bigint: 64n,
};

function fits(own: SourceColumn, {type}: Value): boolean {
  if (type.kind === 'moment') return type.dataType === own.dataType;
  if (type.kind !== 'number') return false;
  if (own.dataType === 'decimal') {
    const most = 10n ** BigInt(own.precision! - own.scale! + type.scale);
    return type.scale <= own.scale! && type.low > -most && type.high < most;
  }
  const width = bits[own.dataType];
  if (width === undefined || type.scale > 0) return false;
  const half = 2n ** (width - 1n);
  const [low, high] = own.unsigned ? [0n, 2n * half] : [-half, half];
  return type.low >= low && type.high < high && !(own.unsigned && width === 64n);
}

/** Plan and map of row images as `rewriteImage` writes them. */
export function rewrittenShape(
  plan: TablePlan,
  map: TableMap,
  sets: readonly PlannedSet[],
): {plan: TablePlan; map: TableMap} {
  const columns = [...plan.source.columns];
  const [types, metadata, nullable] = [[...map.types], [...map.metadata], [...map.nullable]];
  for (const {index, cell} of sets) {
    const at = index === -1 ? columns.length : index;
    columns[at] = cell.column;
    types[at] = cell.type;
    metadata[at] = cell.metadata;
    nullable[at] = true;
  }
  return {
    plan: {...plan, source: {...plan.source, columns}},
    map: {
      ...map,
      types: Uint8Array.from(types),
      metadata: Uint16Array.from(metadata),
      nullable,
      names: null,
      unsigned: null,
    },
  };
}
