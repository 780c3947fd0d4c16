// The character set that a column got from its table's default when a statement added it without naming one.
// Read from the catalog: the column's own where it is still there, else the table's default.
import {fail} from '../base/errors.ts';
import type {SourceColumn} from '../codec/sourceTable.ts';
import type {SourceConnection} from './connection.ts';

const textTypes = /^(char|varchar|tinytext|text|mediumtext|longtext|enum|set)$/;

interface Found {
  charset: string | null;
  collation: string | null;
}

/** `column` with charset and collation, when it is a text column without them. Raises SYNC2116 when neither column nor table can be found. */
export async function withCharset(
  connection: SourceConnection,
  database: string,
  table: string,
  column: SourceColumn,
): Promise<SourceColumn> {
  if (column.charset !== null || !textTypes.test(column.dataType)) return column;
  const [own] = await connection.query<Found>(
    `SELECT CHARACTER_SET_NAME AS charset, COLLATION_NAME AS collation FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = ? AND CHARACTER_SET_NAME IS NOT NULL`,
    [database, table, column.name],
  );
  const [byTable] = await connection.query<Found>(
    `SELECT c.CHARACTER_SET_NAME AS charset, t.TABLE_COLLATION AS collation FROM information_schema.TABLES t
     JOIN information_schema.COLLATION_CHARACTER_SET_APPLICABILITY c ON c.COLLATION_NAME = t.TABLE_COLLATION
     WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ?`,
    [database, table],
  );
  const found = own ?? byTable;
  const object = `${database}.${table}`;
  if (found === undefined)
    throw fail('SYNC2116', {table: object, column: column.name}, undefined, {object});
  return {...column, charset: found.charset, collation: found.collation};
}
