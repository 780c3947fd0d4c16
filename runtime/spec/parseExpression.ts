// An expression as text to its tree, by the precedences of MySQL's grammar (sql_yacc.yy: expr, bool_pri, predicate,
// bit_expr). Accepts a subset; every other construct is refused by name, with its place and a way out.
import {fail} from '../base/errors.ts';
import type {CompareSign, Expression} from './expression.ts';
import {notSure, tokens, unreadable, type Token} from './expressionTokens.ts';
import {functionValues, intervalUnits, refusedFunctions, sameFunction} from './functionNames.ts';
import {nearName} from './nearName.ts';

/** Deeper filters would exhaust the stack before they make sense. */
const depthMax = 100;

interface Parser {
  text: string;
  tokens: Token[];
  next: number;
  depth: number;
}

/** The tree of a filter or of a value. Raises SYNC1101, SYNC1103, SYNC1104 or SYNC1106. */
export function parseExpression(text: string): Expression {
  const parser: Parser = {text, tokens: tokens(text), next: 0, depth: 0};
  const found = or(parser);
  const rest = peek(parser);
  if (rest.kind !== 'end') throw unexpectedToken(parser, rest);
  return found;
}

function or(p: Parser): Expression {
  if (++p.depth > depthMax)
    throw unreadable(p.text, peek(p).at, `it is nested over ${depthMax} deep`);
  let left = xor(p);
  for (let at = peek(p).at; takeWord(p, 'OR'); at = peek(p).at)
    left = {kind: 'or', left, right: xor(p), at};
  p.depth--;
  return left;
}

function xor(p: Parser): Expression {
  let left = and(p);
  for (let at = peek(p).at; takeWord(p, 'XOR'); at = peek(p).at)
    left = {kind: 'xor', left, right: and(p), at};
  return left;
}

function and(p: Parser): Expression {
  let left = not(p);
  for (let at = peek(p).at; takeWord(p, 'AND'); at = peek(p).at)
    left = {kind: 'and', left, right: not(p), at};
  return left;
}

function not(p: Parser): Expression {
  const {at} = peek(p);
  if (!takeWord(p, 'NOT')) return truthTest(p);
  if (++p.depth > depthMax) throw unreadable(p.text, at, `it is nested over ${depthMax} deep`);
  const operand = not(p);
  p.depth--;
  return {kind: 'not', operand, at};
}

/** bool_pri, then at most one IS [NOT] TRUE or FALSE; IS [NOT] NULL belongs to bool_pri and may stand before it. */
function truthTest(p: Parser): Expression {
  let left = predicate(p);
  for (;;) {
    const token = peek(p);
    if (takeWord(p, 'IS')) {
      const negated = takeWord(p, 'NOT');
      if (takeWord(p, 'NULL'))
        left = {kind: 'is', what: 'null', negated, operand: left, at: token.at};
      else if (takeWord(p, 'UNKNOWN'))
        return {kind: 'is', what: 'null', negated, operand: left, at: token.at};
      else if (takeWord(p, 'TRUE'))
        return {kind: 'is', what: 'true', negated, operand: left, at: token.at};
      else if (takeWord(p, 'FALSE'))
        return {kind: 'is', what: 'false', negated, operand: left, at: token.at};
      else throw unexpectedToken(p, peek(p));
      continue;
    }
    const sign = compareSigns[token.text];
    if (token.kind !== 'sign' || sign === undefined) return left;
    p.next++;
    left = {kind: 'compare', sign, left, right: predicate(p), at: token.at};
  }
}

const compareSigns: Readonly<Record<string, CompareSign>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '<=>': '<=>',
};

function predicate(p: Parser): Expression {
  const operand = sum(p);
  const {at} = peek(p);
  const negated = takeWord(p, 'NOT');
  if (takeWord(p, 'IN')) {
    takeSign(p, '(');
    const list = [sum(p)];
    while (isSign(peek(p), ',')) {
      p.next++;
      list.push(sum(p));
    }
    takeSign(p, ')');
    return {kind: 'in', negated, operand, list, at};
  }
  if (takeWord(p, 'BETWEEN')) {
    const low = sum(p);
    if (!takeWord(p, 'AND')) throw unexpectedToken(p, peek(p));
    return {kind: 'between', negated, operand, low, high: sum(p), at};
  }
  if (takeWord(p, 'LIKE')) {
    const pattern = string(p);
    const escape = takeWord(p, 'ESCAPE') ? string(p) : '\\';
    if (escape.length !== 1 || escape > '~')
      throw notSure('ESCAPE', at, 'it is not one ASCII character', 'Give one ASCII character.');
    return {kind: 'like', negated, operand, pattern, escape, at};
  }
  if (negated) throw unexpectedToken(p, peek(p));
  return operand;
}

function sum(p: Parser): Expression {
  let left = product(p);
  for (let token = peek(p); isSign(token, '+') || isSign(token, '-'); token = peek(p)) {
    p.next++;
    left = {kind: 'arithmetic', sign: token.text as '+', left, right: product(p), at: token.at};
  }
  return left;
}

