// Tables as text: DESC and SHOW CREATE TABLE.
import {formatOdpsType} from '../codec/odpsType.ts';
import {partitionName, partitionsOf, type Table, type TableColumn} from './catalog.ts';
import type {Job} from './job.ts';
import {OdpsError} from './odpsError.ts';

/** What DESC prints. */
export function describeTable(project: string, table: Table): string {
  const lines = [
    `Owner: synctask | Project: ${project}`,
    `Schema: ${table.schema}`,
    `TableComment: ${table.comment}`,
    `CreateTime: ${new Date(table.createdMs).toISOString()}`,
    `LastDDLTime: ${new Date(table.ddlMs).toISOString()}`,
    `LastModifiedTime: ${new Date(table.changedMs).toISOString()}`,
    `Lifecycle: ${table.lifecycleDays ?? -1}`,
    'Native Columns:',
    'Field | Type | Comment',
    ...table.columns.map(describeColumn),
  ];
  if (table.partitionKeys.length > 0) {
    lines.push('Partition Columns:', ...table.partitionKeys.map(describeColumn));
  }
  return lines.join('\n');
}

/** What DESC … PARTITION prints. */
export function describePartition(job: Job, table: Table, values: string[]): string {
  const name = partitionName(table, values);
  const partition = partitionsOf(job.catalog, table).get(name);
  if (partition === undefined) {
    const what = `ODPS-0110061: Failed to run ddltask - Partition not found - ${name}`;
    throw new OdpsError('ODPS-0110061', 400, what);
  }
  const [created, changed] = [partition.createdMs, partition.changedMs].map(ms =>
    new Date(ms).toISOString(),
  );
  return `Partition: ${name}\nCreateTime: ${created}\nLastModifiedTime: ${changed}\n${describeTable(job.store.project, table)}`;
}

/** What SHOW CREATE TABLE prints. */
export function showCreate(table: Table): string {
  if (table.viewText !== null) {
    const names = table.columns.map(column => `\`${column.name}\``).join(', ');
    return `CREATE VIEW IF NOT EXISTS \`${table.name}\` (${names}) AS\n${table.viewText};`;
  }
  const key = table.primaryKey.map(name => `\`${name}\``).join(', ');
  const columns = [
    ...table.columns.map(columnDefinition),
    ...(key === '' ? [] : [`PRIMARY KEY (${key})`]),
  ];
  const parts = [`CREATE TABLE IF NOT EXISTS \`${table.name}\` (\n  ${columns.join(',\n  ')}\n)`];
  if (table.comment !== '') parts.push(`COMMENT ${quoted(table.comment)}`);
  if (table.partitionKeys.length > 0) {
    parts.push(`PARTITIONED BY (${table.partitionKeys.map(columnDefinition).join(', ')})`);
  }
  const properties = Object.entries(table.properties).map(([k, v]) => `${quoted(k)}=${quoted(v)}`);
  if (properties.length > 0) parts.push(`TBLPROPERTIES (${properties.join(', ')})`);
  if (table.lifecycleDays !== null) parts.push(`LIFECYCLE ${table.lifecycleDays}`);
  return `${parts.join('\n')};`;
}

function describeColumn(column: TableColumn): string {
  return `${column.name} | ${formatOdpsType(column.type)} | ${column.comment}`;
}

function columnDefinition(column: TableColumn): string {
  const name = `\`${column.name}\` ${formatOdpsType(column.type).toUpperCase()}`;
  const parts = [column.nullable ? name : `${name} NOT NULL`];
  if (column.defaultValue !== null) parts.push(`DEFAULT ${quoted(column.defaultValue)}`);
  if (column.comment !== '') parts.push(`COMMENT ${quoted(column.comment)}`);
  return parts.join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
