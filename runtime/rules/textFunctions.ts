// Functions of text. Characters are code points; comparing inside a text is exact, as REPLACE does it in MySQL.
import {CellFault} from '../codec/cellFault.ts';
import {notSure} from '../spec/expressionTokens.ts';
import type {Call, FunctionRule} from './functions.ts';
import {maskCell} from './maskCell.ts';
import {asText, collationOf} from './unify.ts';
import {isNumber, type Value, type ValueType} from './value.ts';

/** Longer results of REPEAT and LPAD are refused: a row must stay a row. */
const charactersMax = 10_000;

/** The functions by name. */
export const textFunctions: Readonly<Record<string, FunctionRule>> = {
  CONCAT: parts => {
    const texts = parts.map(asText);
    const sql = `CONCAT(${texts.map(text => text.sql).join(', ')})`;
    return applied(textType(texts), sql, texts, (...all: string[]) => all.join(''));
  },
  LOWER: ([value]) => simple('LOWER', value!, lower),
  UPPER: ([value]) => simple('UPPER', value!, upper),
  TRIM: ([value]) => simple('TRIM', value!, text => trimEnd(trimStart(text))),
  LTRIM: ([value]) => simple('LTRIM', value!, trimStart),
  RTRIM: ([value]) => simple('RTRIM', value!, trimEnd),
  REVERSE: ([value]) => simple('REVERSE', value!, text => Array.from(text).reverse().join('')),
  LEFT: (parts, call) => withNumbers('LEFT', parts, call, (text, n) => slice(text, 0, atLeast0(n))),
  RIGHT: (parts, call) =>
    withNumbers('RIGHT', parts, call, (text, n) => {
      const length = lengthOf(text);
      return slice(text, Math.max(0, length - atLeast0(n)), length);
    }),
  SUBSTRING: (parts, call) => withNumbers('SUBSTRING', parts, call, substring),
  REPEAT: (parts, call) => {
    wholeBetween(parts[1]!, call);
    return withNumbers('REPEAT', parts, call, (text, n) => text.repeat(atLeast0(n)));
  },
  CHAR_LENGTH: ([value]) => {
    const text = asText(value!);
    const type = {kind: 'number' as const, scale: 0, low: 0n, high: 4294967295n, unsigned: false};
    return applied(type, `CHAR_LENGTH(${text.sql})`, [text], (found: string) =>
      BigInt(lengthOf(found)),
    );
  },
  REPLACE: parts => {
    const texts = parts.map(asText);
    const sql = `REPLACE(${texts.map(text => text.sql).join(', ')})`;
    return applied(textType(texts), sql, texts, (text: string, from: string, to: string) =>
      from === '' ? text : text.replaceAll(from, () => to),
    );
  },
  LPAD: (parts, call) => padded('LPAD', parts, call, (text, pad) => pad + text),
  RPAD: (parts, call) => padded('RPAD', parts, call, (text, pad) => text + pad),
  MASK: masked,
};

/** A value computed from others; NULL where one of them is. */
export function applied<T extends bigint | string>(
  type: ValueType,
  sql: string,
  parts: readonly Value[],
  run: (...values: any[]) => T | null,
): Value {
  return {
    type,
    sql,
    compile: c => {
      const reads = parts.map(part => part.compile(c));
      const [first, second] = reads;
      if (reads.length === 1)
        return row => {
          const found = first!(row);
          return found === null ? null : run(found);
        };
      if (reads.length === 2)
        return row => {
          const found = first!(row);
          if (found === null) return null;
          const other = second!(row);
          return other === null ? null : run(found, other);
        };
      return row => {
        const values = [];
        for (const read of reads) {
          const found = read(row);
          if (found === null) return null;
          values.push(found);
        }
        return run(...values);
      };
    },
  };
}

function textType(parts: readonly Value[]): ValueType {
  return {kind: 'text', collation: collationOf(parts)};
}

function simple(name: string, value: Value, run: (text: string) => string): Value {
  const text = asText(value);
  return applied(textType([text]), `${name}(${text.sql})`, [text], run);
}

/** The first value is a text, the others are whole numbers. */
function withNumbers(
  name: string,
  [first, ...numbers]: Value[],
  call: Call,
  run: (text: string, ...numbers: bigint[]) => string,
): Value {
  numbers.forEach((number, i) => whole(number, call, i + 1));
  const text = asText(first!);
  const sql = `${name}(${[text, ...numbers].map(part => part.sql).join(', ')})`;
  return applied(textType([text]), sql, [text, ...numbers], run);
}

function whole(value: Value, {name, parts}: Call, i: number): void {
  if (!isNumber(value) || value.type.scale > 0 || value.type.unsigned)
    throw notSure(
      `value ${i + 1} of ${name}`,
      parts[i]!.at,
      'it is not a whole signed number, which MySQL would round or convert',
      'Write a whole number, or CAST(… AS SIGNED).',
    );
}

function wholeBetween(value: Value, call: Call): void {
  whole(value, call, 1);
  if (isNumber(value) && value.type.high > charactersMax)
    throw notSure(
      `value 2 of ${call.name}`,
      call.parts[1]!.at,
      `it can be above ${charactersMax}`,
      'Write a smaller constant.',
    );
}

