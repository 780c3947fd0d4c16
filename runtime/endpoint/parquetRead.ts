// Reads the files that DuckDB writes for downloads: uncompressed, PLAIN, flat columns (downloads.ts asks it for that). What is
// written otherwise is said to be unsuited, and is read through DuckDB instead. Format: Apache Parquet 2.
import {closeSync, openSync, readSync, statSync} from 'node:fs';
import {assert} from '../base/assert.ts';
import {physicalTypes, type Physical} from './parquetLeaf.ts';
import {readThrift, type ThriftStruct, type ThriftValue} from './thriftReader.ts';

export interface ParquetColumn {
  physical: Physical;
  optional: boolean;
  /** Parquet's ConvertedType; null when none. */
  converted: number | null;
}

export interface ParquetGroup {
  rows: number;
  chunks: Map<string, {offset: number; bytes: number}>;
}

export interface ParquetIndex {
  columns: Map<string, ParquetColumn>;
  groups: ParquetGroup[];
}

/** One column of a row group, its pages joined. */
export interface ColumnValues {
  /** 1 where a value is there; null where all are. */
  present: Uint8Array | null;
  /** PLAIN values; booleans a byte each. */
  values: Buffer;
}

const footerTail = 8;

/** What `file` holds; null when something in it is not read here. */
export function readParquetIndex(file: string): ParquetIndex | null {
  const descriptor = openSync(file, 'r');
  try {
    const {size} = statSync(file);
    const tail = readAt(descriptor, size - footerTail, footerTail);
    assert(tail.toString('latin1', 4) === 'PAR1', 'a Parquet file ends with its mark');
    const length = tail.readUInt32LE();
    const {fields} = readThrift(readAt(descriptor, size - footerTail - length, length), 0);
    return indexOf(fields);
  } finally {
    closeSync(descriptor);
  }
}

function indexOf(fields: ThriftStruct): ParquetIndex | null {
  const columns = new Map<string, ParquetColumn>();
  const [, ...schema] = structs(fields.get(2));
  for (const node of schema) {
    const physical = physicalName(node.get(1));
    const repetition = node.get(3);
    if (physical === null || repetition === 2 || (node.get(5) ?? 0) !== 0) return null;
    if (physical === 'fixed16' && node.get(2) !== 16) return null;
    const converted = (node.get(6) as number | undefined) ?? null;
    columns.set(text(node.get(4)), {physical, optional: repetition === 1, converted});
  }
  const groups: ParquetGroup[] = [];
  for (const group of structs(fields.get(4))) {
    const chunks: ParquetGroup['chunks'] = new Map();
    for (const chunk of structs(group.get(1))) {
      const meta = chunk.get(3) as ThriftStruct;
      const [name] = meta.get(3) as Uint8Array[];
      // Uncompressed, no dictionary.
      if (meta.get(4) !== 0 || meta.has(11)) return null;
      chunks.set(text(name), {offset: meta.get(9) as number, bytes: meta.get(7) as number});
    }
    groups.push({rows: group.get(3) as number, chunks});
  }
  return {columns, groups};
}

/** Reads column `name` of `group` into memory that `take` gives, which the values lie in afterwards. */
export function readColumn(
  descriptor: number,
  index: ParquetIndex,
  group: ParquetGroup,
  name: string,
  take: (bytes: number) => Buffer,
): ColumnValues {
  const {physical, optional} = index.columns.get(name)!;
  const {offset, bytes} = group.chunks.get(name)!;
  const chunk = take(bytes);
  readInto(descriptor, chunk, offset);
  const present = optional ? new Uint8Array(group.rows) : null;
  const bits: Buffer[] = [];
  // The values are moved together, over the heads of the pages.
  let filled = 0;
  let rows = 0;
  let absent = 0;
  for (let at = 0; at < chunk.length;) {
    const {fields, end} = readThrift(chunk, at);
    const size = fields.get(2) as number;
    const page = fields.get(5) as ThriftStruct | undefined;
    // Data pages of version 1 with PLAIN values and run-length levels.
    const plain = fields.get(1) === 0 && page?.get(2) === 0 && page.get(3) === 3;
    assert(plain, 'DuckDB writes the pages that it was asked for');
    const count = page.get(1) as number;
    let from = end;
    let here = count;
    if (present !== null) {
      const length = chunk.readUInt32LE(end);
      from += 4 + length;
      here = readLevels(chunk.subarray(end + 4, from), present.subarray(rows, rows + count));
    }
    if (physical === 'boolean') bits.push(unpackBits(chunk.subarray(from, end + size), here));
    else chunk.copyWithin(filled, from, end + size);
    filled += end + size - from;
    rows += count;
    absent += count - here;
    at = end + size;
  }
  assert(rows === group.rows, 'the pages of a column chunk hold all rows of its group');
  return {
    present: absent === 0 ? null : present,
    values: physical === 'boolean' ? Buffer.concat(bits) : chunk.subarray(0, filled),
  };
}

/** Runs of one-bit levels into `levels`; how many are 1. */
function readLevels(runs: Uint8Array, levels: Uint8Array): number {
  let at = 0;
  let row = 0;
  let ones = 0;
  while (row < levels.length) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = runs[at++] ?? 0;
      head |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if ((head & 1) === 0) {
      const end = Math.min(levels.length, row + (head >>> 1));
      const level = runs[at++]!;
      if (level === 1) {
        levels.fill(1, row, end);
        ones += end - row;
      }
      assert(end > row, 'a run of levels is not empty');
      row = end;
    } else {
      const end = Math.min(levels.length, row + (head >>> 1) * 8);
      const first = at * 8 - row;
      for (; row < end; row++) {
        const bit = (runs[(first + row) >> 3]! >> ((first + row) & 7)) & 1;
        levels[row] = bit;
        ones += bit;
      }
      at += head >>> 1;
    }
  }
  return ones;
}

function unpackBits(bytes: Uint8Array, count: number): Buffer {
  const values = Buffer.allocUnsafe(count);
  for (let i = 0; i < count; i++) values[i] = (bytes[i >> 3]! >> (i & 7)) & 1;
  return values;
}

function readAt(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  readInto(descriptor, bytes, offset);
  return bytes;
}

function readInto(descriptor: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length;) {
    const read = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
    assert(read > 0, 'a Parquet file is as long as its footer says');
    done += read;
  }
}

function physicalName(number: ThriftValue | undefined): Physical | null {
  const names = Object.entries(physicalTypes);
  return (names.find(([, value]) => value === number)?.[0] as Physical | undefined) ?? null;
}

function structs(value: ThriftValue | undefined): ThriftStruct[] {
  return (value ?? []) as ThriftStruct[];
}

function text(value: ThriftValue | undefined): string {
  return Buffer.from(value as Uint8Array).toString('utf8');
}
