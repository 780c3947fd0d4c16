// Functions and constants of scripts as expressions. The managed service publishes them by name; where it leaves a case
// open, the meaning is the one of MySQL, and where MySQL has none the function is refused by name.
import type {CompareSign, Expression} from './expression.ts';
import {notSure, unreadable} from './expressionTokens.ts';

/** A call as the script has it. */
export interface ScriptCall {
  name: string;
  at: number;
  parts: Expression[];
  /** Values given by name, `days=1`. */
  named: Record<string, Expression>;
  text: string;
}

/** Actions, which stand where a value cannot. */
export const actionNames: readonly string[] = [
  'e_if',
  'e_if_else',
  'e_switch',
  'e_compose',
  'e_drop',
  'e_keep',
  'e_set',
];

/** A constant or variable; null when there is none of this name. */
export function scriptName(name: string, at: number): Expression | null {
  const found = /^__OP_(INSERT|UPDATE|DELETE)__$/.exec(name);
  if (found !== null) return {kind: 'string', text: found[1]!, at};
  if (name === '__SCN__' || name === '__ROW_ID__')
    throw notSure(name, at, 'a MySQL source has none', 'Use a column of the key.');
  const variable = variables[name];
  if (variable !== undefined) return callOf(variable, at);
  if (/^(true|false)$/i.test(name)) return {kind: 'truth', value: /^true$/i.test(name), at};
  return /^(null|none)$/i.test(name) ? {kind: 'null', at} : null;
}

const variables: Readonly<Record<string, string>> = {
  __TB__: 'TABLE_NAME',
  __DB__: 'DATABASE_NAME',
  __OPERATION__: 'OPERATION',
  __COMMIT_TIMESTAMP__: 'COMMIT_TIME',
};

/** The expression of a call; null when there is no such function. Raises SYNC1101 or SYNC1103. */
export function scriptFunction(call: ScriptCall): Expression | null {
  const refused = notHere[call.name];
  if (refused !== undefined) throw notSure(`the function ${call.name}()`, call.at, ...refused);
  const rule = functions[call.name];
  if (rule === undefined) return null;
  const [least, most, make] = rule;
  const {length} = call.parts;
  if (length < least || length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    throw unreadable(call.text, call.at, `${call.name} takes ${wanted} values, not ${length}`);
  }
  const [extra] = Object.keys(call.named);
  if (extra !== undefined && call.name !== 'dt_add')
    throw unreadable(call.text, call.named[extra]!.at, `${call.name} takes no ${extra}=`);
  return make(call);
}

type Make = (call: ScriptCall) => Expression;
type Rule = readonly [least: number, most: number, make: Make];

function callOf(name: string, at: number, parts: Expression[] = [], detail: string | null = null) {
  return {kind: 'call', name, detail, parts, at} satisfies Expression;
}

const plain = (name: string, least: number, most = least): Rule => [
  least,
  most,
  ({at, parts}) => callOf(name, at, parts),
];

const compare = (sign: CompareSign): Rule => [
  2,
  2,
  ({at, parts}) => {
    const [left, right] = parts.map(bareMoment) as [Expression, Expression];
    return {kind: 'compare', sign, left, right, at};
  },
];

const arithmetic = (sign: '+' | '-' | '*' | '/' | '%', most = 2): Rule => [
  2,
  most,
  ({at, parts}) => parts.reduce((left, right) => ({kind: 'arithmetic', sign, left, right, at})),
];

const join = (kind: 'and' | 'or'): Rule => [
  2,
  50,
  ({at, parts}) => parts.reduce((left, right) => ({kind, left, right, at})),
];

const isNull = (negated: boolean): Rule => [
  1,
  1,
  ({at, parts}) => ({kind: 'is', what: 'null', negated, operand: parts[0]!, at}),
];

const cast = (type: string): Rule => [1, 1, ({at, parts}) => callOf('CAST', at, parts, type)];

const number = (text: string, at: number): Expression => ({kind: 'number', text, at});

