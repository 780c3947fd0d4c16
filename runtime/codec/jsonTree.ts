// Binary JSON as a tree that can be changed: containers are opened where a path goes, all else stays the bytes it is.
// Written again in the large format, which reads the same. Format: MySQL source, sql-common/json_binary.h.

/** Bytes that are no document, or differences that do not apply. */
export class JsonFault extends Error {}

export type JsonNode = JsonLeaf | JsonObject | JsonArray;

/** A value as its type and the bytes that belong to it; a container too, until it is opened. */
export interface JsonLeaf {
  kind: 'leaf';
  type: number;
  bytes: Buffer;
}

export interface JsonObject {
  kind: 'object';
  /** In MySQL's order: by length of the key, then by its bytes. */
  members: {key: Buffer; value: JsonNode}[];
}

export interface JsonArray {
  kind: 'array';
  cells: JsonNode[];
}

const smallObject = 0;
const largeObject = 1;
const smallArray = 2;
const largeArray = 3;
const string = 12;
const opaque = 15;

/** Bytes of the other types: literal, 16, 32 and 64 bits, double. */
const scalarBytes: Readonly<Record<number, number>> = {
  4: 1,
  5: 2,
  6: 2,
  7: 4,
  8: 4,
  9: 8,
  10: 8,
  11: 8,
};

/** The document whose type byte and bytes are `document`. No bytes are the literal null, as MySQL reads them. */
export function jsonTree(document: Buffer): JsonNode {
  if (document.length === 0) return {kind: 'leaf', type: 4, bytes: Buffer.alloc(1)};
  return leafAt(document, document[0]!, 1, document.length);
}

/** `node` as an object or array if it is one; its members or cells are leaves at first. */
export function opened(node: JsonNode): JsonNode {
  if (node.kind !== 'leaf' || node.type > largeArray) return node;
  const {type, bytes} = node;
  const isLarge = type === largeObject || type === largeArray;
  const isObject = type === smallObject || type === largeObject;
  const width = isLarge ? 4 : 2;
  const read = (at: number) => bytes.readUIntLE(need(bytes, at, width), width);
  const count = read(0);
  const keys = 2 * width;
  const keyBytes = isObject ? width + 2 : 0;
  const values = keys + count * keyBytes;
  need(bytes, values, count * (1 + width));
  const valueAt = (i: number): JsonNode => {
    const entry = values + i * (1 + width);
    const entryType = bytes[entry]!;
    if (isInlined(entryType, isLarge)) return leafAt(bytes, entryType, entry + 1, bytes.length);
    return leafAt(bytes, entryType, read(entry + 1), bytes.length);
  };
  if (!isObject) return {kind: 'array', cells: Array.from({length: count}, (_, i) => valueAt(i))};
  const members = Array.from({length: count}, (_, i) => {
    const entry = keys + i * keyBytes;
    const start = read(entry);
    const length = bytes.readUInt16LE(entry + width);
    need(bytes, start, length);
    return {key: bytes.subarray(start, start + length), value: valueAt(i)};
  });
  return {kind: 'object', members};
}

/** The document of `node`: its type byte and bytes. */
export function jsonDocument(node: JsonNode): Buffer {
  const {type, bytes} = written(node);
  return Buffer.concat([Buffer.from([type]), bytes]);
}

/** Containers that were opened are written in the large format; every other value keeps its bytes. */
function written(node: JsonNode): JsonLeaf {
  if (node.kind === 'leaf') return node;
  const isObject = node.kind === 'object';
  const keys = node.kind === 'object' ? node.members.map(member => member.key) : [];
  const children = node.kind === 'object' ? node.members.map(member => member.value) : node.cells;
  const values = children.map(written);
  const keyEntries = 8;
  const valueEntries = keyEntries + keys.length * 6;
  let end = valueEntries + values.length * 5;
  const head = Buffer.alloc(end);
  head.writeUInt32LE(values.length, 0);
  keys.forEach((key, i) => {
    head.writeUInt32LE(end, keyEntries + i * 6);
    head.writeUInt16LE(key.length, keyEntries + i * 6 + 4);
    end += key.length;
  });
  const parts: Buffer[] = [];
  values.forEach(({type, bytes}, i) => {
    const entry = valueEntries + i * 5;
    head[entry] = type;
    if (isInlined(type, true)) {
      // Signed 16 bits are read from the first two bytes of the entry.
      head.set(bytes, entry + 1);
      return;
    }
    head.writeUInt32LE(end, entry + 1);
    parts.push(bytes);
    end += bytes.length;
  });
  head.writeUInt32LE(end, 4);
  const bytes = Buffer.concat([head, ...keys, ...parts], end);
  return {kind: 'leaf', type: isObject ? largeObject : largeArray, bytes};
}

function leafAt(input: Buffer, type: number, at: number, to: number): JsonLeaf {
  const length = sizeAt(input, type, at);
  if (at + length > to) throw new JsonFault(`${length} bytes where ${to - at} are left`);
  return {kind: 'leaf', type, bytes: input.subarray(at, at + length)};
}

/** Bytes of the value of `type` at `at`. */
function sizeAt(input: Buffer, type: number, at: number): number {
  const scalar = scalarBytes[type];
  if (scalar !== undefined) return scalar;
  switch (type) {
    case smallObject:
    case smallArray:
      need(input, at, 4);
      return Math.max(4, input.readUInt16LE(at + 2));
    case largeObject:
    case largeArray:
      need(input, at, 8);
      return Math.max(8, input.readUInt32LE(at + 4));
    case string:
      return lengthAt(input, at);
    case opaque:
      return 1 + lengthAt(input, at + 1);
    default:
      throw new JsonFault(`value type ${type}`);
  }
}

/** Bytes of a length in seven-bit groups, low first, and of what it counts. */
function lengthAt(input: Buffer, at: number): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = input[need(input, at + i, 1)]!;
    length += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return i + 1 + length;
  }
  throw new JsonFault('a length of more than five bytes');
}

/** Small values stand in the entry itself. */
function isInlined(type: number, isLarge: boolean): boolean {
  return type === 4 || type === 5 || type === 6 || (isLarge && (type === 7 || type === 8));
}

function need(bytes: Buffer, at: number, count: number): number {
  if (at + count > bytes.length)
    throw new JsonFault(`${count} bytes where ${Math.max(0, bytes.length - at)} are left`);
  return at;
}
