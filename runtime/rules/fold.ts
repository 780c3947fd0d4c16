// Equality of a text cell with ASCII text where case, accents and other differences do not count.
// A character weighs like some ASCII characters, like nothing, or like no ASCII text at all (foldTables.ts).
import {must} from '../base/assert.ts';
import {foldRuns} from './foldTables.ts';
import {cellLength} from './textCell.ts';

export interface Fold {
  /** By ASCII character: the character it weighs like, or `weightless`. */
  ascii: Uint8Array;
  /** By code point above ASCII. */
  others: ReadonlyMap<number, Buffer>;
}

const weightless = 255;
const space = 0x20;
const folds = new Map<string, Fold>();

/** The table of `collation`, unpacked once. */
export function foldOf(collation: string): Fold {
  const known = folds.get(collation);
  if (known !== undefined) return known;
  const ascii = new Uint8Array(128).fill(weightless);
  const others = new Map<number, Buffer>();
  for (const [first, last, text] of must(foldRuns(collation), `a table of ${collation}`)) {
    const bytes = Buffer.from(text);
    for (let c = first; c <= last; c++)
      if (c < 128) ascii[c] = bytes[0] ?? weightless;
      else others.set(c, bytes);
  }
  const fold = {ascii, others};
  folds.set(collation, fold);
  return fold;
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** What ASCII `text` weighs like; `padded`: without the spaces at its end. */
export function foldAscii(text: string, {ascii}: Fold, padded: boolean): Buffer {
  const folded = Buffer.from(text)
    .map(c => ascii[c]!)
    .filter(c => c !== weightless);
  let end = folded.length;
  while (padded && end > 0 && folded[end - 1] === space) end--;
  return Buffer.from(folded.subarray(0, end));
}

/** 0 when the UTF-8 cell at `p` weighs like `value`, 1 when not. */
export function compareFolded(
  value: Buffer,
  {ascii, others}: Fold,
  padded: boolean,
  lengthBytes: number,
) {
  // The next place in `value` after one more character, or -1: spaces may follow its end where they pad.
  const step = (at: number, c: number): number => {
    if (at < value.length) return value[at] === c ? at + 1 : -1;
    return padded && c === space ? at : -1;
  };
  return (input: Buffer, view: DataView, p: number): number => {
    const start = p + lengthBytes;
    const end = start + cellLength(view, p, lengthBytes);
    let at = 0;
    for (let i = start; i < end;) {
      const first = input[i]!;
      if (first < 128) {
        i++;
        const c = ascii[first]!;
        if (c !== weightless && (at = step(at, c)) === -1) return 1;
        continue;
      }
      const bytes = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      let c = first & (0xff >> (bytes + 1));
      for (let k = 1; k < bytes; k++) c = (c << 6) | (input[i + k]! & 63);
      i += bytes;
      const text = others.get(c);
      if (text === undefined) return 1;
      for (let k = 0; k < text.length; k++) if ((at = step(at, text[k]!)) === -1) return 1;
    }
    return at === value.length ? 0 : 1;
  };
}
