// Puts single cells into Parquet leaves in PLAIN encoding, and checks what only the bytes can tell: UTF-8, lengths, JSON.
// The fast path of an upload: nothing here allocates for a cell.
import {isUtf8} from 'node:buffer';
import type {OdpsType} from '../codec/odpsType.ts';
import {OutOfType, type CellSink} from '../codec/recordCells.ts';
import {parseDecimal, type DecimalWords} from './decimalWords.ts';
import {converted} from './parquetFile.ts';
import {addPresent, markLeaf, reserveLeaf, type Leaf, type Physical} from './parquetLeaf.ts';

interface FlatForm {
  physical: Physical;
  mark: number | null;
  precision?: number;
  scale?: number;
}

/** How values of a flat type lie in Parquet. */
export function flatForm(type: OdpsType): FlatForm {
  switch (type.name) {
    case 'tinyint':
      return {physical: 'int32', mark: converted.int8};
    case 'smallint':
      return {physical: 'int32', mark: converted.int16};
    case 'int':
      return {physical: 'int32', mark: null};
    case 'date':
      return {physical: 'int32', mark: converted.date};
    case 'bigint':
      return {physical: 'int64', mark: null};
    case 'datetime':
      return {physical: 'int64', mark: converted.timestampMillis};
    case 'timestamp':
    case 'timestamp_ntz':
      return {physical: 'int64', mark: converted.timestampMicros};
    case 'boolean':
    case 'float':
    case 'double':
      return {physical: type.name, mark: null};
    case 'decimal': {
      const {precision, scale} = type;
      const physical = precision <= 9 ? 'int32' : precision <= 18 ? 'int64' : 'fixed16';
      return {physical, mark: converted.decimal, precision, scale};
    }
    case 'binary':
      return {physical: 'bytes', mark: null};
    default:
      return {physical: 'bytes', mark: converted.utf8};
  }
}

/** A 32-bit value. */
export function putInt32(leaf: Leaf, value: number): void {
  begin(leaf, 4);
  leaf.words[leaf.length >> 2] = value;
  leaf.length += 4;
}

/** A 64-bit value from its halves. */
export function putInt64(leaf: Leaf, lo: number, hi: number): void {
  begin(leaf, 8);
  const word = leaf.length >> 2;
  leaf.words[word] = lo;
  leaf.words[word + 1] = hi;
  leaf.length += 8;
}

/** A boolean, packed when the page is made. */
export function putByte(leaf: Leaf, value: number): void {
  begin(leaf, 1);
  leaf.bytes[leaf.length++] = value;
}

/** `size` bytes as they stand. */
export function putFixed(leaf: Leaf, bytes: Uint8Array, at: number, size: number): void {
  begin(leaf, size);
  for (let i = 0; i < size; i++) leaf.bytes[leaf.length + i] = bytes[at + i]!;
  leaf.length += size;
}

/** Below this many bytes a loop beats a call into the runtime's copy. */
const loopBytesMax = 64;

/** Bytes with their length before them. */
export function putBytes(leaf: Leaf, bytes: Uint8Array, at: number, end: number): void {
  putLength(leaf, end - at);
  if (end - at > loopBytesMax) leaf.bytes.set(bytes.subarray(at, end), leaf.length);
  else for (let to = leaf.length, i = at; i < end; i++) leaf.bytes[to++] = bytes[i]!;
  leaf.length += end - at;
}

/** Bytes that must be UTF-8. */
export function putText(leaf: Leaf, bytes: Uint8Array, at: number, end: number): void {
  if (end - at > loopBytesMax) {
    if (!isUtf8(bytes.subarray(at, end))) throw new OutOfType('a string that is not UTF-8');
    return putBytes(leaf, bytes, at, end);
  }
  putLength(leaf, end - at);
  let any = 0;
  for (let to = leaf.length, i = at; i < end; i++) {
    const byte = bytes[i]!;
    any |= byte;
    leaf.bytes[to++] = byte;
  }
  if (any > 127 && !isUtf8(bytes.subarray(at, end))) {
    throw new OutOfType('a string that is not UTF-8');
  }
  leaf.length += end - at;
}

function putLength(leaf: Leaf, length: number): void {
  begin(leaf, length + 4);
  const {bytes, length: at} = leaf;
  bytes[at] = length;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length >>> 16;
  bytes[at + 3] = length >>> 24;
  leaf.length += 4;
}

function begin(leaf: Leaf, bytes: number): void {
  if (leaf.repMax === 0) markLeaf(leaf);
  addPresent(leaf);
  reserveLeaf(leaf, bytes);
}

/** Takes decimal text as a whole number of `scale`. */
export function decimalMethod(leaf: Leaf, precision: number, scale: number): CellSink['bytes'] {
  const words: DecimalWords = new Int32Array(4);
  return (bytes, at, end) => {
    if (!parseDecimal(bytes, at, end, precision, scale, words)) {
      const text = Buffer.from(bytes.subarray(at, Math.min(end, at + 60))).toString('latin1');
      throw new OutOfType(`the decimal "${text}"`);
    }
    if (leaf.physical === 'int32') return putInt32(leaf, words[0]!);
    if (leaf.physical === 'int64') return putInt64(leaf, words[0]!, words[1]!);
    begin(leaf, 16);
    for (let word = 3; word >= 0; word--) {
      for (let shift = 24; shift >= 0; shift -= 8)
        leaf.bytes[leaf.length++] = words[word]! >>> shift;
    }
  };
}

/** seconds × 10^6 + micros in 64 bits: seconds are split at 2^20, so that every product stays below 2^53. */
export function putMicros(leaf: Leaf, seconds: number, micros: number): void {
  const high = Math.floor(seconds / 1_048_576);
  const low = (seconds - high * 1_048_576) * 1_000_000 + micros;
  const top = high * 1_000_000;
  const sum = (top & 4095) * 1_048_576 + low;
  putInt64(leaf, sum | 0, Math.floor(top / 4096) + Math.floor(sum / 4_294_967_296));
}

/** Refuses a text of more characters than its type allows. */
export function checkLength(bytes: Uint8Array, at: number, end: number, lengthMax: number): void {
  const characters = charactersOf(bytes, at, end);
  if (characters > lengthMax) throw new OutOfType(`a text of ${characters} characters`);
}

/** Characters of the UTF-8 text bytes[at, end). */
export function charactersOf(bytes: Uint8Array, at: number, end: number): number {
  let characters = 0;
  for (let i = at; i < end; i++) if ((bytes[i]! & 0xc0) !== 0x80) characters++;
  return characters;
}

/** Refuses a text that is not JSON. */
export function checkJson(bytes: Uint8Array, at: number, end: number): void {
  if (!isJson(bytes, at, end)) throw new OutOfType('a text that is not JSON');
}

/** Whether bytes[at, end) are JSON. */
export function isJson(bytes: Uint8Array, at: number, end: number): boolean {
  try {
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