function padded(
  name: string,
  parts: Value[],
  call: Call,
  join: (text: string, pad: string) => string,
): Value {
  const fill = call.parts[2]!;
  if (fill.kind !== 'string' || fill.text === '')
    throw notSure(
      `value 3 of ${name}`,
      fill.at,
      'servers differ where it is empty',
      'Write a constant text that is not empty.',
    );
  wholeBetween(parts[1]!, call);
  const texts = [asText(parts[0]!), parts[1]!];
  const pad = Array.from(fill.text);
  const sql = `${name}(${texts.map(part => part.sql).join(', ')}, ${parts[2]!.sql})`;
  return applied(textType(texts), sql, texts, (text: string, wanted: bigint) => {
    if (wanted < 0n) return null;
    const missing = Number(wanted) - lengthOf(text);
    if (missing <= 0) return slice(text, 0, Number(wanted));
    const filled = Array.from({length: missing}, (_, i) => pad[i % pad.length]!).join('');
    return join(text, filled);
  });
}

/** MASK(text, from, to[, with]): the characters from place `from` to place `to`, 0 the first, become `with`. */
function masked(parts: Value[], call: Call): Value {
  const [from, to] = [1, 2].map(i => constantPlace(call, i)) as [number, number];
  const sign = call.parts[3];
  if (sign !== undefined && (sign.kind !== 'string' || lengthOf(sign.text) !== 1))
    throw notSure('value 4 of MASK', sign.at, 'it is not one character', "Write '*'.");
  const mark = sign?.kind === 'string' ? sign.text : '*';
  const text = asText(parts[0]!);
  const x = text.sql;
  const count = `LEAST(CHAR_LENGTH(${x}), ${to + 1}) - LEAST(CHAR_LENGTH(${x}), ${from})`;
  const sql = `CONCAT(LEFT(${x}, ${from}), REPEAT(${parts[3]?.sql ?? "'*'"}, ${count}), SUBSTRING(${x}, ${Math.max(from, to + 1) + 1}))`;
  const {utf8Column} = text;
  const value = applied(textType([text]), sql, [text], (found: string) => {
    const length = lengthOf(found);
    const hidden = Math.min(length, to + 1) - Math.min(length, from);
    return hidden <= 0
      ? found
      : slice(found, 0, from) + mark.repeat(hidden) + slice(found, to + 1, length);
  });
  if (utf8Column === undefined) return value;
  return {...value, writeCell: c => maskCell(c, utf8Column, from, to, Buffer.from(mark))};
}

function constantPlace({parts}: Call, i: number): number {
  const part = parts[i]!;
  const place = part.kind === 'number' ? Number(part.text) : -1;
  if (!Number.isInteger(place) || place < 0 || place > charactersMax)
    throw notSure(
      `value ${i + 1} of MASK`,
      part.at,
      `it is not a place from 0 to ${charactersMax}`,
      'Write a whole number; 0 is the first character.',
    );
  return place;
}

const surrogates = /[\ud800-\udfff]/;

function lengthOf(text: string): number {
  return surrogates.test(text) ? Array.from(text).length : text.length;
}

/** Characters [from, to). */
function slice(text: string, from: number, to: number): string {
  return surrogates.test(text) ? Array.from(text).slice(from, to).join('') : text.slice(from, to);
}

function atLeast0(n: bigint): number {
  return n <= 0n ? 0 : n > 4294967295n ? 4294967295 : Number(n);
}

function substring(text: string, place: bigint, length?: bigint): string {
  const characters = lengthOf(text);
  const start = place > 0n ? place - 1n : place + BigInt(characters);
  if (place === 0n || start < 0n || start >= BigInt(characters)) return '';
  if (length !== undefined && length <= 0n) return '';
  const from = Number(start);
  return slice(text, from, length === undefined ? characters : from + atLeast0(length));
}

function trimStart(text: string): string {
  let at = 0;
  while (text.charCodeAt(at) === 32) at++;
  return text.slice(at);
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 32) end--;
  return text.slice(0, end);
}

const ascii = /^[\0-\x7f]*$/;

function lower(text: string): string {
  return ascii.test(text) ? text.toLowerCase() : byCharacter(text, c => c.toLowerCase());
}

function upper(text: string): string {
  return ascii.test(text) ? text.toUpperCase() : byCharacter(text, c => c.toUpperCase());
}

/** Letters whose case every table of the server and of Unicode agree on; a test asks a live server for each. */
export const sureCase =
  /^[\0-\u012f\u0131-\u017e\u0386-\u03ce\u0400-\u045f\u0531-\u0556\u0561-\u0586\u1e00-\u1e95\u1ea0-\u1ef9\u2160-\u217f\u24b6-\u24e9\ufb00-\ufb06\uff21-\uff5a]$/;

function byCharacter(text: string, turn: (character: string) => string): string {
  let result = '';
  for (const c of text) {
    // Its lower case is two characters in Unicode and one on every server.
    const turned = c === '\u0130' ? (turn('i') === 'i' ? 'i' : c) : turn(c);
    if (turned === c && c.toLowerCase() === c.toUpperCase()) result += c;
    else if (c !== '\u0130' && !sureCase.test(c))
      throw new CellFault(
        'malformed',
        -1,
        `the case of U+${c.codePointAt(0)!.toString(16)} in LOWER or UPPER`,
      );
    else result += turned.length === c.length ? turned : c;
  }
  return result;
}
