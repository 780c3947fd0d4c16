// Tables of the target: what they are, the DDL that makes ours, and exact comparison of wanted and found.
// Names are checked by names.ts before DDL is made; additional `_log` columns are the contract of design section 6.
import {must} from '../base/assert.ts';
import {fail, isSyncError, type SyncError} from '../base/errors.ts';
import type {TablePlan} from '../codec/plan.ts';
import {getTable} from './catalog.ts';
import type {TargetClient} from './client.ts';
import {runSql} from './instance.ts';
import {assertDefinition, fittingComment} from './names.ts';
import {quoteName, quoteText} from './sqlText.ts';
import {
  normalType,
  type TableDefinition,
  type TargetColumn,
  type TargetTable,
} from './targetTable.ts';

export {getTable, listPartitions, type TargetPartition} from './catalog.ts';
export type {TableDefinition, TargetColumn, TargetTable} from './targetTable.ts';

export interface Difference {
  /** `column`, `partition column`, `lifecycle`, `kind`, `primary key` or `property`. */
  what: string;
  /** Column name; empty for the table itself. */
  name: string;
  expected: string;
  actual: string;
}

/** Property that says which task writes a table: `<uid>:<generation>:<epoch>` (rule C12). */
export const ownerProperty = 'synctask.owner';

/** `_base`: the plan's columns, all nullable since a filter or policy may empty any of them. */
export function baseTableDefinition(plan: TablePlan, owner: string): TableDefinition {
  return {
    name: plan.baseTable,
    columns: dataColumns(plan),
    partitionColumns: [],
    comment: plan.source.comment,
    lifecycleDays: null,
    properties: {[ownerProperty]: owner},
  };
}

/** `_log`: five additional columns, the plan's columns, then the partition columns. */
export function logTableDefinition(plan: TablePlan, owner: string): TableDefinition {
  const names = plan.logNames;
  return {
    name: plan.logTable,
    columns: [
      newColumn(
        names.recordId,
        'BIGINT',
        'Number of the row change, rising; 2 rows of an update share it',
      ),
      newColumn(names.operationFlag, 'STRING', 'I insert, U update, D delete'),
      newColumn(names.utcTimestamp, 'BIGINT', 'Time of the change, Unix seconds'),
      newColumn(names.beforeFlag, 'STRING', 'Y when the row holds the values before the change'),
      newColumn(names.afterFlag, 'STRING', 'Y when the row holds the values after the change'),
      ...dataColumns(plan),
    ],
    partitionColumns: names.partitions.map(name => newColumn(name, 'STRING', '')),
    comment: plan.source.comment,
    lifecycleDays: plan.lifecycleDays,
    properties: {[ownerProperty]: owner},
  };
}

/** Buckets of a Delta table and hours that its history is kept. */
export interface DeltaOptions {
  buckets: number;
  retainHours: number;
}

/**
 * A Delta table with the plan's columns whose rows are replaced and deleted by the plan's key (protocol section 17):
 * key columns NOT NULL, all others nullable. The plan must have a key.
 */
export function deltaTableDefinition(
  plan: TablePlan,
  owner: string,
  options: DeltaOptions,
): TableDefinition {
  const base = baseTableDefinition(plan, owner);
  const key = must(plan.key, 'a Delta table has a key');
  const primaryKey = key.map(i => plan.columns[i]!.targetName);
  return {
    ...base,
    columns: base.columns.map(c => ({...c, nullable: !primaryKey.includes(c.name)})),
    properties: {
      ...base.properties,
      transactional: 'true',
      'write.bucket.num': String(options.buckets),
      'acid.data.retain.hours': String(options.retainHours),
    },
    primaryKey,
  };
}

export function baseTableDdl(plan: TablePlan, owner: string): string {
  return createTableSql(baseTableDefinition(plan, owner));
}

export function logTableDdl(plan: TablePlan, owner: string): string {
  return createTableSql(logTableDefinition(plan, owner));
}

/** CREATE TABLE of `table`. Raises what names.ts finds. Never IF NOT EXISTS: a table in the way must be seen. */
export function createTableSql(table: TableDefinition): string {
  assertDefinition(table);
  const key = table.primaryKey ?? [];
  const keyClause = key.length === 0 ? '' : `,\n  PRIMARY KEY (${key.map(quoteName).join(', ')})`;
  const parts = [
    `CREATE TABLE ${quoteName(table.name)} (\n  ${columnList(table.columns)}${keyClause}\n)`,
  ];
  if (table.comment !== '') parts.push(`COMMENT ${quoteText(fittingComment(table.comment))}`);
  if (table.partitionColumns.length > 0)
    parts.push(`PARTITIONED BY (${columnList(table.partitionColumns)})`);
  const properties = Object.entries(table.properties);
  if (properties.length > 0) parts.push(`TBLPROPERTIES (${propertyList(properties)})`);
  if (table.lifecycleDays !== null) parts.push(`LIFECYCLE ${table.lifecycleDays}`);
  return parts.join('\n');
}

/** ALTER TABLE that appends columns; old rows hold NULL there. */
export function addColumnsSql(table: string, columns: TargetColumn[]): string {
  return `ALTER TABLE ${quoteName(table)} ADD COLUMNS (${columnList(columns)})`;
}

export function dropTableSql(table: string): string {
  return `DROP TABLE IF EXISTS ${quoteName(table)}`;
}

