// The plan of a table: which columns go where, under which name and type, decided once per table version.
// Checks everything that can be checked without a server; the DDL of the plan is the sink's.
import {assert} from '../base/assert.ts';
import {fail} from '../base/errors.ts';
import {mapColumn, type MappingWarning} from './mapping.ts';
import {logNames, nameBytesMax, targetName, type NameCase} from './naming.ts';
import type {ColumnPlan, ColumnPolicies, LogNames, PartitionPart, TablePlan} from './plan.ts';
import type {SourceColumn, SourceTable} from './sourceTable.ts';
import {isFixedZone} from './wallClock.ts';

/** What the task says of one table, in the shape of its settings. */
export interface PlanOptions {
  types: 'v1' | 'v2';
  /** Name before `_base` and `_log`; null for the table's own. Case and character rules apply to it too. */
  targetName: string | null;
  columns: {
    include: readonly string[] | null;
    exclude: readonly string[];
    rename: Readonly<Record<string, string>>;
    types: Readonly<Record<string, string>>;
    policies: Readonly<Record<string, Readonly<ColumnPolicies>>>;
  };
  naming: {additionalColumns: 'new' | 'previous'; case: NameCase};
  log: {
    partitionBy: readonly PartitionPart[];
    timeZone: string;
    lifecycleDays?: number | null | undefined;
  };
  /** Zone in which DATETIME and DATE are read where they become instants; none is UTC. */
  sourceTimeZone?: string | undefined;
}

/** A column that an ALTER TABLE adds, and where MySQL puts it. */
export interface AddedColumn {
  column: SourceColumn;
  place: 'last' | 'first' | {after: string};
}

/** MaxCompute's limit of columns in a table; partition columns are counted too, to be on the safe side. */
const columnsMax = 1200;

/** Columns that `_log` has before the table's own. */
export const additionalColumns = 5;

/** What happens to a value without a target where the task says nothing. */
export const policiesDefault: ColumnPolicies = {
  zeroDate: 'null',
  overLong: 'stop',
  invalidText: 'stop',
};

/** The plan of `source`; every setting that cannot be met is refused with its code. */
export function planTable(source: SourceTable, options: PlanOptions): TablePlan {
  refuseUnknownColumns(source, options);
  const columns = source.columns
    .map((column, imageIndex) => ({column, imageIndex}))
    .filter(({column}) => chosen(column, options))
    .map(({column, imageIndex}) => planColumn(source, column, imageIndex, options));
  if (columns.length === 0) throw fail('SYNC3012', {table: tableName(source)});
  const name = targetName(options.targetName ?? source.name, options.naming.case, 't_');
  const plan: TablePlan = {
    source,
    columns,
    key: keyOf(source, columns),
    baseTable: `${name}_base`,
    logTable: `${name}_log`,
    logNames: logNames(options.naming.additionalColumns, options.log.partitionBy),
    partitionBy: [...options.log.partitionBy],
    partitionTimeZone: options.log.timeZone,
    lifecycleDays: options.log.lifecycleDays ?? null,
  };
  checkNames(plan, options);
  return plan;
}

/** What the mapping of each planned column may lose, with the column's name. */
export function planWarnings(
  plan: TablePlan,
  types: 'v1' | 'v2',
): (MappingWarning & {column: string})[] {
  return plan.columns.flatMap(({source, targetType}) => {
    const own = mapColumn(source, {types, override: null});
    const {warnings} =
      own.targetType === targetType ? own : mapColumn(source, {types, override: targetType});
    return warnings.map(warning => ({...warning, column: source.name}));
  });
}

/**
 * The plan after an ADD COLUMN: the new columns stand where MySQL puts them in the row image, and last in the target.
 * Columns are taken in the statement's order, so that one may stand AFTER one added just before it.
 */
export function addColumns(
  plan: TablePlan,
  added: readonly AddedColumn[],
  options: PlanOptions,
): TablePlan {
  const sourceColumns = [...plan.source.columns];
  for (const {column, place} of added)
    sourceColumns.splice(indexOf(sourceColumns, place), 0, column);
  const source = {...plan.source, columns: sourceColumns};
  const imageIndexOf = (name: string) => sourceColumns.findIndex(column => column.name === name);
  const moved = plan.columns.map(column => ({
    ...column,
    // New columns of transforms stand behind those of the table.
    imageIndex:
      column.imageIndex < plan.source.columns.length
        ? imageIndexOf(column.source.name)
        : column.imageIndex + added.length,
  }));
  const fresh = added
    .filter(({column}) => chosen(column, options))
    .map(({column}) => planColumn(source, column, imageIndexOf(column.name), options));
  const after = {...plan, source, columns: [...moved, ...fresh]};
  checkNames(after, options);
  return after;
}

/** `database.table`, as messages name a table. */
export function tableName(source: SourceTable): string {
  return `${source.database}.${source.name}`;
}

