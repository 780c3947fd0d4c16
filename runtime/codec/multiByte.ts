// Text of the multi-byte character sets (gbk, big5, sjis, …) to JavaScript strings, exactly as MySQL converts it.
// Tables are unpacked when the first column in such a set is met.
import {brotliDecompressSync} from 'node:zlib';
import {characterDeltas, multiByteForms} from './multiByteTables.ts';

/** Names of the sets. */
export const multiByteNames: readonly string[] = Object.keys(multiByteForms);

/** Turns one set's bytes into text; `valid` is false when some did not decode and U+FFFD stands there. */
export type MultiByteDecoder = (
  input: Buffer,
  from: number,
  to: number,
) => {text: string; valid: boolean};

/** The decoder of `charset`, one of `multiByteNames`. */
export function multiByteDecoder(charset: string): MultiByteDecoder {
  tables ??= unpack();
  const {units, triples} = tables.get(charset)!;
  const four = charset === 'gb18030' ? fourBytes : null;
  return (input, from, to) => {
    let text = '';
    let valid = true;
    while (from < to) {
      const first = input[from]!;
      const second = from + 1 < to ? input[from + 1]! : 0;
      if (units[first]! >= 0) {
        text += String.fromCharCode(units[first]!);
        from += 1;
      } else if (units[(first << 8) | second]! >= 0 && from + 1 < to) {
        text += String.fromCharCode(units[(first << 8) | second]!);
        from += 2;
      } else if (triples !== null && first === tripleLead && from + 2 < to) {
        const unit = triples[(second << 8) | input[from + 2]!]!;
        valid &&= unit >= 0;
        text += unit >= 0 ? String.fromCharCode(unit) : '\ufffd';
        from += 3;
      } else if (four !== null && isFourBytes(input, from, to)) {
        text += four(input.subarray(from, from + 4));
        from += 4;
      } else {
        text += '\ufffd';
        valid = false;
        from += 1;
      }
    }
    return {text, valid};
  };
}

interface Table {
  /** UTF-16 unit of a code of one or two bytes; -1 where it is not well formed. All characters are in the BMP. */
  units: Int32Array;
  /** The same for the two bytes after 0x8f; null for a set without them. */
  triples: Int32Array | null;
}

const tripleLead = 0x8f;

let tables: Map<string, Table> | null = null;

function unpack(): Map<string, Table> {
  const bytes = brotliDecompressSync(Buffer.from(characterDeltas, 'base64'));
  let at = 0;
  let unit = 0;
  const next = () => {
    unit = (unit + bytes.readUInt16LE(at)) & 0xffff;
    at += 2;
    return unit;
  };
  const unpacked = new Map<string, Table>();
  for (const [name, form] of Object.entries(multiByteForms)) {
    unit = 0;
    const units = new Int32Array(65536).fill(-1);
    for (const first of values(form.single)) units[first] = next();
    for (const [firsts, seconds] of form.double)
      for (const first of values(firsts))
        for (const second of values(seconds)) units[(first << 8) | second] = next();
    const triples = form.triple ? new Int32Array(65536).fill(-1) : null;
    const high = [[0xa1, 0xfe]] as const;
    if (triples !== null)
      for (const second of values(high))
        for (const third of values(high)) triples[(second << 8) | third] = next();
    unpacked.set(name, {units, triples});
  }
  return unpacked;
}

function* values(ranges: readonly (readonly [number, number])[]): Generator<number> {
  for (const [first, last] of ranges) for (let value = first; value <= last; value++) yield value;
}

/** Four-byte codes of GB 18030: a digit second and fourth. */
function isFourBytes(input: Uint8Array, at: number, to: number): boolean {
  const isHigh = (byte: number) => byte >= 0x81 && byte <= 0xfe;
  const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
  return (
    at + 4 <= to &&
    isHigh(input[at]!) &&
    isDigit(input[at + 1]!) &&
    isHigh(input[at + 2]!) &&
    isDigit(input[at + 3]!)
  );
}

const gb18030 = new TextDecoder('gb18030');

/** The code of U+FFFD itself, which TextDecoder also gives for a code without a character. */
const replacementCode = 0x8431a437;

/** These agree with TextDecoder, but for codes without a character, which MySQL makes '?'. */
function fourBytes(code: Buffer): string {
  const text = gb18030.decode(code);
  return text === '\ufffd' && code.readUInt32BE(0) !== replacementCode ? '?' : text;
}
