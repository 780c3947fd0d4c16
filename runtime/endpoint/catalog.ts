// What the endpoint knows of its tables and partitions: kept in DuckDB beside the rows, read once at start. Tables without
// rows, and changes of mere notes, stand in a journal beside it (freshTables.ts).
// Names are lower case everywhere, as the service stores them.
import {randomUUID} from 'node:crypto';
import path from 'node:path';
import type {DuckDBConnection} from '@duckdb/node-api';
import {formatOdpsType, parseOdpsType, type OdpsType} from '../codec/odpsType.ts';
import {Journal} from './journal.ts';
import type {Limits} from './limits.ts';
import {missing} from './odpsError.ts';
import {macros} from './sqlMacros.ts';
import type {Waiting} from './waitingRows.ts';
import {functionSchema, queryRows, quoteName, textLiteral, usePath, type Store} from './store.ts';

export interface TableColumn {
  /** Stays the same when the column is renamed. */
  id: string;
  name: string;
  type: OdpsType;
  comment: string;
  nullable: boolean;
  defaultValue: string | null;
}

export interface Table {
  id: string;
  /** MaxCompute schema; `default` is DuckDB's `main`. */
  schema: string;
  name: string;
  columns: TableColumn[];
  partitionKeys: TableColumn[];
  primaryKey: string[];
  comment: string;
  lifecycleDays: number | null;
  properties: Record<string, string>;
  createdMs: number;
  changedMs: number;
  ddlMs: number;
  /** Number that the next column gets. */
  nextColumn: number;
  /** The query of a view, as it was written; null for a table. */
  viewText: string | null;
  /** Rises with every change of the table itself. */
  version: number;
}

export interface Partition {
  /** Values in the order of the partition columns. */
  values: string[];
  createdMs: number;
  changedMs: number;
}

export interface Catalog {
  tables: Map<string, Table>;
  /** By table id, then by `dt=1/hh=2`. */
  partitions: Map<string, Map<string, Partition>>;
  schemas: Set<string>;
  limits: Limits;
  /** Ids of the tables that DuckDB does not have yet. */
  fresh: Set<string>;
  /** Ids of the others of which the journal may know more than DuckDB. */
  noted: Set<string>;
  /** Committed rows that DuckDB's tables do not have yet. */
  waiting: Waiting;
  journal: Journal;
  /** Length of the journal when it was written anew. */
  journalBytes: number;
}

/** Tables of the notes; made once. */
const metaTables = `
CREATE SCHEMA IF NOT EXISTS synctask_meta;
CREATE TABLE IF NOT EXISTS synctask_meta.tables (id VARCHAR PRIMARY KEY, body JSON NOT NULL);
CREATE TABLE IF NOT EXISTS synctask_meta.partitions (table_id VARCHAR, spec VARCHAR, body JSON NOT NULL);
CREATE TABLE IF NOT EXISTS synctask_meta.schemas (name VARCHAR);
CREATE TABLE IF NOT EXISTS synctask_meta.waiting (number BIGINT, table_id VARCHAR, body JSON NOT NULL);
CREATE TABLE IF NOT EXISTS synctask_meta.sessions (id VARCHAR, kind VARCHAR, created_ms BIGINT, body JSON NOT NULL);
DROP TABLE IF EXISTS synctask_meta.instances;
`;

