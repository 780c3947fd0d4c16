// The tables that a task selects, with all that the binlog holds of them, from information_schema in three queries
// whatever their number. Refuses nothing: what cannot be synchronized is the prechecks' and the planner's business.
import {isSyncError} from '../base/errors.ts';
import {parseColumnType, type ColumnType} from '../codec/columnType.ts';
import type {SourceColumn, SourceKey, SourceTable} from '../codec/sourceTable.ts';
import type {SourceConnection} from './connection.ts';
import type {Dialect} from './dialect.ts';
import {mariadbDefault, mariadbOwnType, mariadbTextType, unknownType} from './mariadbCatalog.ts';
import {selectDatabases, selectTable, type ObjectSelection} from './selection.ts';

export {selectTable, type ObjectSelection} from './selection.ts';

/** A row of information_schema; its columns differ between servers. */
type Row = Record<string, string | number | null>;

/** The base tables that `objects` select, by database and name. Patterns without a match give nothing. */
export async function readCatalog(
  connection: SourceConnection,
  objects: readonly ObjectSelection[],
): Promise<SourceTable[]> {
  const databases = await readDatabases(connection, objects);
  if (databases.length === 0) return [];
  const isWanted = (table: SourceTable) =>
    selectTable(objects, table.database, table.name) !== null;
  return await readTables(connection, databases, isWanted, '', []);
}

/** One base table; null when it is not there. */
export async function readTable(
  connection: SourceConnection,
  {database, name}: Pick<SourceTable, 'database' | 'name'>,
): Promise<SourceTable | null> {
  const isWanted = (table: SourceTable) => table.name === name;
  const [found] = await readTables(connection, [database], isWanted, 'AND TABLE_NAME = ?', [name]);
  return found ?? null;
}

/** Columns and key as text: what decides how rows of a table are read. */
export function shapeOf({columns, key}: SourceTable): string {
  return JSON.stringify([columns, key]);
}

async function readTables(
  connection: SourceConnection,
  databases: string[],
  isWanted: (table: SourceTable) => boolean,
  condition: string,
  values: string[],
): Promise<SourceTable[]> {
  await showGeneratedKeys(connection);
  const read = (view: keyof typeof orders, more: string) =>
    readRows(connection, view, databases, `${condition} ${more}`, values);
  const tables = new Map<string, SourceTable>();
  for (const row of await read('TABLES', "AND TABLE_TYPE = 'BASE TABLE'")) {
    const table = toTable(row);
    if (isWanted(table)) tables.set(keyOf(row), table);
  }
  if (tables.size === 0) return [];
  for (const row of await read('COLUMNS', ''))
    tables.get(keyOf(row))?.columns.push(toColumn(row, connection.dialect));
  const indexes = readIndexes(await read('STATISTICS', 'AND NON_UNIQUE = 0'));
  for (const [key, table] of tables) table.key = chooseKey(indexes.get(key) ?? []);
  return [...tables.values()];
}

/** The databases that `objects` mean, as the server spells them. */
export async function readDatabases(
  connection: SourceConnection,
  objects: readonly Pick<ObjectSelection, 'database'>[],
): Promise<string[]> {
  const rows = await connection.query<Row>(
    'SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME',
  );
  const names = rows.map(row => text(row, 'SCHEMA_NAME'));
  return selectDatabases(objects, names);
}

/** The unique indexes of the tables of `databases` that allow NULL, hence are no keys, by `database.table`. */
export async function readNullableUniques(
  connection: SourceConnection,
  databases: readonly string[],
): Promise<Map<string, string[]>> {
  if (databases.length === 0) return new Map();
  const rows = await connection.query<Row>(
    'SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME FROM information_schema.STATISTICS ' +
      `WHERE TABLE_SCHEMA IN (${databases.map(() => '?').join(', ')}) AND NON_UNIQUE = 0 AND NULLABLE = 'YES'`,
    [...databases],
  );
  const found = Map.groupBy(rows, row => `${text(row, 'TABLE_SCHEMA')}.${text(row, 'TABLE_NAME')}`);
  return new Map([...found].map(([table, of]) => [table, of.map(row => text(row, 'INDEX_NAME'))]));
}

/** Generated invisible primary keys are in row images, so they must be in the catalog, whatever the server's default. */
async function showGeneratedKeys(connection: SourceConnection): Promise<void> {
  const name = 'show_gipk_in_create_table_and_information_schema';
  const [row] = await connection.query<Row>('SHOW VARIABLES LIKE ?', [name]);
  if (row !== undefined) await connection.query(`SET SESSION ${name} = ON`);
}

const orders = {
  TABLES: 'TABLE_SCHEMA, TABLE_NAME',
  COLUMNS: 'TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION',
  STATISTICS: 'TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX',
};

async function readRows(
  connection: SourceConnection,
  view: keyof typeof orders,
  databases: string[],
  condition: string,
  values: string[],
): Promise<Row[]> {
  const marks = databases.map(() => '?').join(', ');
  const rows = await connection.query<Row>(
    `SELECT * FROM information_schema.${view} WHERE TABLE_SCHEMA IN (${marks}) ${condition} ORDER BY ${orders[view]}`,
    [...databases, ...values],
  );
  // information_schema compares without case; names do not.
  return rows.filter(row => databases.includes(text(row, 'TABLE_SCHEMA')));
}

