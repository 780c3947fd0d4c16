// Rows of a Parquet file as the values of record streams: for downloads, query results through the tunnel, and CSV.
import type {DuckDBConnection, DuckDBValue} from '@duckdb/node-api';
import type {OdpsType} from '../codec/odpsType.ts';
import type {RecordColumn} from '../codec/recordReader.ts';
import type {Moment, RecordValue} from '../codec/recordStream.ts';
import {duckType} from './duckTypes.ts';
import {textLiteral} from './store.ts';

export interface RowRange {
  start: number;
  count: number;
}

/** Reads `range` of the file's rows in their order, some thousand at a time: values by column of `indexes`. */
export async function* readRows(
  connection: DuckDBConnection,
  file: string,
  columns: RecordColumn[],
  indexes: number[],
  range: RowRange,
): AsyncGenerator<RecordValue[][]> {
  const names = indexes.map(i => selected(i, columns[i]!.type)).join(', ');
  const result = await connection.stream(
    `SELECT ${names} FROM read_parquet(${textLiteral(file)}, file_row_number = true) ` +
      `WHERE file_row_number >= ${range.start} AND file_row_number < ${range.start + range.count}`,
  );
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk
      .getRows()
      .map(row => row.map((value, i) => recordValue(value, columns[indexes[i]!]!.type)));
  }
}

/** Parquet has no milliseconds of DuckDB's own: DATETIME comes back as microseconds, also inside nested values. */
function selected(i: number, type: OdpsType): string {
  const nested = type.name === 'array' || type.name === 'map' || type.name === 'struct';
  return nested || type.name === 'datetime' ? `CAST(c${i} AS ${duckType(type)})` : `c${i}`;
}

/** A value of DuckDB in the shape of the record codec. */
export function recordValue(value: DuckDBValue, type: OdpsType): RecordValue {
  if (value === null) return null;
  const held = value as unknown as Held;
  switch (type.name) {
    case 'date':
      return held.days;
    case 'datetime':
      return held.millis;
    case 'timestamp':
    case 'timestamp_ntz':
      return moment(held);
    case 'decimal':
      return String(value);
    case 'binary':
      return Buffer.from(held.bytes);
    case 'array':
      return held.items.map(item => recordValue(item, type.element));
    case 'map':
      return held.entries.map(entry => [
        recordValue(entry.key, type.key),
        recordValue(entry.value, type.value),
      ]);
    case 'struct': {
      const fields = (value as unknown as {entries: Record<string, DuckDBValue>}).entries;
      return type.fields.map(field => recordValue(fields[field.name] ?? null, field.type));
    }
    default:
      return value as RecordValue;
  }
}

/** The fields of DuckDB's value classes that are read here; each class has its own of them. */
interface Held {
  days: number;
  millis: bigint;
  micros: bigint;
  nanos: bigint;
  bytes: Uint8Array;
  items: DuckDBValue[];
  entries: {key: DuckDBValue; value: DuckDBValue}[];
}

function moment(held: Held): Moment {
  const nanos = held.micros === undefined ? held.nanos : held.micros * 1000n;
  const below = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return {seconds: (nanos - below) / 1_000_000_000n, nanos: Number(below)};
}