function refuseUnknownColumns(source: SourceTable, {columns}: PlanOptions): void {
  const known = new Set(source.columns.map(column => column.name));
  const settings = {
    include: columns.include ?? [],
    exclude: columns.exclude,
    rename: Object.keys(columns.rename),
    types: Object.keys(columns.types),
    policies: Object.keys(columns.policies),
  };
  for (const [setting, names] of Object.entries(settings))
    for (const column of names)
      if (!known.has(column)) throw fail('SYNC3009', {table: tableName(source), column, setting});
}

function chosen(column: SourceColumn, {columns}: PlanOptions): boolean {
  if (columns.include !== null) return columns.include.includes(column.name);
  return !columns.exclude.includes(column.name);
}

function planColumn(
  source: SourceTable,
  column: SourceColumn,
  imageIndex: number,
  {types, columns, naming, sourceTimeZone: zone}: PlanOptions,
): ColumnPlan {
  const override = columns.types[column.name] ?? null;
  const {targetType} = mapColumn(column, {types, override});
  const asked = columns.policies[column.name] ?? policiesDefault;
  const inKey = source.key?.columns.includes(column.name) ?? false;
  const policies = inKey ? keyPolicies(source, column, asked, targetType) : {...asked};
  if (policies.zeroDate === 'text' && targetType !== 'STRING')
    throw fail('SYNC3013', {table: tableName(source), column: column.name, targetType});
  const name = targetName(columns.rename[column.name] ?? column.name, naming.case, 'c_');
  const plan = {source: column, imageIndex, targetName: name, targetType, policies};
  if (zone === undefined || !becomesInstant(column, targetType)) return plan;
  if (inKey && !isFixedZone(zone))
    throw fail('SYNC3015', {table: tableName(source), column: column.name, targetType, zone});
  return {...plan, zone};
}

/** Whether a wall clock of the source is an instant in the target. */
function becomesInstant({dataType}: SourceColumn, targetType: string): boolean {
  return /^date(time)?$/.test(dataType) && /^(TIMESTAMP|DATETIME)$/.test(targetType);
}

/** A key column takes no lossy mapping (rule C3): a zero date stops there instead of becoming NULL. */
function keyPolicies(
  source: SourceTable,
  column: SourceColumn,
  asked: Readonly<ColumnPolicies>,
  targetType: string,
): ColumnPolicies {
  const refuse = (setting: string, value: string) =>
    fail('SYNC3011', {table: tableName(source), column: column.name, setting, value});
  if (asked.overLong !== 'stop') throw refuse('policies', `overLong ${asked.overLong}`);
  if (asked.invalidText !== 'stop') throw refuse('policies', `invalidText ${asked.invalidText}`);
  if (targetType === 'DATETIME' && column.fractionDigits > 3) throw refuse('types', targetType);
  return {...asked, zeroDate: asked.zeroDate === 'null' ? 'stop' : asked.zeroDate};
}

function keyOf(source: SourceTable, columns: ColumnPlan[]): number[] | null {
  if (source.key === null) return null;
  return source.key.columns.map(name => {
    const at = columns.findIndex(column => column.source.name === name);
    if (at === -1) throw fail('SYNC3010', {table: tableName(source), column: name});
    return at;
  });
}

/** Refuses names that are one: MaxCompute's have no case. */
export function checkNames(plan: TablePlan, {naming}: PlanOptions): void {
  const table = tableName(plan.source);
  const additional = namesOf(plan.logNames);
  const count = plan.columns.length + additional.length;
  if (count > columnsMax) throw fail('SYNC3007', {table, columns: count, columnsMax});
  for (const name of [plan.baseTable, plan.logTable, ...plan.columns.map(c => c.targetName)]) {
    const bytes = Buffer.byteLength(name);
    if (bytes > nameBytesMax) throw fail('SYNC3008', {table, name, bytes, bytesMax: nameBytesMax});
  }
  const taken = new Set(additional.map(name => name.toLowerCase()));
  const owners = new Map<string, string>();
  for (const {source, targetName: name} of plan.columns) {
    const folded = name.toLowerCase();
    if (taken.has(folded)) throw fail('SYNC3006', {table, name, rule: naming.additionalColumns});
    const other = owners.get(folded);
    if (other !== undefined)
      throw fail('SYNC3005', {table, name: folded, columns: `${other} and ${source.name}`});
    owners.set(folded, source.name);
  }
}

function namesOf({partitions, ...additional}: LogNames): string[] {
  return [...Object.values(additional), ...partitions];
}

function indexOf(columns: SourceColumn[], place: AddedColumn['place']): number {
  if (place === 'last') return columns.length;
  if (place === 'first') return 0;
  const name = place.after.toLowerCase();
  const before = columns.findIndex(column => column.name.toLowerCase() === name);
  assert(before !== -1, `column ${place.after}, after which another is added, is known`);
  return before + 1;
}
