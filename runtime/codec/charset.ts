// Character sets of MySQL columns: how many bytes a character takes and how their bytes become UTF-8.
// A snapshot is converted by the server; only row images need this. Knows no column and no policy.
import {swe7Replaced, upperHalves} from './charsetTables.ts';

export interface Charset {
  /** Most bytes of one character: CHAR(n) and VARCHAR(n) take n times this in a row image. */
  bytesMax: number;
  /** utf8: bytes are copied. table: one byte, one character. unicode: fixed or surrogate units. */
  form: 'utf8' | 'table' | 'ucs2' | 'utf16' | 'utf16le' | 'utf32';
  /** Bytes below 128 mean ASCII, so that pure ASCII cells are copied. */
  asciiSafe: boolean;
  /** The 256 characters of a `table`; empty for the others. */
  characters: string;
}

/** What is known of `charset`, or null when its bytes cannot be turned into UTF-8 exactly. */
export function charsetOf(charset: string): Charset | null {
  return charsets.get(charset) ?? null;
}

/** Names of the character sets that are supported, for messages and docs. */
export function charsetNames(): string[] {
  return [...charsets.keys()].toSorted();
}

const ascii = Array.from({length: 128}, (_, code) => String.fromCharCode(code));

const unicode = (form: Charset['form'], bytesMax: number): Charset => ({
  bytesMax,
  form,
  asciiSafe: form === 'utf8',
  characters: '',
});

const table = (characters: string, asciiSafe: boolean): Charset => ({
  bytesMax: 1,
  form: 'table',
  asciiSafe,
  characters,
});

const charsets = new Map<string, Charset>([
  ['utf8mb4', unicode('utf8', 4)],
  ['utf8mb3', unicode('utf8', 3)],
  // The name of utf8mb3 before MySQL 8.0.30.
  ['utf8', unicode('utf8', 3)],
  ['ucs2', unicode('ucs2', 2)],
  ['utf16', unicode('utf16', 4)],
  ['utf16le', unicode('utf16le', 4)],
  ['utf32', unicode('utf32', 4)],
  ...Object.entries(upperHalves).map(([name, upper]): [string, Charset] => [
    name,
    table(ascii.join('') + upper, true),
  ]),
  ['swe7', table(ascii.map(char => swe7Replaced[char] ?? char).join('') + '?'.repeat(128), false)],
]);
