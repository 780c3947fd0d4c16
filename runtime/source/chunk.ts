// Chunks: a table cut into key ranges whose union holds every row of the plan's time exactly once (rule C3).
// The server finds and compares all bounds; here they are opaque text. Floats are never bounds: their text is not exact.
import {must} from '../base/assert.ts';
import type {SourceColumn, SourceTable} from '../codec/sourceTable.ts';
import type {SourceConnection} from './connection.ts';
import {
  literal,
  quoteName,
  quoteTable,
  readExpression,
  valueKind,
  type ValueKind,
} from './literal.ts';

/** One column of the key a table is cut by. */
export interface ChunkColumn {
  name: string;
  kind: ValueKind;
  charset: string | null;
  /** The index runs downwards in this column. */
  descending: boolean;
}

/** One range in the order of the index. JSON-able and complete: the rows are `chunkWhere`, whatever happens later. */
export interface ChunkBounds {
  /** 0, 1, 2 … in order. */
  chunkId: number;
  /** Index to read by; null lets the server choose. */
  index: string | null;
  columns: ChunkColumn[];
  /** Exclusive; null: from the beginning. One text a column, as `literal.ts` reads and writes them. */
  low: string[] | null;
  /** Inclusive; null: to the end, only for a table that is one chunk. */
  high: string[] | null;
}

/**
 * Cuts `table` into chunks of about `rowsPerChunk` rows by `keyColumns`, lazily. The last bound is the greatest key
 * when planning begins: what comes later is in the log. A table that cannot be cut is one chunk without bounds; an
 * empty table with a key has none.
 */
export async function* planChunks(
  connection: SourceConnection,
  table: SourceTable,
  keyColumns: string[] | null,
  rowsPerChunk: number,
  signal: AbortSignal,
): AsyncGenerator<ChunkBounds, void> {
  const {index, columns} = await chooseColumns(connection, table, keyColumns);
  if (columns.length === 0) {
    yield {chunkId: 0, index: null, columns: [], low: null, high: null};
    return;
  }
  const last = await readBound(connection, table, {index, columns}, null, null, 'last');
  let low: string[] | null = null;
  for (let chunkId = 0; last !== null; chunkId++) {
    signal.throwIfAborted();
    const found = await readBound(connection, table, {index, columns}, low, last, rowsPerChunk);
    const high: string[] = found ?? last;
    yield {chunkId, index, columns, low, high};
    if (found === null || isSame(found, last)) return;
    low = high;
  }
}

/** The condition that holds for the rows of a chunk: `TRUE` for a whole table. */
export function chunkWhere(bounds: ChunkBounds): string {
  const parts: string[] = [];
  if (bounds.low !== null) parts.push(beyond(bounds.columns, bounds.low, 'after'));
  if (bounds.high !== null) parts.push(beyond(bounds.columns, bounds.high, 'upTo'));
  return parts.length === 0 ? 'TRUE' : parts.join(' AND ');
}

/** The SELECT of `columns` (names, in this order) over the rows of a chunk. */
export function chunkSelect(table: SourceTable, columns: string[], bounds: ChunkBounds): string {
  return `SELECT ${columns.map(quoteName).join(', ')} ${chunkFrom(table, bounds)}`;
}

/** FROM and WHERE of a chunk, for a select list of the caller's. */
export function chunkFrom(table: SourceTable, bounds: ChunkBounds): string {
  return `FROM ${quoteTable(table)}${force(bounds.index)} WHERE ${chunkWhere(bounds)}`;
}

interface ChunkKey {
  index: string | null;
  columns: ChunkColumn[];
}

/** The longest run of leading key columns that are whole in the index and exactly comparable. */
async function chooseColumns(
  connection: SourceConnection,
  table: SourceTable,
  keyColumns: string[] | null,
): Promise<ChunkKey> {
  if (keyColumns === null || table.key === null) return {index: null, columns: []};
  const rows = await connection.query<Record<string, unknown>>(
    `SHOW INDEX FROM ${quoteTable(table)} WHERE Key_name = ?`,
    [table.key.name],
  );
  const columns: ChunkColumn[] = [];
  for (const name of keyColumns) {
    const column: SourceColumn = must(
      table.columns.find(candidate => candidate.name === name),
      `key column ${name} among the columns`,
    );
    const part = rows.find(row => row['Column_name'] === name);
    const kind = valueKind(column);
    if (kind === null || (part !== undefined && part['Sub_part'] !== null)) break;
    const descending = part?.['Collation'] === 'D';
    columns.push({name, kind, charset: column.charset, descending});
  }
  // An invisible index may not be forced; servers before 8.0 have none.
  const usable = rows.length > 0 && rows.every(row => row['Visible'] !== 'NO');
  return {index: usable ? table.key.name : null, columns};
}

/** The key at `which` rows after `low`, not beyond `last`; or the last key of all. Null when there is none. */
async function readBound(
  connection: SourceConnection,
  table: SourceTable,
  key: ChunkKey,
  low: string[] | null,
  last: string[] | null,
  which: number | 'last',
): Promise<string[] | null> {
  const values = key.columns.map(({name}, i) => {
    const column = must(
      table.columns.find(candidate => candidate.name === name),
      `chunk column ${name}`,
    );
    return `${readExpression(column)} AS c${i}`;
  });
  const order = key.columns
    .map(
      ({name, descending}) => quoteName(name) + (descending !== (which === 'last') ? ' DESC' : ''),
    )
    .join(', ');
  const where = chunkWhere({chunkId: 0, ...key, low, high: last});
  const limit = which === 'last' ? '1' : `${which - 1}, 1`;
  const [row] = await connection.query<Record<string, string | number>>(
    `SELECT ${values.join(', ')} FROM ${quoteTable(table)}${force(key.index)} ` +
      `WHERE ${where} ORDER BY ${order} LIMIT ${limit}`,
  );
  return row === undefined ? null : key.columns.map((_, i) => String(row[`c${i}`]));
}

/**
 * Rows after (a, b) in index order: `(a > x OR (a = x AND b > y))`; up to it: `(a < x OR (a = x AND b <= y))`.
 * Spelt out because MySQL reads no range from a comparison of row values.
 */
function beyond(columns: ChunkColumn[], values: string[], side: 'after' | 'upTo'): string {
  const terms = columns.map((column, i) => {
    const isLast = i === columns.length - 1;
    const greater = (side === 'after') !== column.descending;
    const sign = (greater ? '>' : '<') + (side === 'upTo' && isLast ? '=' : '');
    const equal = columns.slice(0, i).map((before, j) => compare(before, '=', values[j]!));
    const term = [...equal, compare(column, sign, values[i]!)].join(' AND ');
    return i === 0 ? term : `(${term})`;
  });
  return terms.length === 1 ? terms[0]! : `(${terms.join(' OR ')})`;
}

function compare(column: ChunkColumn, sign: string, value: string): string {
  return `${quoteName(column.name)} ${sign} ${literal(column.kind, column.charset, value)}`;
}

function force(index: string | null): string {
  return index === null ? '' : ` FORCE INDEX (${quoteName(index)})`;
}

function isSame(left: string[], right: string[]): boolean {
  return left.every((value, i) => value === right[i]);
}
