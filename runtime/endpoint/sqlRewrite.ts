// What polyglot and DuckDB would take otherwise than MaxCompute, rewritten on the tokens of a statement: functions by
// sqlFunctions.ts, casts, literals of moments, numbers with a point (DOUBLE, not DECIMAL), indexes, LIKE, reserved names.
import {parseOdpsType, type OdpsType} from '../codec/odpsType.ts';
import {isSyncError} from '../base/errors.ts';
import {duckType} from './duckTypes.ts';
import {closing, commas, edited, inserted, isMark, isWord, opening, type Edit} from './sqlEdit.ts';
import {duckFunction} from './sqlFunctions.ts';
import {duckPattern, hasPattern} from './sqlPattern.ts';
import {parseError, sqlError, tokenize, type Token} from './sqlTokens.ts';

/** Words that name columns in MaxCompute and are reserved in DuckDB. */
const reservedByDuckDb = new Set(
  `analyse analyze asof asymmetric at check collate constraint deferrable do fetch foreign glob initially lambda only pivot
  pivot_longer pivot_wider placing positional primary qualify references returning summarize symmetric unpivot variadic`.split(
    /\s+/,
  ),
);

/** Words that stand before a bracket and call nothing. */
const keywords = new Set(
  `all and any as between both by case cross cube distinct else end except exists from full group grouping_sets having in inner
  insert intersect into is join lateral like limit map_values not null on or order outer over overwrite partition range regexp
  rlike rollup rows select semi set sets table then union using values view when where window with within decimal varchar char
  array map struct interval update delete merge matched ilike minus offset qualify recursive leading trailing date datetime
  timestamp timestamp_ntz`
    .split(/\s+/)
    .filter(word => !['map_values', 'array', 'map', 'struct'].includes(word)),
);

/** The statement as polyglot shall see it; ODPS-0130071 for a function that is not known. */
export function rewritten(sql: string): string {
  const tokens = tokenize(sql);
  const edits: Edit[] = [];
  // Literals of one kind are of one type, so that they can stand in one column.
  const isFine = tokens.some((token, i) => token.kind === 'text' && hasNanos(tokens, i));
  for (const [i, token] of tokens.entries()) {
    if (isMark(token, '[') && isIndexed(tokens[i - 1])) edits.push(...index(sql, tokens, i));
    else if (token.kind === 'number') edits.push(...doubleLiteral(token));
    else if (token.kind === 'word') edits.push(...wordEdits(sql, tokens, i, isFine));
  }
  return edited(sql, edits);
}

function wordEdits(sql: string, tokens: Token[], at: number, isFine: boolean): Edit[] {
  const token = tokens[at]!;
  const name = token.text.toLowerCase();
  const next = tokens[at + 1];
  const {start, end} = token;
  // DuckDB knows SEMI JOIN and ANTI JOIN without the side.
  if (name === 'left' && /^(semi|anti)$/i.test(next?.text ?? '')) return [{start, end, text: ''}];
  if (next?.kind === 'text' && /^(datetime|timestamp|timestamp_ntz)$/.test(name)) {
    const call = isFine && name !== 'datetime' ? 'odps_nanos' : `odps_cast_${name}`;
    return [{start, end, text: `${call}(`}, inserted(next.end, ')')];
  }
  if (
    name === 'like' &&
    next?.kind === 'text' &&
    next.text.includes('\\') &&
    !isWord(tokens[at + 2], 'ESCAPE')
  ) {
    return [inserted(next.end, ` ESCAPE '\\\\'`)];
  }
  if (isMark(next, '(') && !isMark(tokens[at - 1], '.'))
    return called(sql, tokens, at, name, isFine);
  if (/^current_(timestamp|date)$/.test(name)) return [{start, end, text: `odps_${name}()`}];
  if (reservedByDuckDb.has(name) && !isMark(next, '('))
    return [{start, end, text: `\`${token.text}\``}];
  return [];
}

