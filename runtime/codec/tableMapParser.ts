// TABLE_MAP events from bytes, optional metadata (names, signedness) included.
// Format: MySQL source, libs/mysql/binlog/event/rows_event.h (Table_map_event). Refuses lengths beyond the event.
import type {TableMap} from './tableMap.ts';

/** Optional metadata that we read (Table_map_event::Optional_metadata_field_type). */
const optional = {signedness: 1, columnName: 4} as const;

const noMetadata = 0;
const oneByte = 1;
const twoBytesLittleEndian = 2;
const twoBytesBigEndian = 3;

/** How the metadata of each type code is stored; types not named have none. */
const metadataForms = new Uint8Array(256).fill(noMetadata);
// FLOAT, DOUBLE, TIMESTAMP2, DATETIME2, TIME2, MariaDB's compressed BLOB, VECTOR, BOOL, JSON, the BLOBs, GEOMETRY.
for (const type of [4, 5, 17, 18, 19, 140, 242, 244, 245, 249, 250, 251, 252, 255])
  metadataForms[type] = oneByte;
// VARCHAR length, BIT bits and bytes, MariaDB's compressed VARCHAR, NEWDECIMAL precision and scale, VAR_STRING length.
for (const type of [15, 16, 141, 246, 253]) metadataForms[type] = twoBytesLittleEndian;
// Real type and length of ENUM, SET and STRING.
for (const type of [247, 248, 254]) metadataForms[type] = twoBytesBigEndian;

/** TINY, SHORT, LONG, FLOAT, DOUBLE, LONGLONG, INT24, YEAR, NEWDECIMAL: the types that the signedness bits count. */
const numericTypes = new Set([1, 2, 3, 4, 5, 8, 9, 13, 246]);

/** The table map in input[at, end): `at` after the event header, `end` before the checksum. */
export function parseTableMap(input: Buffer, at: number, end: number): TableMap {
  const reader = {input, at, end};
  const tableId = readUInt(reader, 6);
  reader.at += 2;
  const database = readName(reader);
  const table = readName(reader);
  const columnCount = readLength(reader);
  need(reader, columnCount);
  const types = Uint8Array.from(input.subarray(reader.at, reader.at + columnCount));
  reader.at += columnCount;
  const metadataEnd = readLength(reader) + reader.at;
  const metadata = readMetadata(reader, types);
  if (reader.at !== metadataEnd) throw new RangeError('a table map whose metadata has other types');
  const nullable = readNullable(reader, columnCount);
  const map: TableMap = {
    tableId,
    database,
    table,
    types,
    metadata,
    nullable,
    names: null,
    unsigned: null,
  };
  readOptional(reader, map);
  return map;
}

/** Table id alone, to look a cached map up. */
export function readTableId(input: Buffer, at: number): number {
  return input.readUIntLE(at, 6);
}

interface Reader {
  input: Buffer;
  at: number;
  end: number;
}

function readMetadata(reader: Reader, types: Uint8Array): Uint16Array {
  const metadata = new Uint16Array(types.length);
  for (let i = 0; i < types.length; i++) {
    const form = metadataForms[types[i]!]!;
    if (form === noMetadata) continue;
    if (form === oneByte) {
      // A typed array (only in multi-valued indexes, which rows never hold) would need more; it is not a column.
      metadata[i] = readUInt(reader, 1);
      continue;
    }
    const low = readUInt(reader, 1);
    const high = readUInt(reader, 1);
    metadata[i] = form === twoBytesLittleEndian ? low | (high << 8) : (low << 8) | high;
  }
  return metadata;
}

function readNullable(reader: Reader, columnCount: number): boolean[] {
  const bytes = (columnCount + 7) >> 3;
  need(reader, bytes);
  const nullable: boolean[] = [];
  for (let i = 0; i < columnCount; i++)
    nullable.push((reader.input[reader.at + (i >> 3)]! & (1 << (i & 7))) !== 0);
  reader.at += bytes;
  return nullable;
}

function readOptional(reader: Reader, map: TableMap): void {
  while (reader.at < reader.end) {
    const field = readUInt(reader, 1);
    const length = readLength(reader);
    need(reader, length);
    const inner = {input: reader.input, at: reader.at, end: reader.at + length};
    if (field === optional.signedness) map.unsigned = readSignedness(inner, map.types);
    if (field === optional.columnName) {
      map.names = [];
      while (inner.at < inner.end) map.names.push(readText(inner, readLength(inner)));
      if (map.names.length !== map.types.length)
        throw new RangeError('a table map with fewer names than columns');
    }
    reader.at += length;
  }
}

/** One bit a numeric column, from the highest bit down; set means unsigned. */
function readSignedness(reader: Reader, types: Uint8Array): boolean[] {
  let numeric = 0;
  return Array.from(types, type => {
    if (!numericTypes.has(type)) return false;
    const byteAt = reader.at + (numeric >> 3);
    if (byteAt >= reader.end) throw new RangeError('a table map with too few signedness bits');
    return (reader.input[byteAt]! & (0x80 >> (numeric++ & 7))) !== 0;
  });
}

/** Database and table: a length byte, UTF-8, a zero byte. */
function readName(reader: Reader): string {
  const name = readText(reader, readLength(reader));
  reader.at++;
  return name;
}

function readText(reader: Reader, bytes: number): string {
  need(reader, bytes);
  const text = reader.input.toString('utf8', reader.at, reader.at + bytes);
  reader.at += bytes;
  return text;
}

function readLength(reader: Reader): number {
  const first = readUInt(reader, 1);
  if (first < 251) return first;
  return readUInt(reader, first === 252 ? 2 : first === 253 ? 3 : 8);
}

function readUInt(reader: Reader, bytes: number): number {
  need(reader, bytes);
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + reader.input[reader.at + i]!;
  reader.at += bytes;
  return value;
}

function need(reader: Reader, bytes: number): void {
  if (reader.at + bytes > reader.end) throw new RangeError('a table map shorter than its lengths');
}
