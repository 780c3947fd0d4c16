// The little of FlatBuffers that Arrow's message heads need: tables written forwards from a description, and fields read by number.
// Format: flatbuffers.dev, "FlatBuffer Internals". Everything is placed at multiples of eight, so every field is aligned.

/** A field of a table; the place in the list is its number, null leaves it out. */
export type FlatField =
  | null
  | {kind: 'int8' | 'int16' | 'int32'; value: number}
  | {kind: 'int64'; value: number}
  | {kind: 'text'; value: string}
  | {kind: 'table'; fields: FlatField[]}
  | {kind: 'tables'; items: FlatField[][]}
  /** A vector of structs of two 64-bit numbers. */
  | {kind: 'pairs'; items: [number, number][]};

const widths = {int8: 1, int16: 2, int32: 4, int64: 8, text: 4, table: 4, tables: 4, pairs: 4};

/** The bytes of a buffer whose root is a table of `fields`. */
export function writeFlat(fields: FlatField[]): Buffer {
  const parts: Parts = {bytes: [], length: 0};
  const root = append(parts, Buffer.alloc(8));
  root.writeUInt32LE(writeTable(parts, fields), 0);
  return Buffer.concat(parts.bytes);
}

interface Parts {
  bytes: Buffer[];
  length: number;
}

function append(parts: Parts, bytes: Buffer): Buffer {
  const padded = Buffer.alloc((bytes.length + 7) & ~7);
  bytes.copy(padded);
  parts.bytes.push(padded);
  parts.length += padded.length;
  return padded;
}

/** Gives the table's place; what it points to comes after it. */
function writeTable(parts: Parts, fields: FlatField[]): number {
  const places = placesOf(fields);
  const size = Math.max(
    4,
    ...fields.map((field, i) => places[i]! + (field === null ? 0 : widths[field.kind])),
  );
  const head = Buffer.alloc(4 + 2 * fields.length);
  head.writeUInt16LE(head.length, 0);
  head.writeUInt16LE(size, 2);
  for (const [i, place] of places.entries()) head.writeUInt16LE(place, 4 + 2 * i);
  const headAt = parts.length;
  append(parts, head);
  const at = parts.length;
  const table = append(parts, Buffer.alloc(size));
  table.writeInt32LE(at - headAt, 0);
  for (const [i, field] of fields.entries()) {
    if (field === null) continue;
    const place = places[i]!;
    if (field.kind === 'int8') table.writeInt8(field.value, place);
    else if (field.kind === 'int16') table.writeInt16LE(field.value, place);
    else if (field.kind === 'int32') table.writeInt32LE(field.value, place);
    else if (field.kind === 'int64') table.writeBigInt64LE(BigInt(field.value), place);
    else table.writeUInt32LE(writeChild(parts, field) - at - place, place);
  }
  return at;
}

/** Offsets of the fields in their table, each a multiple of its width; 0 for one left out. */
function placesOf(fields: FlatField[]): number[] {
  let next = 4;
  return fields.map(field => {
    if (field === null) return 0;
    const width = widths[field.kind];
    const place = (next + width - 1) & ~(width - 1);
    next = place + width;
    return place;
  });
}

function writeChild(parts: Parts, field: Exclude<FlatField, null>): number {
  switch (field.kind) {
    case 'table':
      return writeTable(parts, field.fields);
    case 'text': {
      const text = Buffer.from(field.value, 'utf8');
      const at = parts.length;
      append(parts, Buffer.alloc(5 + text.length)).writeUInt32LE(text.length, 0);
      text.copy(parts.bytes.at(-1)!, 4);
      return at;
    }
    case 'tables': {
      const at = parts.length;
      const vector = append(parts, Buffer.alloc(4 + 4 * field.items.length));
      vector.writeUInt32LE(field.items.length, 0);
      for (const [i, item] of field.items.entries()) {
        const place = 4 + 4 * i;
        vector.writeUInt32LE(writeTable(parts, item) - at - place, place);
      }
      return at;
    }
    case 'pairs': {
      // The count stands right before the structs, which begin at a multiple of eight.
      const at = parts.length + 4;
      const vector = append(parts, Buffer.alloc(8 + 16 * field.items.length));
      vector.writeUInt32LE(field.items.length, 4);
      for (const [i, [first, second]] of field.items.entries()) {
        vector.writeBigInt64LE(BigInt(first), 8 + 16 * i);
        vector.writeBigInt64LE(BigInt(second), 16 + 16 * i);
      }
      return at;
    }
    default:
      return 0;
  }
}

/** A table being read. Reading outside the bytes throws a RangeError. */
export interface FlatTable {
  bytes: Buffer;
  at: number;
}

/** The root table of `bytes`. */
export function readFlat(bytes: Buffer): FlatTable {
  return {bytes, at: bytes.readUInt32LE(0)};
}

/** Where field `number` is; 0 when it was left out. */
export function fieldAt({bytes, at}: FlatTable, number: number): number {
  const head = at - bytes.readInt32LE(at);
  const place = 4 + 2 * number;
  const offset = place < bytes.readUInt16LE(head) ? bytes.readUInt16LE(head + place) : 0;
  return offset === 0 ? 0 : at + offset;
}

/** A 64-bit field as a number; 0 when left out. */
export function longAt(table: FlatTable, number: number): number {
  const at = fieldAt(table, number);
  return at === 0 ? 0 : Number(table.bytes.readBigInt64LE(at));
}

/** A field that is a table; null when left out. */
export function tableAt(table: FlatTable, number: number): FlatTable | null {
  const at = fieldAt(table, number);
  return at === 0 ? null : {bytes: table.bytes, at: at + table.bytes.readUInt32LE(at)};
}

/** A field that is a vector of structs of two 64-bit numbers. */
export function pairsAt(table: FlatTable, number: number): [number, number][] {
  const at = fieldAt(table, number);
  if (at === 0) return [];
  const {bytes} = table;
  const start = at + bytes.readUInt32LE(at);
  const count = bytes.readUInt32LE(start);
  if (count * 16 > bytes.length) throw new RangeError('a vector is longer than its buffer');
  return Array.from({length: count}, (_, i) => [
    Number(bytes.readBigInt64LE(start + 4 + 16 * i)),
    Number(bytes.readBigInt64LE(start + 12 + 16 * i)),
  ]);
}
