// What a MySQL table looks like to us: filled by source/catalog from information_schema, by DDL from the statement.
// Types only: nothing here reads a server.

/** One column as `information_schema.columns` tells it; the order in the table is the order in the binlog image. */
export interface SourceColumn {
  name: string;
  /** DATA_TYPE, lower case: `int`, `varchar`, `datetime`, `enum`, `geometry` … */
  dataType: string;
  /** COLUMN_TYPE as MySQL prints it: `int unsigned`, `enum('a','b')`, `decimal(12,2)`. */
  columnType: string;
  unsigned: boolean;
  nullable: boolean;
  /** Character set of a text column; null for others (`binary` is null too). */
  charset: string | null;
  collation: string | null;
  /** Digits of DECIMAL, bits of BIT; null otherwise. */
  precision: number | null;
  scale: number | null;
  /** Fraction digits of TIME, DATETIME, TIMESTAMP; 0 otherwise. */
  fractionDigits: number;
  /** CHARACTER_MAXIMUM_LENGTH / octet length of text and binary columns; null otherwise. */
  lengthMax: number | null;
  /** Labels of ENUM and SET, in order, as text; empty otherwise. */
  labels: string[];
  /** none, or how it is generated; generated columns are in row images (correctness fact g). */
  generated: 'none' | 'stored' | 'virtual';
  invisible: boolean;
  autoIncrement: boolean;
  /** Constant default as text, null when there is none or it is an expression (see defaultExpression). */
  defaultText: string | null;
  defaultExpression: string | null;
  comment: string;
  /** Spatial reference id of a geometry column; null otherwise. */
  srid: number | null;
}

/** A key: PRIMARY, or a UNIQUE index whose columns are all NOT NULL (rule C3). */
export interface SourceKey {
  name: string;
  columns: string[];
}

export interface SourceTable {
  database: string;
  name: string;
  engine: string;
  comment: string;
  columns: SourceColumn[];
  key: SourceKey | null;
  /** TABLE_ROWS and DATA_LENGTH: the server's estimate. */
  rowsEstimated: number;
  bytesEstimated: number;
}
