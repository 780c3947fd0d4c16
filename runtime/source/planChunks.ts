// Cuts a table into key ranges whose union holds every row of the plan's time exactly once (rule C3). Every bound is the
// key of a row, found and compared by the server. Floats are never bounds: their text is not exact.
// No scan and no COUNT: large ranges are halved by index dives (EXPLAIN), small ones stepped through by LIMIT. What the
// estimates get wrong is cut again when it is read.
import {must} from '../base/assert.ts';
import {fail, isSyncError} from '../base/errors.ts';
import type {SourceColumn, SourceTable} from '../codec/sourceTable.ts';
import {
  beyond,
  chunkOrder,
  chunkWhere,
  force,
  keyExpressions,
  type ChunkBounds,
  type ChunkColumn,
} from './chunk.ts';
import type {SourceConnection} from './connection.ts';
import {isValueOf, quoteName, quoteTable, valueKind} from './literal.ts';
import {middleValue} from './middleValue.ts';

/** Ranges up to this many rows are stepped through exactly: the server counts them off in a few tens of milliseconds. */
const stepRowsDefault = 100_000;
/** A range is a chunk up to this many times the rows asked for: dives are not exact. */
const slack = 1.5;
/** A cut leaves at least this share on either side, if one of `triesMax` guesses finds it. */
const shareMin = 0.25;
const triesMax = 12;

/**
 * Chunks of about `rowsPerChunk` rows by `keyColumns`, in order, lazily. The last bound is the greatest key when
 * planning begins: what comes later is in the log. A table that cannot be cut is one chunk without bounds; an empty
 * table with a key has none.
 */
export async function* planChunks(
  connection: SourceConnection,
  table: SourceTable,
  keyColumns: string[] | null,
  rowsPerChunk: number,
  signal: AbortSignal,
  stepRowsMax = stepRowsDefault,
): AsyncGenerator<ChunkBounds, void> {
  const key = await chooseKey(connection, table, keyColumns);
  if (key.columns.length === 0) {
    yield {chunkId: 0, index: null, columns: [], low: null, high: null};
    return;
  }
  const planner = {connection, table, key, rowsPerChunk, stepRowsMax, signal};
  const last = await readKey(planner, {low: null, high: null}, 'last');
  if (last === null) return;
  yield* toChunks(key, null, cut(planner, {low: null, high: last}));
}

/** Chunks of what lies between the bounds of `chunk`, numbered from 0. */
export async function* replanChunk(
  connection: SourceConnection,
  table: SourceTable,
  chunk: ChunkBounds,
  rowsPerChunk: number,
  signal: AbortSignal,
): AsyncGenerator<ChunkBounds, void> {
  const {index, columns, low} = chunk;
  const key = {index, columns};
  const stepRowsMax = stepRowsDefault;
  const planner = {connection, table, key, rowsPerChunk, stepRowsMax, signal};
  const high = must(chunk.high, 'a chunk that is cut has an end');
  yield* toChunks(planner.key, low, cut(planner, {low, high}));
}

interface ChunkKey {
  index: string | null;
  columns: ChunkColumn[];
}

interface Planner {
  connection: SourceConnection;
  table: SourceTable;
  key: ChunkKey;
  rowsPerChunk: number;
  /** Ranges of more rows are halved by dives. */
  stepRowsMax: number;
  signal: AbortSignal;
}

interface Range {
  low: string[] | null;
  high: string[] | null;
}

type ClosedRange = Range & {high: string[]};

/** Ends of ranges that follow one another, as chunks. */
async function* toChunks(
  {index, columns}: ChunkKey,
  from: string[] | null,
  ends: AsyncGenerator<string[], void>,
): AsyncGenerator<ChunkBounds, void> {
  let low = from;
  let chunkId = 0;
  for await (const high of ends) {
    yield {chunkId: chunkId++, index, columns, low, high};
    low = high;
  }
}

/** The ends of the chunks of `range`, the last one its own. */
async function* cut(planner: Planner, range: ClosedRange): AsyncGenerator<string[], void> {
  planner.signal.throwIfAborted();
  const rows = await estimateRows(planner, range);
  // Against the order of a descending column the server starts at the end of the index: a step reads less than a guess.
  const hasDives = !planner.key.columns.some(({descending}) => descending);
  if (rows > planner.stepRowsMax && hasDives) {
    if (rows <= planner.rowsPerChunk * slack) return yield range.high;
    const middle = await findMiddle(planner, range);
    if (middle !== null) {
      yield* cut(planner, {low: range.low, high: middle});
      return yield* cut(planner, {low: middle, high: range.high});
    }
  }
  yield* stepThrough(planner, range);
}

