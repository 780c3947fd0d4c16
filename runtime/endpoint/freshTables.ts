// Tables that no row and no partition came to yet stand in the catalog and in its journal only; DuckDB's table is made with
// the first use that needs it. So a task of thousands of tables begins without thousands of DuckDB's transactions.
// The notes of any table (comment, properties, lifecycle) change by the journal alone too; which of journal and DuckDB is
// newer is told by the table's `version`.
import type {DuckDBConnection} from '@duckdb/node-api';
import {MiB} from '../base/sizes.ts';
import {
  duckName,
  enterTable,
  journalLines,
  notesOf,
  saveTable,
  tableBody,
  tableKey,
  type Catalog,
  type Table,
  type TableColumn,
} from './catalog.ts';
import {duckType} from './duckTypes.ts';
import type {Token} from './sqlTokens.ts';
import {afterTransaction, quoteName, type Store} from './store.ts';
import {hasWaiting, takeIn} from './waitingRows.ts';

/** A longer journal goes to DuckDB, when that is also four times what it would be without history. */
const journalBytesMax = 64 * MiB;

/** Whether DuckDB has no table for it. */
export function isFresh(catalog: Catalog, table: Table): boolean {
  return catalog.fresh.has(table.id);
}

/** Enters a new table; resolves when it is durable. */
export async function createFresh(catalog: Catalog, table: Table): Promise<void> {
  enterTable(catalog, table);
  catalog.fresh.add(table.id);
  try {
    await catalog.journal.append({table: tableBody(table)});
  } catch (error) {
    if (isFresh(catalog, table)) leaveTable(catalog, table);
    throw error;
  }
}

/** Puts `next` in the place of a table that is fresh. */
export async function replaceFresh(catalog: Catalog, table: Table, next: Table): Promise<void> {
  swap(catalog, table, next);
  try {
    await catalog.journal.append({table: tableBody(next)});
  } catch (error) {
    // Who changed it once more, or gave it rows, has kept it with this change.
    if (isFresh(catalog, next) && catalog.tables.get(keyOf(next)) === next)
      swap(catalog, next, table);
    throw error;
  }
}

/** Takes a table out of the catalog that is fresh. */
export async function dropFresh(catalog: Catalog, table: Table): Promise<void> {
  await catalog.journal.append({gone: table.id});
  leaveTable(catalog, table);
}

/** Changes what is noted of a table that DuckDB has. */
export async function changeNotes(
  store: Store,
  catalog: Catalog,
  table: Table,
  notes: Partial<Pick<Table, 'comment' | 'properties' | 'lifecycleDays' | 'ddlMs' | 'changedMs'>>,
): Promise<void> {
  const before = notesOf(table);
  Object.assign(table, notes, {version: table.version + 1});
  const {version} = table;
  catalog.noted.add(table.id);
  try {
    await catalog.journal.append({notes: table.id, ...notesOf(table)});
  } catch (error) {
    if (table.version === version) Object.assign(table, before);
    throw error;
  }
  await compact(store, catalog);
}

/** Makes DuckDB's table where it is not there yet, within the caller's transaction. */
export async function makeInDuck(
  connection: DuckDBConnection,
  catalog: Catalog,
  {id}: Table,
): Promise<void> {
  if (!catalog.fresh.delete(id)) return;
  // From here on changes of the table wait for the end of this transaction, as those of all others.
  afterTransaction(connection, committed => {
    if (!committed) catalog.fresh.add(id);
    // Where this line is lost, the next start sees that DuckDB has the table.
    else void catalog.journal.append({gone: id}).catch(() => undefined);
  });
  for (const table of catalog.tables.values())
    if (table.id === id) return createInDuck(connection, table);
}

/** Makes DuckDB's table and our note of it, within the caller's transaction. */
export async function createInDuck(connection: DuckDBConnection, table: Table): Promise<void> {
  const columns = [...table.columns, ...table.partitionKeys].map(columnSql);
  await connection.run(`CREATE TABLE ${duckName(table)} (${columns.join(', ')})`);
  await saveTable(connection, table);
}

/** Sees to it, in a transaction of its own, that DuckDB has the table and every row of it. */
export async function ensureInDuck(store: Store, catalog: Catalog, table: Table): Promise<void> {
  if (!lacks(catalog, table)) return;
  await store.write(connection => bringIn(connection, store, catalog, [table]));
}

/** The same for every table that a statement may read. */
export async function ensureNamed(store: Store, catalog: Catalog, tokens: Token[]): Promise<void> {
  if (namedWithout(catalog, tokens).length === 0) return;
  await store.write(connection => bringNamed(connection, store, catalog, tokens));
}

/** The same within the transaction of a statement that writes: what was committed before it is there for it. */
export async function bringNamed(
  connection: DuckDBConnection,
  store: Store,
  catalog: Catalog,
  tokens: Token[],
): Promise<void> {
  await bringIn(connection, store, catalog, namedWithout(catalog, tokens));
}

async function bringIn(
  connection: DuckDBConnection,
  store: Store,
  catalog: Catalog,
  tables: Table[],
): Promise<void> {
  for (const table of tables) {
    await makeInDuck(connection, catalog, table);
    await takeIn(connection, store, catalog, table);
  }
}

/** The tables that a statement may read and that DuckDB lacks, or lacks rows of. Behind a view any table can be. */
function namedWithout(catalog: Catalog, tokens: Token[]): Table[] {
  if (catalog.fresh.size === 0 && catalog.waiting.byTable.size === 0) return [];
  const words = new Set(tokens.map(token => token.text.toLowerCase()));
  const all = [...catalog.tables.values()];
  const viewed = all.some(table => table.viewText !== null && words.has(table.name));
  return all.filter(
    table =>
      lacks(catalog, table) && (words.has(table.name) || (viewed && hasWaiting(catalog, table))),
  );
}

function lacks(catalog: Catalog, table: Table): boolean {
  return isFresh(catalog, table) || hasWaiting(catalog, table);
}

async function compact(store: Store, catalog: Catalog): Promise<void> {
  const {journal} = catalog;
  if (journal.bytes < Math.max(journalBytesMax, 4 * catalog.journalBytes)) return;
  catalog.journalBytes = Infinity;
  const noted = [...catalog.tables.values()].filter(table => catalog.noted.has(table.id));
  const versions = new Map(noted.map(table => [table, table.version]));
  try {
    await store.write(async connection => {
      for (const table of noted) if (!isFresh(catalog, table)) await saveTable(connection, table);
    });
    for (const [table, version] of versions)
      if (table.version === version) catalog.noted.delete(table.id);
    await journal.rewrite(() => journalLines(catalog));
  } finally {
    catalog.journalBytes = journal.bytes;
  }
}

function columnSql(column: TableColumn): string {
  return `${quoteName(column.name)} ${duckType(column.type)}${column.nullable ? '' : ' NOT NULL'}`;
}

function swap(catalog: Catalog, table: Table, next: Table): void {
  catalog.tables.delete(keyOf(table));
  enterTable(catalog, next);
}

function leaveTable(catalog: Catalog, table: Table): void {
  catalog.fresh.delete(table.id);
  catalog.tables.delete(keyOf(table));
  catalog.partitions.delete(table.id);
}

function keyOf(table: Table): string {
  return tableKey(table.schema, table.name);
}
