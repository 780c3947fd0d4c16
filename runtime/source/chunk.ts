// Chunks: key ranges of a table as SQL (rule C3). The server compares all bounds; here they are opaque text.
// Where the bounds come from is planChunks.ts.
import {must} from '../base/assert.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import {literal, quoteName, quoteTable, readExpression, type ValueKind} from './literal.ts';

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

/** FROM … ORDER BY … LIMIT: the first `rows` rows of a chunk in the order of its index. Refuses chunks without one. */
export function chunkFromLimited(
  table: SourceTable,
  bounds: ChunkBounds,
  andWhere: string,
  rows: number,
): string {
  return `${chunkFrom(table, bounds)}${andWhere} ORDER BY ${chunkOrder(bounds.columns)} LIMIT ${rows}`;
}

/** The key of the row at `offset` of a chunk in the order of its index, as `ChunkBounds` holds keys. */
export function chunkKeyAt(
  table: SourceTable,
  bounds: ChunkBounds,
  andWhere: string,
  offset: number,
): string {
  return (
    `SELECT ${keyExpressions(table, bounds.columns)} ${chunkFrom(table, bounds)}${andWhere} ` +
    `ORDER BY ${chunkOrder(bounds.columns)} LIMIT ${offset}, 1`
  );
}

/** The key columns as expressions c0, c1 … whose texts `literal` turns back into values. */
export function keyExpressions(table: SourceTable, columns: readonly ChunkColumn[]): string {
  return columns
    .map(({name}, i) => {
      const column = must(
        table.columns.find(candidate => candidate.name === name),
        `chunk column ${name}`,
      );
      return `${readExpression(column)} AS c${i}`;
    })
    .join(', ');
}

/** ORDER BY of the key columns as the index has them, or the other way round. */
export function chunkOrder(columns: readonly ChunkColumn[], backwards = false): string {
  return columns
    .map(({name, descending}) => quoteName(name) + (descending === backwards ? '' : ' DESC'))
    .join(', ');
}

/**
 * Rows after (a, b) in index order: `(a > x OR (a = x AND b > y))`; up to it: `(a < x OR (a = x AND b <= y))`.
 * Spelt out because MySQL reads no range from a comparison of row values.
 */
export function beyond(
  columns: readonly ChunkColumn[],
  values: readonly string[],
  side: 'after' | 'upTo',
): string {
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

/** The hint that makes the server read by `index`. */
export function force(index: string | null): string {
  return index === null ? '' : ` FORCE INDEX (${quoteName(index)})`;
}