function called(sql: string, tokens: Token[], at: number, name: string, isFine: boolean): Edit[] {
  const token = tokens[at]!;
  const close = closing(tokens, at + 1);
  if (close < 0) throw parseError(sql, token.start, 'a bracket is not closed');
  if (keywords.has(name) || namesColumns(tokens, at, close)) return [];
  if (name === 'filter' && isMark(tokens[at - 1], ')')) return [];
  if (name === 'cast') return cast(sql, tokens, at + 1, close, isFine);
  if (name === 'named_struct') return namedStruct(sql, tokens, at, close);
  if (name === 'from_json') return jsonType(sql, tokens, at, close);
  const collects = name === 'collect_list' || name === 'collect_set' || name === 'wm_concat';
  if (collects && (isWord(tokens[at + 2], 'DISTINCT') || isWord(tokens[close + 1], 'OVER'))) {
    throw refused(sql, token, `${token.text} with DISTINCT or OVER is not supported`);
  }
  if (name === 'get_json_object' && tokens[close - 1]!.text.includes('*')) {
    return [{start: token.start, end: token.end, text: 'odps_get_json_list'}];
  }
  const pattern = hasPattern(name) ? datePattern(sql, tokens, at, close) : [];
  const duck = duckFunction(name);
  if (duck === null) throw refused(sql, token, `function ${name} cannot be resolved`);
  if (duck === name) return pattern;
  return [...pattern, {start: token.start, end: token.end, text: duck}];
}

/** `NAMED_STRUCT('a', 1)` as `(STRUCT(1 AS a))`, of which polyglot reads the fields too. */
function namedStruct(sql: string, tokens: Token[], at: number, close: number): Edit[] {
  const {start, end} = tokens[at]!;
  const ends = [...commas(tokens, at + 1, close), close];
  const edits: Edit[] = [{start, end, text: '(STRUCT'}, inserted(tokens[close]!.end, ')')];
  if (ends.length % 2 === 1) throw refused(sql, tokens[at]!, 'NAMED_STRUCT needs pairs');
  for (let i = 0; i < ends.length; i += 2) {
    const key = tokens[(ends[i - 1] ?? at + 1) + 1]!;
    if (key.kind !== 'text' || !/^\w+$/.test(key.text)) {
      throw refused(sql, key, 'a field of NAMED_STRUCT that is no plain literal is not supported');
    }
    edits.push({start: key.start, end: tokens[ends[i]!]!.end, text: ''});
    edits.push(inserted(tokens[ends[i + 1]!]!.start, ` AS \`${key.text}\``));
  }
  return edits;
}

