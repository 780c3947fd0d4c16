// The shape of a target table, wanted or found. Types only, and the one form in which types are compared.

export interface TargetColumn {
  name: string;
  /** Upper case, without spaces: `DECIMAL(12,2)`, `ARRAY<FLOAT>`. */
  type: string;
  comment: string;
  nullable: boolean;
}

/** A table as we want it. */
export interface TableDefinition {
  name: string;
  columns: TargetColumn[];
  partitionColumns: TargetColumn[];
  comment: string;
  lifecycleDays: number | null;
  properties: Record<string, string>;
  /** Key of a Delta table, its columns NOT NULL; absent for a table without one. */
  primaryKey?: readonly string[];
}

/** A table as the service shows it. */
export interface TargetTable extends TableDefinition {
  /** Rows by the service's own count; null when it does not say. */
  recordNum: number | null;
  isView: boolean;
}

/** A type in the one form that comparisons use. */
export function normalType(type: string): string {
  const text = type.replaceAll(/[\s`]/g, '').toUpperCase();
  // A bare DECIMAL of edition 2.0 is DECIMAL(38,18).
  return text === 'DECIMAL' ? 'DECIMAL(38,18)' : text;
}
