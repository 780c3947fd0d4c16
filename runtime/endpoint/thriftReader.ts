// Reads structs of the Thrift compact protocol, as far as Parquet's metadata needs it: fields by number, nothing named.

/** A field: whole number, bytes, list, or struct. */
export type ThriftValue = number | boolean | Uint8Array | ThriftValue[] | ThriftStruct;
/** Fields by their number. */
export type ThriftStruct = Map<number, ThriftValue>;

interface Cursor {
  bytes: Uint8Array;
  at: number;
}

/** The struct that begins at `at`, and the place after it. */
export function readThrift(bytes: Uint8Array, at: number): {fields: ThriftStruct; end: number} {
  const cursor = {bytes, at};
  const fields = readStruct(cursor);
  return {fields, end: cursor.at};
}

function readStruct(cursor: Cursor): ThriftStruct {
  const fields: ThriftStruct = new Map();
  let id = 0;
  for (;;) {
    const head = cursor.bytes[cursor.at++] ?? 0;
    if (head === 0) return fields;
    const step = head >> 4;
    id = step === 0 ? zigZag(cursor) : id + step;
    fields.set(id, readValue(cursor, head & 15));
  }
}

function readValue(cursor: Cursor, type: number): ThriftValue {
  switch (type) {
    case 1:
    case 2:
      return type === 1;
    case 3:
      return cursor.bytes[cursor.at++]!;
    case 4:
    case 5:
    case 6:
      return zigZag(cursor);
    case 7: {
      cursor.at += 8;
      return cursor.bytes.subarray(cursor.at - 8, cursor.at);
    }
    case 8: {
      const length = varint(cursor);
      cursor.at += length;
      return cursor.bytes.subarray(cursor.at - length, cursor.at);
    }
    case 9:
    case 10:
      return readList(cursor);
    case 12:
      return readStruct(cursor);
    default:
      throw new RangeError(`no Thrift type ${type} is in Parquet's metadata`);
  }
}

function readList(cursor: Cursor): ThriftValue[] {
  const head = cursor.bytes[cursor.at++]!;
  const count = head >> 4 === 15 ? varint(cursor) : head >> 4;
  const type = head & 15;
  // A list's booleans are bytes of their own.
  if (type < 3) return Array.from({length: count}, () => cursor.bytes[cursor.at++] === 1);
  return Array.from({length: count}, () => readValue(cursor, type));
}

function zigZag(cursor: Cursor): number {
  const value = varint(cursor);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Up to 2^53: file offsets and counts; the statistics beyond it are not read as numbers. */
function varint(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = cursor.bytes[cursor.at++] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}
