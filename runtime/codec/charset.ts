// Character sets of MySQL columns: how many bytes a character takes and how their bytes become UTF-8.
// A snapshot is converted by the server; only row images need this. Knows no column and no policy.
import {swe7Replaced, upperHalves} from './charsetTables.ts';
import {multiByteNames} from './multiByte.ts';

export interface Charset {
  /** Most bytes of one character: CHAR(n) and VARCHAR(n) take n times this in a row image. */
  bytesMax: number;
  name: string;
  /** utf8: bytes are copied. table: one byte, one character. multiByte: see multiByte.ts. The others: Unicode units. */
  form: 'utf8' | 'table' | 'multiByte' | 'ucs2' | 'utf16' | 'utf16le' | 'utf32';
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

const unicode = (name: string, form: Charset['form'], bytesMax: number): Charset => ({
  name,
  bytesMax,
  form,
  asciiSafe: form === 'utf8',
  characters: '',
});

const table = (name: string, characters: string, asciiSafe: boolean): Charset => ({
  name,
  bytesMax: 1,
  form: 'table',
  asciiSafe,
  characters,
});

/** Most bytes of a character where it is not two. */
const multiByteMax: Readonly<Record<string, number>> = {ujis: 3, eucjpms: 3, gb18030: 4};

const multiByte = (name: string): Charset => ({
  name,
  bytesMax: multiByteMax[name] ?? 2,
  form: 'multiByte',
  asciiSafe: true,
  characters: '',
});

const swe7 = ascii.map(char => swe7Replaced[char] ?? char).join('') + '?'.repeat(128);

const charsets = new Map<string, Charset>(
  [
    unicode('utf8mb4', 'utf8', 4),
    unicode('utf8mb3', 'utf8', 3),
    // The name of utf8mb3 before MySQL 8.0.30.
    unicode('utf8', 'utf8', 3),
    unicode('ucs2', 'ucs2', 2),
    unicode('utf16', 'utf16', 4),
    unicode('utf16le', 'utf16le', 4),
    unicode('utf32', 'utf32', 4),
    ...Object.entries(upperHalves).map(([name, upper]) =>
      table(name, ascii.join('') + upper, true),
    ),
    table('swe7', swe7, false),
    ...multiByteNames.map(multiByte),
  ].map(charset => [charset.name, charset]),
);
