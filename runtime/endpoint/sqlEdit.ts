// Edits of a statement's text by its tokens: places are those of the text as it was, so edits may be made in any order.
import type {Token} from './sqlTokens.ts';

export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** `sql` with all edits made; of two that begin at one place, the one that inserts stands first. */
export function edited(sql: string, edits: Edit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start || b.end - a.end)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), sql);
}

/** Puts `text` in at `place`. */
export function inserted(place: number, text: string): Edit {
  return {start: place, end: place, text};
}

/** Whether `token` is this mark. */
export function isMark(token: Token | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.text === mark;
}

/** Whether `token` is this word, in any case. */
export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}

const pairs: Readonly<Record<string, string>> = {'(': ')', '[': ']'};

/** The place of the bracket that closes the one at `open`; -1 when none does. */
export function closing(tokens: Token[], open: number): number {
  const close = pairs[tokens[open]!.text]!;
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (isMark(tokens[i], tokens[open]!.text)) depth++;
    else if (isMark(tokens[i], close) && --depth === 0) return i;
  }
  return -1;
}

/** The place of the bracket that opens the one at `close`; -1 when none does. */
export function opening(tokens: Token[], close: number): number {
  const open = tokens[close]!.text === ')' ? '(' : '[';
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (isMark(tokens[i], tokens[close]!.text)) depth++;
    else if (isMark(tokens[i], open) && --depth === 0) return i;
  }
  return -1;
}

/** Places of the commas between `open` and `close` that stand in no bracket between them. */
export function commas(tokens: Token[], open: number, close: number): number[] {
  const found: number[] = [];
  let depth = 0;
  for (let i = open + 1; i < close; i++) {
    const text = tokens[i]!.kind === 'mark' ? tokens[i]!.text : '';
    if (text === '(' || text === '[' || text === '<') depth++;
    else if (text === ')' || text === ']' || text === '>') depth--;
    else if (text === ',' && depth === 0) found.push(i);
  }
  return found;
}