const functions: Readonly<Record<string, Rule>> = {
  op_eq: compare('='),
  op_ne: compare('<>'),
  op_neq: compare('<>'),
  op_gt: compare('>'),
  op_ge: compare('>='),
  op_lt: compare('<'),
  op_le: compare('<='),
  op_and: join('and'),
  op_or: join('or'),
  op_not: [1, 1, ({at, parts}) => ({kind: 'not', operand: parts[0]!, at})],
  op_in: [
    2,
    1000,
    ({at, parts: [operand, ...list]}) => ({
      kind: 'in',
      negated: false,
      operand: operand!,
      list: list.map(bareMoment),
      at,
    }),
  ],
  is_null: isNull(false),
  op_is_null: isNull(false),
  is_not_null: isNull(true),
  op_is_not_null: isNull(true),
  op_sum: arithmetic('+', 50),
  op_sub: arithmetic('-'),
  op_mul: arithmetic('*', 50),
  op_div_true: arithmetic('/'),
  op_mod: arithmetic('%'),
  op_div_floor: [
    2,
    2,
    ({at, parts: [left, right]}) =>
      callOf('FLOOR', at, [{kind: 'arithmetic', sign: '/', left: left!, right: right!, at}]),
  ],
  op_neg: [1, 1, ({at, parts}) => ({kind: 'negate', operand: parts[0]!, at})],
  op_abs: plain('ABS', 1),
  op_round: plain('ROUND', 1, 2),
  op_floor: plain('FLOOR', 1),
  op_ceil: plain('CEILING', 1),
  op_add: plain('ADD', 2, 50),
  op_ifnull: plain('IFNULL', 2),
  op_coalesce: plain('COALESCE', 1, 20),
  op_len: plain('CHAR_LENGTH', 1),
  op_slice: [2, 3, slice],
  str_lower: plain('LOWER', 1),
  str_upper: plain('UPPER', 1),
  str_strip: [1, 2, call => strip('TRIM', call)],
  str_lstrip: [1, 2, call => strip('LTRIM', call)],
  str_rstrip: [1, 2, call => strip('RTRIM', call)],
  str_replace: plain('REPLACE', 3),
  str_reverse: plain('REVERSE', 1),
  str_len: plain('CHAR_LENGTH', 1),
  str_mask: plain('MASK', 3, 4),
  str_concat: plain('CONCAT', 1, 50),
  str_join: [2, 50, joined],
  str_format: [1, 50, format],
  cast_string_to_long: cast('SIGNED'),
  cast_long_to_string: cast('CHAR'),
  cast_to_string: cast('CHAR'),
  ct_int: cast('SIGNED'),
  ct_str: cast('CHAR'),
  DATETIME: [1, 1, moment],
  dt_now: plain('COMMIT_TIME', 0),
  dt_now_millis: [0, 0, ({at}) => callOf('CAST', at, [callOf('COMMIT_TIME', at)], 'DATETIME(3)')],
  dt_fromtimestamp: plain('FROM_UNIXTIME', 1),
  dt_fromtimestamp_millis: [
    1,
    1,
    ({at, parts}) => callOf('FROM_UNIXTIME', at, [rounded(at, '/', parts[0]!, '3')]),
  ],
  dt_parsetimestamp: [
    1,
    1,
    ({at, parts}) => callOf('FLOOR', at, [callOf('UNIX_TIMESTAMP', at, parts)]),
  ],
  dt_parsetimestamp_millis: [
    1,
    1,
    ({at, parts}) => callOf('FLOOR', at, [thousand(at, '*', callOf('UNIX_TIMESTAMP', at, parts))]),
  ],
  dt_str: [2, 2, formatted],
  dt_strftime: [2, 2, formatted],
  dt_add: [1, 1, shifted],
};

/** The names, for whoever misspelt one. */
export const scriptFunctionNames: readonly string[] = Object.keys(functions);

const notHere: Readonly<Record<string, readonly [reason: string, instead: string]>> = {
  cast_string_to_double: ['its numbers are inexact', 'Use a transform cast to DECIMAL(p,s).'],
  str_find: ['it counts in a way of its own', 'Use op_eq, op_in, or a drop with LIKE.'],
  str_count: ['it counts in a way of its own', 'Use a generated column in the source.'],
  str_isalpha: ['which letters count is not defined', 'Use a generated column in the source.'],
  str_isdigit: ['which digits count is not defined', 'Use a generated column in the source.'],
  regex_match: ['its patterns are those of another library', 'Use a drop with LIKE.'],
  substring_after: ['what it gives where nothing is found is not defined', 'Use op_slice.'],
  substring_before: ['what it gives where nothing is found is not defined', 'Use op_slice.'],
  tail_replace_string_field: ['it changes every text of the row', 'Use e_set for each column.'],
  is_string_value: ['a column has one type here', 'Leave it out.'],
  json_value: ['JSON has rules of its own', 'Use a generated column in the source.'],
  bson_value: ['a MySQL source has none', 'Leave it out.'],
  dt_strptime: ['text that is no date has rules of its own', 'Use a generated column.'],
};

/** A DATETIME('…') beside a column is a plain constant. */
function bareMoment(e: Expression): Expression {
  return e.kind === 'call' && e.name === 'MOMENT' ? e.parts[0]! : e;
}

function moment({text, at, parts}: ScriptCall): Expression {
  if (parts[0]!.kind !== 'string') throw unreadable(text, at, 'DATETIME takes a constant text');
  return callOf('MOMENT', at, parts);
}