async function* stepThrough(planner: Planner, range: ClosedRange): AsyncGenerator<string[], void> {
  let {low} = range;
  for (;;) {
    planner.signal.throwIfAborted();
    const found = await readKey(planner, {low, high: range.high}, planner.rowsPerChunk);
    yield found ?? range.high;
    if (found === null || isSame(found, range.high)) return;
    low = found;
  }
}

/**
 * A key of `range` that leaves rows on either side, about as many; null when guesses find none. The guess lies between
 * the first and the last value of the first key column in which they differ, so a constant column costs nothing; the
 * key is then the last one up to the guess, so a group of equal values is never halved where it cannot be.
 */
async function findMiddle(planner: Planner, range: ClosedRange): Promise<string[] | null> {
  const {columns} = planner.key;
  const first = await readKey(planner, range, 1);
  if (first === null) return null;
  const at = first.findIndex((value, i) => value !== range.high[i]);
  if (at === -1) return null;
  const column = columns[at]!;
  let [from, to] = [first[at]!, range.high[at]!];
  let best: {key: string[]; share: number} | null = null;
  const guessed = new Set<string>();
  for (let tries = 0; tries < triesMax && (best?.share ?? 0) < shareMin; tries++) {
    const guess = middleValue(column.kind, column.charset, from, to);
    if (guess === null || guessed.has(guess)) break;
    guessed.add(guess);
    const key = await readKey(planner, range, {
      columns: columns.slice(0, at + 1),
      values: [...first.slice(0, at), guess],
    });
    if (key === null || isSame(key, range.high)) {
      // Nothing lies beyond the guess, or nothing before it: the server orders these values in its own way.
      if (key === null) from = guess;
      else to = guess;
      continue;
    }
    const before = await estimateRows(planner, {low: range.low, high: key});
    const after = await estimateRows(planner, {low: key, high: range.high});
    const share = Math.min(before, after) / (before + after);
    if (best === null || share > best.share) best = {key, share};
    if (before > after) to = guess;
    else from = guess;
  }
  return best?.key ?? null;
}

/** About how many rows `range` has, by the server's dives into the index; what the statistics say where it tells nothing. */
async function estimateRows({connection, table, key}: Planner, range: Range): Promise<number> {
  const where = chunkWhere({chunkId: 0, ...key, ...range});
  // Servers from 8.0 on make no dives where an index is forced, unless there is a GROUP BY: they would say one row.
  const groups = key.columns.map(({name}) => quoteName(name)).join(', ');
  try {
    const [row] = await connection.query<{rows: number | string | null}>(
      `EXPLAIN FORMAT=TRADITIONAL SELECT 1 FROM ${quoteTable(table)}${force(key.index)} WHERE ${where} GROUP BY ${groups}`,
    );
    return Number(row?.rows ?? 0);
  } catch (error) {
    // Some servers and proxies explain nothing; stepping works everywhere.
    if (isSyncError(error) && error.kind === 'mistake') return 0;
    throw error;
  }
}

/**
 * The key of one row of `range`: the `which`-th from the beginning, the last, or the last whose leading columns are not
 * beyond `values`. Null when there is none.
 */
async function readKey(
  {connection, table, key}: Planner,
  range: Range,
  which: number | 'last' | {columns: ChunkColumn[]; values: string[]},
): Promise<string[] | null> {
  const {index, columns} = key;
  const conditions = [chunkWhere({chunkId: 0, index, columns, ...range})];
  if (typeof which === 'object') conditions.push(beyond(which.columns, which.values, 'upTo'));
  const order = chunkOrder(columns, typeof which !== 'number');
  const limit = typeof which === 'number' ? `${which - 1}, 1` : '1';
  const [row] = await connection.query<Record<string, string | number>>(
    `SELECT ${keyExpressions(table, columns)} FROM ${quoteTable(table)}${force(index)} ` +
      `WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${limit}`,
  );
  if (row === undefined) return null;
  return columns.map(({name, kind}, i) => {
    const value = String(row[`c${i}`]);
    if (!isValueOf(kind, value))
      throw fail('SYNC2126', {table: `${table.database}.${table.name}`, column: name, kind});
    return value;
  });
}

/** The longest run of leading key columns that are whole in the index and exactly comparable. */
async function chooseKey(
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
  // An invisible index (MariaDB: an ignored one) may not be forced; servers before 8.0 have none.
  const isUsable = (row: Record<string, unknown>) =>
    row['Visible'] !== 'NO' && row['Ignored'] !== 'YES';
  const usable = rows.length > 0 && rows.every(isUsable);
  return {index: usable ? table.key.name : null, columns};
}

function isSame(left: string[], right: string[]): boolean {
  return left.every((value, i) => value === right[i]);
}
