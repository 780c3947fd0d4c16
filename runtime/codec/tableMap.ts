// TABLE_MAP events: the types of the columns of the row events that follow.
// Format: MySQL source, libs/mysql/binlog/event/rows_event.h (Table_map_event), optional metadata included.

/** One parsed table map. Indexes are column positions in the table, 0 first. */
export interface TableMap {
  /** Six-byte table id of the event, below 2^48. */
  tableId: number;
  database: string;
  table: string;
  /** Binlog type codes (enum_field_types), one a column; JSON 245, NEWDECIMAL 246, STRING 254 … */
  types: Uint8Array;
  /** Metadata of each column as one number, in the byte order of the event (two-byte metadata little-endian, STRING big-endian). */
  metadata: Uint16Array;
  nullable: boolean[];
  /** Column names; null when `binlog_row_metadata` is not FULL. */
  names: string[] | null;
  /** True for unsigned numeric columns, by column position; null when the server did not say. */
  unsigned: boolean[] | null;
}