function strip(name: string, {at, parts, text}: ScriptCall): Expression {
  const [value, characters] = parts;
  if (characters !== undefined && (characters.kind !== 'string' || characters.text !== ' '))
    throw notSure('stripping other characters than spaces', at, 'MySQL has none', "Write ' '.");
  if (value === undefined) throw unreadable(text, at, 'a value is missing');
  return callOf(name, at, [value]);
}

/** Places count from 0; the end is not taken. */
function slice({at, parts, text}: ScriptCall): Expression {
  const [value, start, end] = parts;
  const whole = (e: Expression | undefined) =>
    e?.kind === 'number' && /^\d{1,9}$/.test(e.text) ? Number(e.text) : null;
  const [from, to] = [whole(start), whole(end)];
  if (from === null || (end !== undefined && to === null))
    throw unreadable(text, (start ?? value!).at, 'op_slice takes places from 0 as constants');
  const first = number(String(from + 1), at);
  if (to === null) return callOf('SUBSTRING', at, [value!, first]);
  return callOf('SUBSTRING', at, [value!, first, number(String(Math.max(0, to - from)), at)]);
}

/** str_join(between, a, b, …). */
function joined({at, parts: [between, ...rest]}: ScriptCall): Expression {
  return callOf(
    'CONCAT',
    at,
    rest.flatMap((part, i) => (i === 0 ? [part] : [between!, part])),
  );
}

/** str_format("a {} b {}", x, y). */
function format({at, parts: [pattern, ...values], text}: ScriptCall): Expression {
  if (pattern!.kind !== 'string')
    throw unreadable(text, pattern!.at, 'a constant text stands here');
  const pieces = pattern!.text.split('{}');
  if (pieces.length - 1 !== values.length)
    throw unreadable(text, at, `${pieces.length - 1} places {} and ${values.length} values`);
  const parts = pieces.flatMap((piece, i): Expression[] => {
    const own: Expression = {kind: 'string', text: piece, at};
    return i === 0 ? [own] : [values[i - 1]!, own];
  });
  return callOf('CONCAT', at, parts);
}

function thousand(at: number, sign: '*' | '/', left: Expression): Expression {
  return {kind: 'arithmetic', sign, left, right: number('1000', at), at};
}

function rounded(at: number, sign: '*' | '/', left: Expression, digits: string): Expression {
  return callOf('ROUND', at, [thousand(at, sign, left), number(digits, at)]);
}

/** Formats of Java and of strftime; both have letters for parts without a language. */
const javaParts: Readonly<Record<string, string>> = {
  yyyy: '%Y',
  yy: '%y',
  MM: '%m',
  dd: '%d',
  HH: '%H',
  hh: '%h',
  mm: '%i',
  ss: '%s',
  SSSSSS: '%f',
};
const strftimeParts: Readonly<Record<string, string>> = {
  '%Y': '%Y',
  '%y': '%y',
  '%m': '%m',
  '%d': '%d',
  '%H': '%H',
  '%I': '%h',
  '%M': '%i',
  '%S': '%s',
  '%f': '%f',
  '%p': '%p',
  '%%': '%%',
};

function formatted({at, parts: [value, pattern]}: ScriptCall): Expression {
  const wrong = (reason: string) =>
    notSure('this format', pattern!.at, reason, "Write 'yyyy-MM-dd HH:mm:ss' or '%Y-%m-%d'.");
  if (pattern!.kind !== 'string') throw wrong('it is no constant');
  const isPercent = pattern!.text.includes('%');
  const known = isPercent ? strftimeParts : javaParts;
  const text = pattern!.text.replaceAll(isPercent ? /%./gs : /([A-Za-z])\1*/g, piece => {
    const own = known[piece];
    if (own === undefined) throw wrong(`${piece} is not known`);
    return own;
  });
  return callOf('DATE_FORMAT', at, [value!, {kind: 'string', text, at: pattern!.at}]);
}

const units: Readonly<Record<string, string>> = {
  years: 'YEAR',
  months: 'MONTH',
  weeks: 'WEEK',
  days: 'DAY',
  hours: 'HOUR',
  minutes: 'MINUTE',
  seconds: 'SECOND',
};

/** dt_add(value, days=1, hours=-2). */
function shifted({at, parts, named, text}: ScriptCall): Expression {
  return Object.entries(named).reduce((value, [name, count]) => {
    const unit = units[name];
    if (unit === undefined)
      throw unreadable(text, count.at, `dt_add takes ${Object.keys(units).join('=, ')}=`);
    return callOf('DATE_ADD', at, [value, count], unit);
  }, parts[0]!);
}