function keyOf(row: Row): string {
  return JSON.stringify([row['TABLE_SCHEMA'], row['TABLE_NAME']]);
}

function toTable(row: Row): SourceTable {
  return {
    database: text(row, 'TABLE_SCHEMA'),
    name: text(row, 'TABLE_NAME'),
    engine: text(row, 'ENGINE'),
    comment: text(row, 'TABLE_COMMENT'),
    columns: [],
    key: null,
    rowsEstimated: Number(row['TABLE_ROWS'] ?? 0),
    bytesEstimated: Number(row['DATA_LENGTH'] ?? 0),
  };
}

function toColumn(row: Row, {isMariadb}: Pick<Dialect, 'isMariadb'>): SourceColumn {
  const columnType = text(row, 'COLUMN_TYPE');
  const dataType = text(row, 'DATA_TYPE').toLowerCase();
  const ownType = isMariadb ? mariadbOwnType(columnType, dataType) : null;
  const textType = isMariadb ? mariadbTextType(dataType) : null;
  const type =
    ownType !== null ? unknownType(ownType) : (textType ?? readType(columnType, dataType));
  const extra = text(row, 'EXTRA').toUpperCase();
  const charset = row['CHARACTER_SET_NAME'] ?? null;
  const isText = charset !== null && charset !== 'binary';
  const length = row['CHARACTER_MAXIMUM_LENGTH'] ?? null;
  return {
    name: text(row, 'COLUMN_NAME'),
    dataType: type.dataType,
    columnType,
    unsigned: type.unsigned,
    nullable: row['IS_NULLABLE'] === 'YES',
    charset: isText ? String(charset) : null,
    collation: isText ? text(row, 'COLLATION_NAME') : null,
    precision: type.precision,
    scale: type.scale,
    fractionDigits: type.fractionDigits,
    lengthMax: length === null ? null : Number(length),
    labels: type.labels,
    generated: extra.includes('VIRTUAL GENERATED')
      ? 'virtual'
      : /STORED GENERATED|PERSISTENT/.test(extra)
        ? 'stored'
        : 'none',
    invisible: extra.includes('INVISIBLE'),
    autoIncrement: extra.includes('AUTO_INCREMENT'),
    ...(isMariadb
      ? mariadbDefault(row['COLUMN_DEFAULT'] === null ? null : text(row, 'COLUMN_DEFAULT'))
      : readDefault(row, dataType, extra)),
    comment: text(row, 'COLUMN_COMMENT'),
    srid: row['SRS_ID'] === null || row['SRS_ID'] === undefined ? null : Number(row['SRS_ID']),
  };
}

/** A type that the codec does not know keeps its name; the planner says what to do with it. */
function readType(columnType: string, dataType: string): ColumnType {
  try {
    return parseColumnType(columnType);
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return unknownType(dataType);
  }
}

function readDefault(
  row: Row,
  dataType: string,
  extra: string,
): {defaultText: string | null; defaultExpression: string | null} {
  const value = row['COLUMN_DEFAULT'] === null ? null : text(row, 'COLUMN_DEFAULT');
  // Before 8.0 the current time is not marked as generated.
  const isTime = dataType === 'datetime' || dataType === 'timestamp';
  const isNow = isTime && value !== null && /^current_timestamp/i.test(value);
  const isExpression = extra.includes('DEFAULT_GENERATED') || isNow;
  return {
    defaultText: isExpression ? null : value,
    defaultExpression: isExpression ? value : null,
  };
}

interface UniqueIndex extends SourceKey {
  /** Every part is a whole column or a prefix of one, none is an expression, none may be NULL. */
  isKey: boolean;
  hasPrefix: boolean;
}

function readIndexes(rows: Row[]): Map<string, UniqueIndex[]> {
  const tables = new Map<string, UniqueIndex[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const indexes = tables.get(key) ?? [];
    tables.set(key, indexes);
    const name = text(row, 'INDEX_NAME');
    let index = indexes.find(candidate => candidate.name === name);
    if (index === undefined) {
      index = {name, columns: [], isKey: true, hasPrefix: false};
      indexes.push(index);
    }
    const column = row['COLUMN_NAME'] ?? null;
    // MariaDB keeps a unique index over long values as a hash, by which no range can be read.
    const isHash = row['INDEX_TYPE'] === 'HASH' && row['IGNORED'] !== undefined;
    if (column === null || row['NULLABLE'] === 'YES' || isHash) index.isKey = false;
    else index.columns.push(String(column));
    if ((row['SUB_PART'] ?? null) !== null) index.hasPrefix = true;
  }
  return tables;
}

/** PRIMARY; else the unique index over whole columns with the fewest of them; names decide between equals (rule C3). */
function chooseKey(indexes: UniqueIndex[]): SourceKey | null {
  const rank = (index: UniqueIndex) =>
    index.name === 'PRIMARY' ? -1 : index.columns.length + (index.hasPrefix ? 100 : 0);
  const [best] = indexes
    .filter(index => index.isKey)
    .toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  return best === undefined ? null : {name: best.name, columns: best.columns};
}

function text(row: Row, name: string): string {
  return String(row[name] ?? '');
}