function product(p: Parser): Expression {
  let left = unary(p);
  for (;;) {
    const token = peek(p);
    if (isWord(token, 'DIV'))
      throw notSure('DIV', token.at, 'it is outside the subset', 'Write FLOOR(a / b), or ROUND.');
    if (isSign(token, '/')) {
      p.next++;
      left = {kind: 'arithmetic', sign: '/', left, right: unary(p), at: token.at};
      continue;
    }
    const isModulo = isSign(token, '%') || isWord(token, 'MOD');
    if (!isModulo && !isSign(token, '*')) return left;
    p.next++;
    left = {kind: 'arithmetic', sign: isModulo ? '%' : '*', left, right: unary(p), at: token.at};
  }
}

function unary(p: Parser): Expression {
  const {at} = peek(p);
  if (isSign(peek(p), '-') || isSign(peek(p), '+')) {
    const negated = isSign(peek(p), '-');
    p.next++;
    if (++p.depth > depthMax) throw unreadable(p.text, at, `it is nested over ${depthMax} deep`);
    const operand = unary(p);
    p.depth--;
    return negated ? {kind: 'negate', operand, at} : operand;
  }
  return primary(p);
}

function primary(p: Parser): Expression {
  const token = peek(p);
  const {at} = token;
  if (isSign(token, '(')) {
    p.next++;
    if (isWord(peek(p), 'SELECT')) throw fail('SYNC1104', {construct: 'a subquery', offset: at});
    const inner = or(p);
    if (isSign(peek(p), ','))
      throw notSure(
        'a row of values',
        at,
        'NULLs inside it have rules of their own',
        'Compare each column for itself.',
      );
    takeSign(p, ')');
    return inner;
  }
  if (token.kind === 'number') {
    p.next++;
    return {kind: 'number', text: token.text, at};
  }
  if (token.kind === 'string') return {kind: 'string', text: string(p), at};
  if (token.kind !== 'name') throw unexpectedToken(p, token);
  if (isWord(token, 'TRUE') || isWord(token, 'FALSE')) {
    p.next++;
    return {kind: 'truth', value: isWord(token, 'TRUE'), at};
  }
  if (isWord(token, 'NULL')) {
    p.next++;
    return {kind: 'null', at};
  }
  if (!token.quoted && isSign(p.tokens[p.next + 1]!, '(')) return call(p, token);
  refuseName(p, token);
  p.next++;
  return {kind: 'column', name: token.text, at};
}

/** A function, its values and, for CAST and DATE_ADD, the word behind them. */
function call(p: Parser, token: Token & {kind: 'name'}): Expression {
  const {at} = token;
  const upper = token.text.toUpperCase();
  const name = sameFunction[upper] ?? upper;
  const bounds = functionValues[name];
  if (bounds === undefined) throw unknownFunction(p, upper, at);
  p.next += 2;
  const parts: Expression[] = [];
  let detail: string | null = null;
  if (++p.depth > depthMax) throw unreadable(p.text, at, `it is nested over ${depthMax} deep`);
  while (!isSign(peek(p), ')')) {
    if (parts.length > 0) takeSign(p, ',');
    if (/^DATE_(ADD|SUB)$/.test(name) && parts.length === 1) {
      if (!takeWord(p, 'INTERVAL')) throw unreadable(p.text, peek(p).at, 'INTERVAL is missing');
      parts.push(sum(p));
      detail = intervalUnit(p);
    } else parts.push(or(p));
    if (name === 'CAST') detail = castType(p);
  }
  p.depth--;
  takeSign(p, ')');
  const [least, most] = bounds;
  if (parts.length < least || parts.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    throw unreadable(p.text, at, `${name} takes ${wanted} values, not ${parts.length}`);
  }
  return {kind: 'call', name, detail, parts, at};
}

function intervalUnit(p: Parser): string {
  const unit = peek(p);
  const upper = unit.text.toUpperCase();
  if (unit.kind !== 'name' || !intervalUnits.includes(upper))
    throw unreadable(p.text, unit.at, `a unit stands here: ${intervalUnits.join(', ')}`);
  p.next++;
  return upper;
}

/** `AS type` of a CAST, in the spelling that `castOf` of the rules reads. */
function castType(p: Parser): string {
  if (!takeWord(p, 'AS')) throw unreadable(p.text, peek(p).at, 'AS and a type are missing');
  const {at} = peek(p);
  let text = '';
  for (let inside = 0; ; p.next++) {
    const token = peek(p);
    if (token.kind === 'end' || (inside === 0 && isSign(token, ')'))) break;
    if (isSign(token, '(')) inside++;
    if (isSign(token, ')')) inside--;
    text += token.text.toUpperCase();
  }
  const found = castTypes.exec(text);
  if (found === null)
    throw notSure(
      `the type ${text.slice(0, 30) || 'that is missing'} in CAST`,
      at,
      'its conversion is not proved equal to that of MySQL',
      'Use SIGNED, DECIMAL(p,s), CHAR, CHAR(n), DATE or DATETIME(n).',
    );
  return text.replace(/^SIGNEDINTEGER$/, 'SIGNED');
}

