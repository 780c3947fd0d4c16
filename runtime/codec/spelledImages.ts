// Row images of MariaDB with columns of types that MySQL has not: UUID, INET4 and INET6, which are bytes there and text in
// every answer, become text; its VECTOR gets the length that MySQL's has. Then whatever reads images reads these.
// Formats: MariaDB source, sql/sql_type_uuid.h, sql/sql_type_inet.cc (Inet6::to_string), sql/sql_type_vector.h.
import {fail} from '../base/errors.ts';
import {cellError, CellFault} from './cellFault.ts';
import {imageColumns, walkImage} from './imageCells.ts';
import type {TablePlan} from './plan.ts';
import {tableName} from './planTable.ts';
import type {TableMap} from './tableMap.ts';

/** Gives the images of an event, input[at, end), as those that follow the other map. */
export type SpellImages = (input: Buffer, at: number, end: number) => Buffer;

export interface Spelling {
  /** What the images follow that `images` gives. */
  map: TableMap;
  images: SpellImages;
}

/** A type of MariaDB: bytes of a value, the longest text, and the text of a value's bytes. */
interface OwnType {
  bytes: number;
  textBytesMax: number;
  spell: (value: Buffer) => string;
}

const ownTypes: Readonly<Record<string, OwnType>> = {
  uuid: {bytes: 16, textBytesMax: 36, spell: uuidText},
  inet4: {bytes: 4, textBytesMax: 15, spell: value => inet4Text(value, 0)},
  inet6: {bytes: 16, textBytesMax: 39, spell: inet6Text},
};

const typeVarchar = 15;
const typeVector = 242;
const typeString = 254;
const vectorLengthBytes = 4;

/** How images that follow `map` are spelled for `plan`; null where they are read as they stand. */
export function spellingOf(plan: TablePlan, map: TableMap): Spelling | null {
  const {columns} = plan.source;
  const spelled = columns.map(({dataType}, i) => {
    if (dataType === 'vector') return map.types[i] === typeVarchar;
    return ownTypes[dataType] !== undefined;
  });
  if (!spelled.includes(true)) return null;
  const [types, metadata] = [[...map.types], [...map.metadata]];
  columns.forEach(({name, columnType, dataType}, i) => {
    if (!spelled[i]) return;
    const own = ownTypes[dataType];
    if (own !== undefined && (types[i] !== typeString || metadata[i] !== stringOf(own.bytes))) {
      const what = `column ${name} (${columnType}) is type ${types[i]} there`;
      throw fail('SYNC3201', {table: tableName(plan.source), what});
    }
    types[i] = own === undefined ? typeVector : typeString;
    metadata[i] = own === undefined ? vectorLengthBytes : stringOf(own.textBytesMax);
  });
  return {
    map: {...map, types: Uint8Array.from(types), metadata: Uint16Array.from(metadata)},
    images: spellImages(plan, map, spelled),
  };
}

/** The metadata of a STRING of that many bytes, below 256. */
function stringOf(bytes: number): number {
  return (typeString << 8) | bytes;
}

function spellImages(plan: TablePlan, map: TableMap, spelled: readonly boolean[]): SpellImages {
  const {columns} = plan.source;
  const cells = imageColumns(columns, map);
  return (input, at, end) => {
    const parts: Buffer[] = [];
    let copied = at;
    try {
      while (at < end)
        at = walkImage(cells, input, at, end, (i, start, stop) => {
          if (!spelled[i]) return;
          parts.push(input.subarray(copied, start - cells[i]!.lengthBytes));
          parts.push(spelledCell(ownTypes[columns[i]!.dataType], input, start, stop));
          copied = stop;
        });
    } catch (error) {
      throw cellError(plan, error);
    }
    parts.push(input.subarray(copied, end));
    return Buffer.concat(parts);
  };
}

/** Zero bytes at the end of a value are left out in an image. */
function spelledCell(own: OwnType | undefined, input: Buffer, start: number, stop: number): Buffer {
  if (own === undefined) {
    const length = Buffer.alloc(vectorLengthBytes);
    length.writeUInt32LE(stop - start);
    return Buffer.concat([length, input.subarray(start, stop)]);
  }
  if (stop - start > own.bytes)
    throw new CellFault(
      'malformed',
      -1,
      `a value of ${stop - start} bytes instead of ${own.bytes}`,
    );
  const value = Buffer.alloc(own.bytes);
  input.copy(value, 0, start, stop);
  const text = own.spell(value);
  return Buffer.from(String.fromCharCode(text.length) + text, 'latin1');
}

function uuidText(value: Buffer): string {
  const hex = value.toString('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${groups.join('-')}-${hex.slice(20)}`;
}

function inet4Text(value: Buffer, at: number): string {
  return `${value[at]}.${value[at + 1]}.${value[at + 2]}.${value[at + 3]}`;
}

/** The first of the longest runs of zero words is left out, a run of one too; an IPv4 address inside is dotted. */
function inet6Text(value: Buffer): string {
  const words = Array.from({length: 8}, (_, i) => value.readUInt16BE(2 * i));
  const gap = longestZeros(words);
  let text = '';
  for (let i = 0; i < words.length; i++) {
    if (i === gap.at) {
      text += i === 0 ? '::' : ':';
      i += gap.length - 1;
      continue;
    }
    const isMapped = gap.length === 5 && words[5] === 0xffff;
    if (i === 6 && gap.at === 0 && (gap.length === 6 || isMapped))
      return text + inet4Text(value, 12);
    text += words[i]!.toString(16) + (i + 1 < words.length ? ':' : '');
  }
  return text;
}

function longestZeros(words: readonly number[]): {at: number; length: number} {
  let longest = {at: -1, length: 0};
  for (let at = 0; at < words.length; at++) {
    let length = 0;
    while (words[at + length] === 0) length++;
    if (length > longest.length) longest = {at, length};
    if (length > 0) at += length - 1;
  }
  return longest;
}
