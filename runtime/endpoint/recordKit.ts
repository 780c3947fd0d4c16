// What the generated code of fastRecords.ts calls: checks and copies that are too rare or too long to be written out.
import {isUtf8} from 'node:buffer';
import {crcTables} from '../codec/crc32c.ts';
import {charactersOf, isJson} from './parquetCells.ts';
import {parseDecimal, type DecimalWords} from './decimalWords.ts';
import {growRows, reserveLeaf, type Leaf} from './parquetLeaf.ts';

/** Functions by the names that the generated code uses. */
export const recordKit = {
  crcTables,
  parseDecimal,
  isJson,
  isUtf8: (bytes: Uint8Array, at: number, end: number): boolean => isUtf8(bytes.subarray(at, end)),
  /** Whether a text of more bytes than characters are allowed has no more characters. */
  fits: (bytes: Uint8Array, at: number, end: number, charactersMax: number): boolean =>
    charactersOf(bytes, at, end) <= charactersMax,
  /** Room for `more` bytes of text after the first `length`. */
  grow: (leaf: Leaf, length: number, more: number): void => {
    leaf.length = length;
    reserveLeaf(leaf, more);
  },
  growRows,
  /** A 128-bit number, highest byte first, as Parquet wants it. */
  putSixteen: (bytes: Uint8Array, at: number, words: DecimalWords): void => {
    for (let word = 3; word >= 0; word--) {
      for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = words[word]! >>> shift;
    }
  },
};
