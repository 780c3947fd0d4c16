// The plan of one table: what is decided once per table version and never again per row.

import type {SourceColumn, SourceTable} from './sourceTable.ts';

/** What happens to a value the target cannot hold; chosen per column in the task, applied and counted by the transcoder. */
export interface ColumnPolicies {
  zeroDate: 'null' | 'text' | 'stop';
  overLong: 'stop' | 'truncate' | 'null';
  invalidText: 'stop' | 'replace' | 'null';
}

/** One column that is synchronized: from MySQL bytes of `source` to record bytes of `targetType`. */
export interface ColumnPlan {
  source: SourceColumn;
  /** Position in the table's row image (all columns counted, 0 first); -1: the source has it no more, it is left NULL. */
  imageIndex: number;
  targetName: string;
  /** MaxCompute type, upper case: `BIGINT`, `DECIMAL(12,2)`, `TIMESTAMP_NTZ`, `ARRAY<FLOAT>` … */
  targetType: string;
  policies: ColumnPolicies;
  /** Zone in which a wall clock is read that becomes an instant; none is UTC. */
  zone?: string;
  /** SQL that gives the value instead of the column itself, of the type of `source`; such a column is transformed. */
  select?: string;
  /** Name of the key by which the text is hashed on its way. */
  hash?: string;
  /** A column that was added with a value: rows with record ids below `before` hold NULL and mean `text`. */
  added?: {before: number; text: string};
}

/** Whether the source still has the column. */
export function isLive(column: ColumnPlan): boolean {
  return column.imageIndex >= 0;
}

/** Names of the five additional `_log` columns, in their order, and of the partition columns. */
export interface LogNames {
  recordId: string;
  operationFlag: string;
  utcTimestamp: string;
  beforeFlag: string;
  afterFlag: string;
  /** Partition columns, coarse to fine. */
  partitions: string[];
}

/** Parts of the event time that a `_log` partition is made of. */
export type PartitionPart = 'year' | 'month' | 'day' | 'hour' | 'minute';

export interface TablePlan {
  source: SourceTable;
  /** Columns in target order: the table's order, columns added later last. */
  columns: ColumnPlan[];
  /** Indexes into `columns` of the key; null for a table without a key. */
  key: number[] | null;
  baseTable: string;
  logTable: string;
  logNames: LogNames;
  partitionBy: PartitionPart[];
  /** IANA zone of the partition values. */
  partitionTimeZone: string;
  lifecycleDays: number | null;
}
