// Source tables from a few words, for tests that have no server.
import {parseColumnType} from '../../runtime/codec/columnType.ts';
import type {PlanOptions} from '../../runtime/codec/planTable.ts';
import type {SourceColumn, SourceTable} from '../../runtime/codec/sourceTable.ts';

/** A column of `columnType` (`int unsigned`, `varchar(10)`); text columns are utf8mb4. */
export function sourceColumn(
  name: string,
  columnType: string,
  changes: Partial<SourceColumn> = {},
): SourceColumn {
  const type = parseColumnType(columnType);
  const isText = /char|text|enum|set/.test(type.dataType);
  return {
    ...type,
    name,
    columnType,
    nullable: true,
    charset: isText ? 'utf8mb4' : null,
    collation: isText ? 'utf8mb4_0900_ai_ci' : null,
    generated: 'none',
    invisible: false,
    autoIncrement: false,
    defaultText: null,
    defaultExpression: null,
    comment: '',
    srid: null,
    ...changes,
  };
}

/** The table `shop.t` with the key `key`; columns as `[name, type]`. */
export function sourceTable(
  columns: readonly (readonly [name: string, columnType: string])[],
  key: string[] | null = null,
): SourceTable {
  return {
    database: 'shop',
    name: 't',
    engine: 'InnoDB',
    comment: '',
    columns: columns.map(([name, type]) => sourceColumn(name, type)),
    key: key === null ? null : {name: 'PRIMARY', columns: key},
    rowsEstimated: 0,
    bytesEstimated: 0,
  };
}

/** Options of a task that says nothing of the table. */
export const plainOptions: PlanOptions = {
  types: 'v2',
  targetName: null,
  columns: {include: null, exclude: [], rename: {}, types: {}, policies: {}},
  naming: {additionalColumns: 'new', case: 'default'},
  log: {partitionBy: ['day'], timeZone: 'UTC', lifecycleDays: null},
};