/** The pattern of a date function, a literal, in DuckDB's signs. */
function datePattern(sql: string, tokens: Token[], at: number, close: number): Edit[] {
  const [comma] = commas(tokens, at + 1, close);
  if (comma === undefined) return [];
  const literal = tokens[comma + 1]!;
  if (literal.kind !== 'text' || comma !== close - 2) {
    throw refused(sql, tokens[at]!, 'a date pattern that is not a literal is not supported');
  }
  const pattern = duckPattern(tokens[at]!.text.toLowerCase(), literal.text);
  if (pattern === null)
    throw refused(sql, literal, `the date pattern '${literal.text}' is not supported`);
  const text = `'${pattern.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return [{start: literal.start, end: literal.end, text}];
}

/** `AS t(a, b)`, `) t(a, b)`, `WITH t(a, b) AS (`: names with their columns. */
function namesColumns(tokens: Token[], at: number, close: number): boolean {
  const before = tokens[at - 1];
  if (isWord(before, 'AS') || isMark(before, ')')) return true;
  return isWord(tokens[close + 1], 'AS') && isMark(tokens[close + 2], '(');
}

function cast(sql: string, tokens: Token[], open: number, close: number, isFine: boolean): Edit[] {
  let as = close;
  while (as > open && !isWord(tokens[as], 'AS')) as--;
  const first = tokens[as + 1];
  if (as === open || first === undefined)
    throw parseError(sql, tokens[open]!.start, 'CAST needs AS');
  const type = typeAt(sql, first, tokens[close - 1]!.end);
  const [begin, middle, end] = [tokens[open]!, tokens[as]!, tokens[close]!];
  const call = tokens[open - 1]!;
  const rest = {start: middle.start, end: end.start};
  switch (type.name) {
    case 'decimal':
      return [
        inserted(begin.end, 'odps_digits('),
        {...rest, text: `) AS DECIMAL(${type.precision},${type.scale})`},
      ];
    case 'char':
    case 'varchar':
      return [
        {start: call.start, end: call.end, text: 'LEFT'},
        inserted(begin.end, 'odps_text('),
        {...rest, text: `), ${type.length}`},
      ];
    case 'array':
    case 'map':
    case 'struct':
    case 'json':
      return [];
    default: {
      const isLiteral = as === open + 2 && tokens[open + 1]!.kind === 'text';
      const isNanos = isFine && isLiteral && type.name.startsWith('timestamp');
      const text = isNanos ? 'odps_nanos' : `odps_cast_${type.name}`;
      return [
        {start: call.start, end: call.end, text},
        {...rest, text: ''},
      ];
    }
  }
}

/** A timestamp that microseconds do not hold; only nanoseconds of DuckDB's, which reach from 1677 to 2262, do. */
function hasNanos(tokens: Token[], at: number): boolean {
  if (!/\.\d{6}\d*[1-9]/.test(tokens[at]!.text)) return false;
  const isOf = (token: Token | undefined) =>
    isWord(token, 'TIMESTAMP') || isWord(token, 'TIMESTAMP_NTZ');
  return isOf(tokens[at - 1]) || (isWord(tokens[at + 1], 'AS') && isOf(tokens[at + 2]));
}

function typeAt(sql: string, first: Token, end: number): OdpsType {
  const text = sql.slice(first.start, end);
  try {
    const type = parseOdpsType(text);
    duckType(type);
    return type;
  } catch (error) {
    if (!isSyncError(error)) throw error;
    throw parseError(sql, first.start, `not a type: ${text}`);
  }
}

/** The type of FROM_JSON, a literal, as DuckDB's JSON functions are told it. */
function jsonType(sql: string, tokens: Token[], at: number, close: number): Edit[] {
  const [comma] = commas(tokens, at + 1, close);
  const literal = comma === undefined ? undefined : tokens[comma + 1];
  if (literal?.kind !== 'text' || comma !== close - 2) {
    throw refused(sql, tokens[at]!, 'a type of FROM_JSON that is not a literal is not supported');
  }
  let type: OdpsType;
  try {
    type = parseOdpsType(literal.text);
  } catch (error) {
    if (!isSyncError(error)) throw error;
    // `a int, b string`, the short form of a struct.
    const fields = literal.text.replaceAll(/(^|,)\s*([A-Za-z_]\w*)\s+/g, '$1$2:');
    type = typeAt(
      `struct<${fields}>`,
      {kind: 'text', text: '', start: 0, end: 0},
      fields.length + 8,
    );
  }
  const structure = JSON.stringify(structureOf(type)).replaceAll("'", "\\'");
  return [
    {start: tokens[at]!.start, end: tokens[at]!.end, text: 'odps_from_json'},
    {start: literal.start, end: literal.end, text: `'${structure}'`},
  ];
}

function structureOf(type: OdpsType): unknown {
  if (type.name === 'array') return [structureOf(type.element)];
  if (type.name === 'struct') {
    return Object.fromEntries(type.fields.map(field => [field.name, structureOf(field.type)]));
  }
  return duckType(type);
}

/** A number with a point is a DOUBLE; with BD it is a DECIMAL of just its digits. */
function doubleLiteral({text, start, end}: Token): Edit[] {
  const decimal = /^(\d*)(?:\.(\d*))?BD$/i.exec(text);
  if (decimal !== null) {
    const [, whole = '', fraction = ''] = decimal;
    const type = `DECIMAL(${Math.max(1, whole.length + fraction.length)},${fraction.length})`;
    return [{start, end, text: `CAST('${whole || '0'}.${fraction || '0'}' AS ${type})`}];
  }
  if (!/^(\d+\.\d*|\.\d+)$/.test(text)) return [];
  return [{start, end, text: `${text.endsWith('.') ? `${text}0` : text}e0`}];
}

/** Whether a bracket after `token` takes a part of a value. */
function isIndexed(token: Token | undefined): boolean {
  return (
    token?.kind === 'word' || token?.kind === 'quoted' || isMark(token, ')') || isMark(token, ']')
  );
}

/** `x[i]` becomes `odps_at(x, i)`, which knows arrays from maps. */
function index(sql: string, tokens: Token[], at: number): Edit[] {
  const close = closing(tokens, at);
  if (close < 0) throw parseError(sql, tokens[at]!.start, 'a bracket is not closed');
  const [open, end] = [tokens[at]!, tokens[close]!];
  return [
    inserted(tokens[primary(tokens, at - 1)]!.start, 'odps_at('),
    {start: open.start, end: open.end, text: ', '},
    {start: end.start, end: end.end, text: ')'},
  ];
}

/** Where the value that ends at `last` begins: its brackets, its function's name, its table's name. */
function primary(tokens: Token[], last: number): number {
  let at = last;
  for (;;) {
    if (isMark(tokens[at], ')') || isMark(tokens[at], ']')) {
      at = opening(tokens, at);
      const before = tokens[at - 1];
      const called = before?.kind === 'word' && !keywords.has(before.text.toLowerCase());
      if (isMark(tokens[at], '[') ? isIndexed(before) : called) {
        at--;
        continue;
      }
    }
    if (!isMark(tokens[at - 1], '.')) return Math.max(0, at);
    at -= 2;
  }
}

function refused(sql: string, token: Token, what: string): Error {
  return sqlError('0130071', sql, token.start, 'Semantic analysis exception', what);
}
