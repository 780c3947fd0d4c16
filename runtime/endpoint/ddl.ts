// The statements on tables and partitions that the endpoint carries out itself, as parsed by ddlParser.ts.
import type {OdpsType} from '../codec/odpsType.ts';

export interface TableName {
  /** null: the project and schema of the job. */
  project: string | null;
  schema: string | null;
  name: string;
  /** Place in the statement, for errors. */
  start: number;
}

export interface ColumnDefinition {
  name: string;
  type: OdpsType;
  comment: string;
  nullable: boolean;
  defaultValue: string | null;
}

export type PartitionPairs = [string, string][];

export interface CreateTable {
  kind: 'create';
  table: TableName;
  ifNotExists: boolean;
  columns: ColumnDefinition[];
  partitionKeys: ColumnDefinition[];
  primaryKey: string[];
  comment: string;
  lifecycleDays: number | null;
  properties: Record<string, string>;
  /** The text after AS; null without it. */
  query: string | null;
  like: TableName | null;
}

export type Ddl =
  | CreateTable
  | {kind: 'drop'; table: TableName; ifExists: boolean}
  | {kind: 'truncate'; table: TableName; partition: PartitionPairs | null}
  | {kind: 'addColumns'; table: TableName; ifNotExists: boolean; columns: ColumnDefinition[]}
  | {kind: 'dropColumns'; table: TableName; names: string[]}
  | {kind: 'changeColumn'; table: TableName; name: string; to: ColumnChange}
  | {kind: 'addPartitions'; table: TableName; ifNotExists: boolean; partitions: PartitionPairs[]}
  | {kind: 'dropPartitions'; table: TableName; ifExists: boolean; partitions: PartitionPairs[]}
  | {kind: 'renamePartition'; table: TableName; from: PartitionPairs; to: PartitionPairs}
  | {kind: 'setProperties'; table: TableName; properties: Record<string, string>}
  | {kind: 'setLifecycle'; table: TableName; days: number | null}
  | {kind: 'setComment'; table: TableName; comment: string}
  | {kind: 'rename'; table: TableName; name: string}
  | {kind: 'touch'; table: TableName}
  | {kind: 'showTables'; schema: string | null; pattern: string | null}
  | {kind: 'showPartitions'; table: TableName}
  | {kind: 'showCreate'; table: TableName}
  | {kind: 'describe'; table: TableName; partition: PartitionPairs | null}
  | {kind: 'createSchema'; name: string; ifNotExists: boolean}
  | {kind: 'dropSchema'; name: string; ifExists: boolean}
  | {kind: 'showSchemas'};

/** What a CHANGE COLUMN alters; null leaves as it is. */
export interface ColumnChange {
  name: string | null;
  type: OdpsType | null;
  comment: string | null;
  /** `NULL`: the column takes nulls from now on. */
  nullable: boolean;
}
