// Tokens of MaxCompute SQL, with their places: enough to tell statements apart and to parse DDL. Not a grammar.
import {OdpsError} from './odpsError.ts';

export interface Token {
  kind: 'word' | 'quoted' | 'text' | 'number' | 'mark';
  /** A word as written, a name without backticks, a text with its escapes undone, or the mark. */
  text: string;
  start: number;
  end: number;
}

const escapes: Record<string, string> = {n: '\n', t: '\t', r: '\r', '0': '\0', b: '\b', Z: '\x1a'};
const marks = /<>|<=|>=|!=|\|\||==|./suy;
const word = /[\p{L}_][\p{L}\p{N}_]*/uy;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[A-Za-z]*/y;
const blank = /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y;

/** All tokens of `sql`; comments and blanks are left out. ODPS-0130161 for a quote that does not end. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    blank.lastIndex = at;
    if (blank.test(sql)) {
      at = blank.lastIndex;
      continue;
    }
    const token = tokenAt(sql, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** The statements of `sql`, cut at semicolons; each with its tokens. */
export function splitStatements(sql: string): {text: string; tokens: Token[]}[] {
  const statements: {text: string; tokens: Token[]}[] = [];
  let current: Token[] = [];
  const close = () => {
    if (current.length > 0) {
      const text = sql.slice(current[0]!.start, current.at(-1)!.end);
      statements.push({text, tokens: tokenize(text)});
    }
    current = [];
  };
  for (const token of tokenize(sql)) {
    if (token.kind === 'mark' && token.text === ';') close();
    else current.push(token);
  }
  close();
  return statements;
}

/** `ODPS-0130161:[line,column] Parse exception - …` at `start`. */
export function parseError(sql: string, start: number, what: string): OdpsError {
  return sqlError('0130161', sql, start, 'Parse exception', what);
}

/** A numbered SQL failure at a place of the statement. */
export function sqlError(
  number: string,
  sql: string,
  start: number,
  title: string,
  what: string,
): OdpsError {
  const lines = sql.slice(0, start).split('\n');
  const place = `[${lines.length},${lines.at(-1)!.length + 1}]`;
  return new OdpsError(`ODPS-${number}`, 400, `ODPS-${number}:${place} ${title} - ${what}`);
}

function tokenAt(sql: string, at: number): Token {
  const first = sql[at]!;
  if (first === "'" || first === '"') return textAt(sql, at, first);
  if (first === '`') {
    const end = sql.indexOf('`', at + 1);
    if (end < 0) throw parseError(sql, at, 'a backtick is not closed');
    return {kind: 'quoted', text: sql.slice(at + 1, end), start: at, end: end + 1};
  }
  return (
    match(sql, at, word, 'word') ??
    match(sql, at, number, 'number') ??
    match(sql, at, marks, 'mark')!
  );
}

function match(sql: string, at: number, pattern: RegExp, kind: Token['kind']): Token | null {
  pattern.lastIndex = at;
  const found = pattern.exec(sql);
  return found === null ? null : {kind, text: found[0], start: at, end: at + found[0].length};
}

function textAt(sql: string, at: number, quote: string): Token {
  let text = '';
  for (let i = at + 1; i < sql.length; i++) {
    const c = sql[i]!;
    if (c === '\\' && i + 1 < sql.length) {
      const next = sql[++i]!;
      text += escapes[next] ?? (next === '%' || next === '_' ? `\\${next}` : next);
    } else if (c === quote) return {kind: 'text', text, start: at, end: i + 1};
    else text += c;
  }
  throw parseError(sql, at, 'a quote is not closed');
}
