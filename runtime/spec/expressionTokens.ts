// The words of a filter, as MySQL's lexer cuts them (sql_lex.cc) with sql_mode ''. Refuses comments, variables, hex and
// bit literals, introducers and exponents: each is read differently somewhere, or is no part of a filter.
import {fail, type SyncError} from '../base/errors.ts';

export type Token = {at: number; end: number} & (
  | {kind: 'name'; text: string; quoted: boolean}
  | {kind: 'number'; text: string}
  | {kind: 'string'; text: string}
  | {kind: 'sign'; text: string}
  | {kind: 'end'; text: ''}
);

/** Longer filters are refused: nobody reads them, and each node costs every row. */
const charactersMax = 65_536;

const blanks = /[ \t\r\n\f\v]+/y;
const word = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y;
const number = /(\d+(\.\d*)?|\.\d+)/y;
const afterNumber = /[\w$\u0080-\uffff.]/y;
const sign = /<=>|<=|>=|<>|!=|<<|>>|\|\||&&|:=|->>?|[-+*/%=<>(),!~^|&.;?:]/y;

/** Every token of `text`, an end token last. */
export function tokens(text: string): Token[] {
  if (text.length > charactersMax)
    throw unreadable(text, 0, `it has ${text.length} characters, over ${charactersMax}`);
  const found: Token[] = [];
  for (let at = 0; at < text.length;) {
    at += match(blanks, text, at).length;
    if (at === text.length) break;
    const token = tokenAt(text, at);
    found.push(token);
    at = token.end;
  }
  found.push({kind: 'end', text: '', at: text.length, end: text.length});
  return found;
}

/** The error for a place that cannot be read. */
export function unreadable(text: string, offset: number, problem: string): SyncError {
  const near = text.slice(offset, offset + 20) || text.slice(-20);
  return fail('SYNC1101', {problem, offset, near});
}

function tokenAt(text: string, at: number): Token {
  const first = text[at]!;
  refuseComment(text, at);
  if (first === '@') throw fail('SYNC1104', {construct: 'a variable', offset: at});
  if (first === "'" || first === '"') return stringAt(text, at);
  if (first === '`') return quotedNameAt(text, at);
  const digits = match(number, text, at);
  if (digits !== '') {
    const end = at + digits.length;
    if (match(afterNumber, text, end) !== '') throw badNumber(text, at, end);
    return {kind: 'number', text: digits, at, end};
  }
  const name = match(word, text, at);
  if (name !== '') {
    const end = at + name.length;
    if (text[end] === "'" || text[end] === '"')
      throw notSure(
        `the literal ${name}'…'`,
        at,
        'its type decides how values are compared',
        'Write a plain string or number.',
      );
    return {kind: 'name', text: name, quoted: false, at, end};
  }
  const found = match(sign, text, at);
  if (found === '') throw unreadable(text, at, `"${first}" begins no word of a filter`);
  return {kind: 'sign', text: found, at, end: at + found.length};
}

function refuseComment(text: string, at: number): void {
  const two = text.slice(at, at + 2);
  const isComment =
    text[at] === '#' || two === '/*' || (two === '--' && /^\s?$/.test(text[at + 2] ?? ''));
  if (isComment) throw unreadable(text, at, 'a filter holds no comments');
}

function badNumber(text: string, at: number, end: number): SyncError {
  if (/[eE]/.test(text[end]!))
    return notSure(
      'a number with an exponent',
      at,
      'MySQL compares it inexactly',
      'Write all its digits.',
    );
  if (/[xXbB]/.test(text[end]!))
    return notSure(
      'a hexadecimal or bit literal',
      at,
      'it is text beside text and a number beside a number',
      'Write a plain string or number.',
    );
  return unreadable(text, at, 'a letter follows a number without a space');
}

/** The refusal of a construct, with its way out. */
export function notSure(
  construct: string,
  offset: number,
  reason: string,
  instead: string,
): SyncError {
  return fail('SYNC1103', {construct, offset, reason, instead});
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\x1a',
  // Kept for LIKE: elsewhere too they stand for both characters.
  '%': '\\%',
  _: '\\_',
};

function stringAt(text: string, at: number): Token {
  const quote = text[at]!;
  let value = '';
  for (let i = at + 1; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\' && i + 1 < text.length) {
      const escaped = text[++i]!;
      value += escapes[escaped] ?? escaped;
    } else if (c !== quote) value += c;
    else if (text[i + 1] === quote) {
      value += quote;
      i++;
    } else return {kind: 'string', text: value, at, end: i + 1};
  }
  throw unreadable(text, at, 'a string has no end');
}

function quotedNameAt(text: string, at: number): Token {
  const found = /`((?:[^`]|``)+)`/y;
  found.lastIndex = at;
  const name = found.exec(text);
  if (name === null) throw unreadable(text, at, 'a name in backquotes has no end');
  const inner = name[1]!.replaceAll('``', '`');
  return {kind: 'name', text: inner, quoted: true, at, end: at + name[0].length};
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