/** Reads what the file knows; makes the notes' tables in a new one. */
export async function openCatalog(
  store: Store,
  limits: Limits,
  waiting: Waiting,
): Promise<Catalog> {
  const {journal, lines} = await Journal.open(path.join(store.dataDir, 'tables.jsonl'), true);
  const catalog: Catalog = {
    tables: new Map(),
    partitions: new Map(),
    schemas: new Set(['default']),
    limits,
    fresh: new Set(),
    noted: new Set(),
    waiting,
    journal,
    journalBytes: 0,
  };
  await store.write(async connection => {
    for (const statement of metaTables.split(';\n')) {
      if (statement.trim() !== '') await connection.run(statement);
    }
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${functionSchema}`);
    await usePath(connection, store.project, 'main');
    for (const macro of macros)
      await connection.run(`CREATE OR REPLACE MACRO ${functionSchema}.${macro}`);
    for (const row of await queryRows(connection, 'SELECT body FROM synctask_meta.tables')) {
      const table = parseTable(JSON.parse(String(row['body'])) as object);
      catalog.tables.set(tableKey(table.schema, table.name), table);
      catalog.partitions.set(table.id, new Map());
    }
    const found = 'SELECT table_id, spec, body FROM synctask_meta.partitions';
    for (const row of await queryRows(connection, found)) {
      const partitions = catalog.partitions.get(String(row['table_id']));
      partitions?.set(String(row['spec']), JSON.parse(String(row['body'])) as Partition);
    }
    for (const row of await queryRows(connection, 'SELECT name FROM synctask_meta.schemas')) {
      catalog.schemas.add(String(row['name']));
    }
    for (const table of applyJournal(catalog, lines as JournalLine[])) {
      await saveTable(connection, table);
    }
  });
  await journal.rewrite(() => journalLines(catalog));
  catalog.journalBytes = journal.bytes;
  return catalog;
}

/** A fresh table as it is now, the end of one, or the notes of a table that DuckDB has. */
type JournalLine = {table: object} | {gone: string} | ({notes: string} & Notes);
type Notes = Pick<
  Table,
  'comment' | 'properties' | 'lifecycleDays' | 'ddlMs' | 'changedMs' | 'version'
>;

/** What the journal shall hold: what DuckDB does not know. */
export function journalLines(catalog: Catalog): object[] {
  return [...catalog.tables.values()].flatMap((table): object[] => {
    if (catalog.fresh.has(table.id)) return [{table: tableBody(table)}];
    return catalog.noted.has(table.id) ? [{notes: table.id, ...notesOf(table)}] : [];
  });
}

/** What changes without DuckDB. */
export function notesOf(table: Table): Notes {
  const {comment, properties, lifecycleDays, ddlMs, changedMs, version} = table;
  return {comment, properties, lifecycleDays, ddlMs, changedMs, version};
}

/** Puts a table into the catalog, or in the place of the one of its name. */
export function enterTable(catalog: Catalog, table: Table): void {
  catalog.tables.set(tableKey(table.schema, table.name), table);
  if (!catalog.partitions.has(table.id)) catalog.partitions.set(table.id, new Map());
}

/** Enters what the journal knows beyond DuckDB; the tables of DuckDB that it changes. */
function applyJournal(catalog: Catalog, lines: JournalLine[]): Table[] {
  const fresh = new Map<string, Table>();
  const notes = new Map<string, Notes>();
  for (const line of lines) {
    if ('table' in line) {
      const table = parseTable(line.table);
      fresh.set(table.id, table);
    } else if ('gone' in line) fresh.delete(line.gone);
    else {
      const {notes: id, ...rest} = line;
      notes.set(id, rest);
    }
  }
  const known = [...catalog.tables.values()];
  const changed = known.filter(table => (notes.get(table.id)?.version ?? 0) >= table.version);
  for (const table of changed) Object.assign(table, notes.get(table.id));
  // Whose making in DuckDB was the last thing that happened has no line that says so.
  for (const {id} of known) fresh.delete(id);
  for (const table of fresh.values()) {
    catalog.fresh.add(table.id);
    enterTable(catalog, table);
  }
  return changed;
}

/** The table, or the service's refusal. */
export function findTable(catalog: Catalog, schema: string, name: string): Table {
  const table = catalog.tables.get(tableKey(schema, name));
  if (table === undefined) throw missing('Table', `${schema}.${name}`);
  return table;
}

/** Key of a table in the catalog. */
export function tableKey(schema: string, name: string): string {
  return `${schema.toLowerCase()}.${name.toLowerCase()}`;
}

/** The table's name in SQL for DuckDB. */
export function duckName(table: Pick<Table, 'schema' | 'name'>): string {
  return `${duckSchema(table.schema)}.${quoteName(table.name)}`;
}

/** The schema's name in SQL for DuckDB. */
export function duckSchema(schema: string): string {
  return schema === 'default' ? 'main' : quoteName(schema);
}

/** A table that does not exist yet. */
export function newTable(schema: string, name: string, nowMs: number): Table {
  return {
    id: randomUUID().replaceAll('-', ''),
    schema,
    name,
    columns: [],
    partitionKeys: [],
    primaryKey: [],
    comment: '',
    lifecycleDays: null,
    properties: {},
    createdMs: nowMs,
    changedMs: nowMs,
    ddlMs: nowMs,
    nextColumn: 1,
    viewText: null,
    version: 1,
  };
}

/** Notes `table` as it is now, within the caller's transaction. */
export async function saveTable(connection: DuckDBConnection, table: Table): Promise<void> {
  const body = textLiteral(JSON.stringify(tableBody(table)));
  await connection.run(
    `INSERT OR REPLACE INTO synctask_meta.tables VALUES (${textLiteral(table.id)}, ${body})`,
  );
}

/** Forgets a table and its partitions, within the caller's transaction. */
export async function forgetTable(connection: DuckDBConnection, table: Table): Promise<void> {
  const id = textLiteral(table.id);
  await connection.run(`DELETE FROM synctask_meta.tables WHERE id = ${id}`);
  await connection.run(`DELETE FROM synctask_meta.partitions WHERE table_id = ${id}`);
}

/** Notes a partition as it is now, within the caller's transaction. */
export async function savePartition(
  connection: DuckDBConnection,
  table: Table,
  partition: Partition,
): Promise<void> {
  await forgetPartition(connection, table, partition.values);
  const spec = textLiteral(partitionName(table, partition.values));
  const body = textLiteral(JSON.stringify(partition));
  await connection.run(
    `INSERT INTO synctask_meta.partitions VALUES (${textLiteral(table.id)}, ${spec}, ${body})`,
  );
}

/** Forgets a partition, within the caller's transaction. */
export async function forgetPartition(
  connection: DuckDBConnection,
  table: Table,
  values: string[],
): Promise<void> {
  const spec = textLiteral(partitionName(table, values));
  await connection.run(
    `DELETE FROM synctask_meta.partitions WHERE table_id = ${textLiteral(table.id)} AND spec = ${spec}`,
  );
}

/** `dt=1/hh=2`. */
export function partitionName(table: Table, values: string[]): string {
  return table.partitionKeys.map((key, i) => `${key.name}=${values[i]}`).join('/');
}

/** The partitions of a table, in the order of their making. */
export function partitionsOf(catalog: Catalog, table: Table): Map<string, Partition> {
  return catalog.partitions.get(table.id) ?? new Map<string, Partition>();
}

/** A table as JSON keeps it. */
export function tableBody(table: Table): object {
  const columns = (list: TableColumn[]) => list.map(c => ({...c, type: formatOdpsType(c.type)}));
  return {
    ...table,
    columns: columns(table.columns),
    partitionKeys: columns(table.partitionKeys),
  };
}

function parseTable(body: object): Table {
  const stored = {viewText: null, version: 0, ...body} as Table & {columns: {type: unknown}[]};
  const columns = (list: TableColumn[]) =>
    list.map(c => ({...c, type: parseOdpsType(c.type as unknown as string)}));
  return {
    ...stored,
    columns: columns(stored.columns),
    partitionKeys: columns(stored.partitionKeys),
  };
}