export function renameTableSql(table: string, newName: string): string {
  return `ALTER TABLE ${quoteName(table)} RENAME TO ${quoteName(newName)}`;
}

/** ALTER TABLE that changes the owner mark. Running it twice does no harm. */
export function setOwnerSql(table: string, owner: string): string {
  const list = propertyList([[ownerProperty, owner]]);
  return `ALTER TABLE ${quoteName(table)} SET TBLPROPERTIES (${list})`;
}

/**
 * Runs a CREATE TABLE. The caller saw before that the name is free, so where the answer was lost the statement is
 * repeated as IF NOT EXISTS: it finds the table our first try made, or makes it. Raises SYNC4018 when one is in the way.
 */
export async function createTable(
  client: TargetClient,
  ddl: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await runSql(client, ddl, {signal});
  } catch (error) {
    if (!isSyncError(error)) throw error;
    if (error.code === 'SYNC4021') await refuseWhereTaken(client, ddl, error, signal);
    if (error.code !== 'SYNC4023') throw error;
    const again = ddl.replace(/^CREATE TABLE /, 'CREATE TABLE IF NOT EXISTS ');
    await runSql(client, again, {signal, repeatable: true});
  }
}

/** A CREATE TABLE fails with the code of any failed DDL when its name is taken: the table itself tells. */
async function refuseWhereTaken(
  client: TargetClient,
  ddl: string,
  cause: SyncError,
  signal: AbortSignal,
): Promise<void> {
  const name = must(/^CREATE TABLE `([^`]+)`/.exec(ddl)?.[1], 'our DDL names its table');
  if ((await getTable(client, name, signal)) === null) return;
  const details = {code: 'ODPS-0110061', requestId: null, message: ''};
  throw fail('SYNC4018', {operation: `create ${name}`, ...details}, cause);
}

/** Drops the table if it is there. */
export async function dropTable(
  client: TargetClient,
  table: string,
  signal: AbortSignal,
): Promise<void> {
  await runSql(client, dropTableSql(table), {signal, repeatable: true});
}

/** Properties that say how a table takes rows; a table with another value of one is another table. */
const shapingProperties = ['transactional', 'write.bucket.num', 'acid.data.retain.hours'];

/** The shape differs? Columns in order with types and nullability, partition columns, lifecycle, kind, key and buckets; not comments. */
export function compareTable(expected: TableDefinition, actual: TargetTable): Difference[] {
  const differences: Difference[] = [];
  if (actual.isView) differences.push({what: 'kind', name: '', expected: 'table', actual: 'view'});
  differences.push(
    ...compareColumns('column', expected.columns, actual.columns),
    ...compareColumns('partition column', expected.partitionColumns, actual.partitionColumns),
  );
  if (expected.lifecycleDays !== actual.lifecycleDays)
    differences.push({
      what: 'lifecycle',
      name: '',
      expected: String(expected.lifecycleDays ?? 'none'),
      actual: String(actual.lifecycleDays ?? 'none'),
    });
  differences.push(...compareKind(expected, actual));
  return differences;
}

function compareKind(expected: TableDefinition, actual: TableDefinition): Difference[] {
  const keyOf = (table: TableDefinition) => (table.primaryKey ?? []).join(', ').toLowerCase();
  const pairs = [
    {what: 'primary key', name: '', expected: keyOf(expected), actual: keyOf(actual)},
    ...shapingProperties.map(name => ({
      what: 'property',
      name,
      expected: expected.properties[name] ?? '',
      actual: actual.properties[name] ?? '',
    })),
  ];
  return pairs
    .filter(pair => pair.expected !== pair.actual)
    .map(pair => ({...pair, expected: pair.expected || 'none', actual: pair.actual || 'none'}));
}

/** `column price: DECIMAL(12,2) is needed, DOUBLE is there` */
export function formatDifference(difference: Difference): string {
  const {what, name, expected, actual} = difference;
  return `${what}${name === '' ? '' : ` ${name}`}: ${expected} is needed, ${actual} is there`;
}

function dataColumns(plan: TablePlan): TargetColumn[] {
  return plan.columns.map(column =>
    newColumn(column.targetName, column.targetType, column.source.comment),
  );
}

function newColumn(name: string, type: string, comment: string): TargetColumn {
  return {name, type: normalType(type), comment, nullable: true};
}

function columnList(columns: TargetColumn[]): string {
  return columns
    .map(({name, type, comment, nullable}) => {
      const parts = [quoteName(name), type];
      if (!nullable) parts.push('NOT NULL');
      if (comment !== '') parts.push(`COMMENT ${quoteText(fittingComment(comment))}`);
      return parts.join(' ');
    })
    .join(',\n  ');
}

function propertyList(properties: [string, string][]): string {
  return properties.map(([key, value]) => `${quoteText(key)}=${quoteText(value)}`).join(', ');
}

function compareColumns(
  what: string,
  expected: TargetColumn[],
  actual: TargetColumn[],
): Difference[] {
  const differences: Difference[] = [];
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const wanted = describeColumn(expected[i]);
    const found = describeColumn(actual[i]);
    if (wanted !== found)
      differences.push({what, name: `${i + 1}`, expected: wanted, actual: found});
  }
  return differences;
}

/** Names compare without case, as the target does. */
function describeColumn(column: TargetColumn | undefined): string {
  if (column === undefined) return 'none';
  const type = normalType(column.type);
  return `${column.name.toLowerCase()} ${type}${column.nullable ? '' : ' NOT NULL'}`;
}
