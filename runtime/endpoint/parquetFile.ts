// A Parquet file of blocks' rows: uncompressed, PLAIN, one page a column chunk. DuckDB reads it; nobody else needs to.
// Format: Apache Parquet file format 2, metadata in the Thrift compact protocol.
import type {FileHandle} from 'node:fs/promises';
import {physicalTypes, type Leaf, pageOf} from './parquetLeaf.ts';

/** One element of the file's schema, parents before children. */
export interface SchemaNode {
  name: string;
  /** 0 required, 1 optional, 2 repeated. */
  repetition: 0 | 1 | 2;
  /** Number of children of a group; null for a leaf. */
  children: number | null;
  physical: keyof typeof physicalTypes | null;
  /** Parquet's ConvertedType; null when none. */
  converted: number | null;
  precision: number | null;
  scale: number | null;
}

/** ConvertedType numbers. */
export const converted = {
  utf8: 0,
  map: 1,
  list: 3,
  decimal: 5,
  date: 6,
  timestampMillis: 9,
  timestampMicros: 10,
  int8: 15,
  int16: 16,
  json: 19,
} as const;

interface ColumnChunk {
  leaf: Leaf;
  offset: number;
  bytes: number;
  levels: number;
}

interface RowGroup {
  rows: number;
  bytes: number;
  chunks: ColumnChunk[];
}

export interface ParquetFile {
  /** Writes what the leaves hold as a row group of `rows`; the leaves may be reset after it. */
  writeGroup(leaves: Leaf[], rows: number): Promise<void>;
  /** Writes the footer. The caller closes the file. */
  end(): Promise<void>;
}

const magic = Buffer.from('PAR1');

/** A file with `schema` (its root's children at depth one counted in `rootChildren`), written through `handle`. */
export async function createParquetFile(
  handle: FileHandle,
  schema: SchemaNode[],
  rootChildren: number,
): Promise<ParquetFile> {
  const groups: RowGroup[] = [];
  let at = magic.length;
  await handle.writeFile(magic);
  return {
    writeGroup: async (leaves, rows) => {
      const group: RowGroup = {rows, bytes: 0, chunks: []};
      const parts: Uint8Array[] = [];
      for (const leaf of leaves) {
        const page = pageOf(leaf);
        const pageBytes = page.reduce((sum, part) => sum + part.length, 0);
        const header = pageHeader(pageBytes, leaf.levels);
        const bytes = header.length + pageBytes;
        group.chunks.push({leaf, offset: at, bytes, levels: leaf.levels});
        group.bytes += bytes;
        at += bytes;
        parts.push(header, ...page);
      }
      groups.push(group);
      await handle.writev(parts);
    },
    end: async () => {
      const footer = fileMetadata(schema, rootChildren, groups);
      const length = Buffer.allocUnsafe(4);
      length.writeUInt32LE(footer.length);
      await handle.writev([footer, length, magic]);
    },
  };
}

function pageHeader(bytes: number, levels: number): Buffer {
  const thrift = new ThriftText();
  thrift.i32(1, 0).i32(2, bytes).i32(3, bytes);
  thrift.struct(5, page => page.i32(1, levels).i32(2, 0).i32(3, 3).i32(4, 3));
  return thrift.end();
}

function fileMetadata(schema: SchemaNode[], rootChildren: number, groups: RowGroup[]): Buffer {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const root: SchemaNode = {
    name: 'row',
    repetition: 0,
    children: rootChildren,
    physical: null,
    converted: null,
    precision: null,
    scale: null,
  };
  return new ThriftText()
    .i32(1, 1)
    .structs(2, [root, ...schema], schemaElement)
    .i64(3, rows)
    .structs(4, groups, rowGroup)
    .end();
}

function schemaElement(thrift: ThriftText, node: SchemaNode): void {
  if (node.physical !== null) thrift.i32(1, physicalTypes[node.physical]);
  if (node.physical === 'fixed16') thrift.i32(2, 16);
  thrift.i32(3, node.repetition).text(4, node.name);
  if (node.children !== null) thrift.i32(5, node.children);
  if (node.converted !== null) thrift.i32(6, node.converted);
  if (node.scale !== null) thrift.i32(7, node.scale);
  if (node.precision !== null) thrift.i32(8, node.precision);
}

function rowGroup(thrift: ThriftText, group: RowGroup): void {
  thrift
    .structs(1, group.chunks, (chunk, {leaf, offset, bytes, levels}) => {
      chunk.i64(2, offset).struct(3, meta => {
        meta.i32(1, physicalTypes[leaf.physical]).i32s(2, [0, 3]).texts(3, leaf.path);
        meta.i32(4, 0).i64(5, levels).i64(6, bytes).i64(7, bytes).i64(9, offset);
      });
    })
    .i64(2, group.bytes)
    .i64(3, group.rows);
}

/** Field types of the Thrift compact protocol. */
const thriftTypes = {i32: 5, i64: 6, binary: 8, list: 9, struct: 12} as const;

/** Bytes of one Thrift struct, built field by field in rising order. */
class ThriftText {
  #parts: number[] = [];
  #last = 0;

  i32(id: number, value: number): this {
    return this.#field(id, thriftTypes.i32).#varint(value * 2);
  }

  i64(id: number, value: number): this {
    return this.#field(id, thriftTypes.i64).#varint(value * 2);
  }

  text(id: number, value: string): this {
    return this.#field(id, thriftTypes.binary).#bytes(Buffer.from(value, 'utf8'));
  }

  struct(id: number, build: (inner: ThriftText) => unknown): this {
    const inner = new ThriftText();
    build(inner);
    return this.#field(id, thriftTypes.struct).#raw(inner.end());
  }

  structs<T>(id: number, values: T[], build: (inner: ThriftText, value: T) => void): this {
    this.#list(id, values.length, thriftTypes.struct);
    for (const value of values) {
      const inner = new ThriftText();
      build(inner, value);
      this.#raw(inner.end());
    }
    return this;
  }

  i32s(id: number, values: number[]): this {
    this.#list(id, values.length, thriftTypes.i32);
    for (const value of values) this.#varint(value * 2);
    return this;
  }

  texts(id: number, values: string[]): this {
    this.#list(id, values.length, thriftTypes.binary);
    for (const value of values) this.#bytes(Buffer.from(value, 'utf8'));
    return this;
  }

  end(): Buffer {
    return Buffer.from([...this.#parts, 0]);
  }

  #list(id: number, count: number, type: number): void {
    this.#field(id, thriftTypes.list);
    if (count < 15) this.#parts.push((count << 4) | type);
    else this.#raw(Uint8Array.of(0xf0 | type)).#varint(count);
  }

  /** Fields here are less than 16 apart, so the short form always serves. */
  #field(id: number, type: number): this {
    this.#parts.push(((id - this.#last) << 4) | type);
    this.#last = id;
    return this;
  }

  #bytes(bytes: Uint8Array): this {
    return this.#varint(bytes.length).#raw(bytes);
  }

  #raw(bytes: Uint8Array): this {
    for (const byte of bytes) this.#parts.push(byte);
    return this;
  }

  /** A varint of a number that is not negative; callers give zig-zag already doubled. */
  #varint(value: number): this {
    for (; value > 127; value = Math.floor(value / 128)) this.#parts.push((value % 128) | 128);
    this.#parts.push(value);
    return this;
  }
}