const castTypes =
  /^(SIGNED(INTEGER)?|CHAR(\(\d{1,5}\))?|DATE|DATETIME(\([0-6]\))?|DECIMAL\(\d{1,2}(,\d{1,2})?\))$/;

function unknownFunction(p: Parser, name: string, at: number) {
  if (notSteady.has(name)) return fail('SYNC1104', {construct: `${name}()`, offset: at});
  const refused = refusedFunctions[name];
  if (refused !== undefined) return notSure(`the function ${name}()`, at, ...refused);
  const word = insteadOfWord[name];
  if (word !== undefined) return notSure(name, at, 'it is outside the subset of filters', word);
  if (reserved.has(name)) return unexpectedToken(p, peek(p));
  return fail('SYNC1106', {name, offset: at, near: nearName(name, Object.keys(functionValues))});
}

/** Words that are no columns. */
function refuseName(p: Parser, token: Token & {kind: 'name'}): void {
  const {at, text} = token;
  const after = p.tokens[p.next + 1]!;
  if (isSign(after, '.'))
    throw notSure(`the name ${text}.…`, at, 'a filter knows one table', 'Write the column alone.');
  if (isSign(after, '->') || isSign(after, '->>'))
    throw notSure(
      'a JSON path',
      at,
      'JSON values are compared by rules of their own',
      'Filter by a plain column, such as a generated one.',
    );
  if (token.quoted) return;
  const upper = text.toUpperCase();
  if (notSteady.has(upper)) throw fail('SYNC1104', {construct: upper, offset: at});
  const instead = insteadOfWord[upper];
  if (instead !== undefined)
    throw notSure(upper, at, 'it is outside the subset of filters', instead);
  if (reserved.has(upper)) throw unexpectedToken(p, token);
}

/** What changes from one reading to the next (rule C11). */
const notSteady = new Set(
  (
    'NOW CURDATE CURTIME CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP SYSDATE UTC_DATE UTC_TIME ' +
    'UTC_TIMESTAMP UNIX_TIMESTAMP RAND UUID UUID_SHORT CONNECTION_ID USER CURRENT_USER SESSION_USER SYSTEM_USER DATABASE ' +
    'SCHEMA VERSION LAST_INSERT_ID ROW_COUNT FOUND_ROWS SLEEP BENCHMARK GET_LOCK EXISTS SELECT'
  ).split(' '),
);

const insteadOfWord: Readonly<Record<string, string>> = {
  BINARY: 'Give the column a binary collation in the source.',
  COLLATE: 'Give the column that collation in the source.',
  REGEXP: 'Use LIKE.',
  RLIKE: 'Use LIKE.',
  CASE: 'Use IF(condition, value, value), or AND, OR and NOT.',
  INTERVAL: 'Write the resulting moment as a constant.',
  CONVERT: 'Compare the column with a constant of its own type.',
  MATCH: 'Use LIKE.',
  ANY: 'Use IN.',
  ALL: 'Use AND.',
};

const reserved = new Set(
  'AND OR XOR NOT IN IS LIKE BETWEEN ESCAPE DIV MOD FROM WHERE ORDER GROUP HAVING LIMIT UNION INTO FOR LOCK'.split(
    ' ',
  ),
);

function string(p: Parser): string {
  const token = peek(p);
  if (token.kind !== 'string') throw unexpectedToken(p, token);
  p.next++;
  if (peek(p).kind === 'string')
    throw unreadable(p.text, peek(p).at, 'two strings stand side by side');
  return token.text;
}

function peek(p: Parser): Token {
  return p.tokens[p.next]!;
}

function isWord(token: Token, word: string): boolean {
  return token.kind === 'name' && !token.quoted && token.text.toUpperCase() === word;
}

function isSign(token: Token, sign: string): boolean {
  return token.kind === 'sign' && token.text === sign;
}

function takeWord(p: Parser, word: string): boolean {
  if (!isWord(peek(p), word)) return false;
  p.next++;
  return true;
}

function takeSign(p: Parser, sign: string): void {
  if (!isSign(peek(p), sign)) throw unexpectedToken(p, peek(p));
  p.next++;
}

const insteadOfSign: Readonly<Record<string, string>> = {
  '||': 'Write OR.',
  '&&': 'Write AND.',
  '!': 'Write NOT.',
  '|': 'Filter by a generated column.',
  '&': 'Filter by a generated column.',
  '^': 'Filter by a generated column.',
  '~': 'Filter by a generated column.',
  '<<': 'Filter by a generated column.',
  '>>': 'Filter by a generated column.',
};

function unexpectedToken(p: Parser, token: Token) {
  const instead = token.kind === 'sign' ? insteadOfSign[token.text] : undefined;
  if (instead !== undefined)
    return notSure(token.text, token.at, 'it is outside the subset of filters', instead);
  const upper = token.kind === 'name' && !token.quoted ? token.text.toUpperCase() : '';
  const word = insteadOfWord[upper];
  if (word !== undefined)
    return notSure(upper, token.at, 'it is outside the subset of filters', word);
  return token.kind === 'end'
    ? unreadable(p.text, token.at, 'the filter ends too early')
    : unreadable(p.text, token.at, `"${token.text}" cannot stand here`);
}
