// A `script:` of the managed service as steps: its flow (e_if, e_switch, e_compose) becomes conditions of steps, its
// functions become those of expressions (scriptFunctions.ts). What it has beyond them is refused by name.
import {fail} from '../base/errors.ts';
import type {Expression} from './expression.ts';
import {tokens, unreadable, type Token} from './expressionTokens.ts';
import {nearName} from './nearName.ts';
import {actionNames, scriptFunction, scriptFunctionNames, scriptName} from './scriptFunctions.ts';

/** A step without its path. */
export type ScriptStep =
  | {kind: 'drop'; condition: Expression}
  | {kind: 'set'; column: string; value: Expression; hash: null; guard: Expression | null};

interface Parser {
  text: string;
  tokens: Token[];
  next: number;
  depth: number;
  steps: ScriptStep[];
}

const depthMax = 100;
/** Steps of one script: each condition of e_switch is repeated in those after it. */
const stepsMax = 200;

/** The steps of a script. Raises SYNC1101, SYNC1103 or SYNC1106. */
export function parseScript(text: string): ScriptStep[] {
  // Blanks in place of the prefix keep every offset.
  const body = text.replace(/^\s*script\s*:/, prefix => ' '.repeat(prefix.length));
  const parser: Parser = {text, tokens: tokens(body), next: 0, depth: 0, steps: []};
  action(parser, null);
  const rest = peek(parser);
  if (rest.kind !== 'end')
    throw unreadable(text, rest.at, 'a script is one expression; join several with e_compose(…)');
  return parser.steps;
}

/** One action, under `guard`. */
function action(p: Parser, guard: Expression | null): void {
  const {name, at} = open(p, 'an action such as e_set stands here');
  if (++p.depth > depthMax) throw unreadable(p.text, at, `it is nested over ${depthMax} deep`);
  if (p.steps.length > stepsMax) throw unreadable(p.text, at, `it has over ${stepsMax} steps`);
  switch (name) {
    case 'e_compose':
      action(p, guard);
      while (comma(p)) action(p, guard);
      break;
    case 'e_if': {
      const condition = value(p);
      needComma(p);
      action(p, both(guard, condition));
      break;
    }
    case 'e_if_else': {
      const condition = value(p);
      needComma(p);
      action(p, both(guard, condition));
      needComma(p);
      action(p, both(guard, unless(condition)));
      break;
    }
    case 'e_switch':
      branches(p, guard);
      break;
    case 'e_drop': {
      const condition = isSign(peek(p), ')') ? null : value(p);
      p.steps.push({kind: 'drop', condition: both(guard, condition) ?? truth(at)});
      break;
    }
    case 'e_keep': {
      if (isSign(peek(p), ')')) break;
      p.steps.push({kind: 'drop', condition: both(guard, unless(value(p)))!});
      break;
    }
    case 'e_set': {
      const column = columnName(p);
      needComma(p);
      p.steps.push({kind: 'set', column, value: value(p), hash: null, guard});
      break;
    }
    default:
      throw unknown(name, at, actionNames);
  }
  p.depth--;
  close(p);
}

/** Condition, action, condition, action … and perhaps default=action: the first condition that is true decides. */
function branches(p: Parser, guard: Expression | null): void {
  let left = guard;
  do {
    if (isName(peek(p), 'default') && isSign(p.tokens[p.next + 1]!, '=')) {
      p.next += 2;
      action(p, left);
      return;
    }
    const condition = value(p);
    needComma(p);
    action(p, both(left, condition));
    left = both(left, unless(condition));
  } while (comma(p));
}

/** A value or condition, perhaps one of `a ? b : c`. */
function value(p: Parser): Expression {
  const {at} = peek(p);
  if (++p.depth > depthMax) throw unreadable(p.text, at, `it is nested over ${depthMax} deep`);
  const first = primary(p);
  p.depth--;
  if (!isSign(peek(p), '?')) return first;
  p.next++;
  const yes = value(p);
  if (!isSign(peek(p), ':')) throw unreadable(p.text, peek(p).at, 'a : is missing');
  p.next++;
  return {kind: 'call', name: 'IF', detail: null, parts: [first, yes, value(p)], at};
}

function primary(p: Parser): Expression {
  const token = peek(p);
  const {at} = token;
  if (isSign(token, '(')) {
    p.next++;
    const inner = value(p);
    close(p);
    return inner;
  }
  if (isSign(token, '-')) {
    p.next++;
    return {kind: 'negate', operand: primary(p), at};
  }
  if (token.kind === 'number' || token.kind === 'string') {
    p.next++;
    return {kind: token.kind, text: token.text, at};
  }
  if (token.kind !== 'name') throw unreadable(p.text, at, `"${token.text}" cannot stand here`);
  if (token.quoted) {
    p.next++;
    return {kind: 'column', name: token.text, at};
  }
  if (isSign(p.tokens[p.next + 1]!, '(')) return call(p);
  p.next++;
  const known = scriptName(token.text, at);
  if (known !== null) return known;
  throw unreadable(p.text, at, `${token.text} is no constant; columns stand in backquotes`);
}

function call(p: Parser): Expression {
  const {name, at} = open(p, 'a function stands here');
  const parts: Expression[] = [];
  const named: Record<string, Expression> = {};
  while (!isSign(peek(p), ')')) {
    if (parts.length + Object.keys(named).length > 0) needComma(p);
    const word = peek(p);
    if (word.kind === 'name' && isSign(p.tokens[p.next + 1]!, '=')) {
      p.next += 2;
      named[word.text] = value(p);
    } else parts.push(value(p));
  }
  close(p);
  const found = scriptFunction({name, at, parts, named, text: p.text});
  if (found === null) throw unknown(name, at, scriptFunctionNames);
  return found;
}

function unknown(name: string, at: number, names: readonly string[]) {
  return fail('SYNC1106', {name, offset: at, near: nearName(name, names)});
}

/** The name before an opening parenthesis, both taken. */
function open(p: Parser, wanted: string): {name: string; at: number} {
  const token = peek(p);
  if (token.kind !== 'name' || token.quoted || !isSign(p.tokens[p.next + 1]!, '('))
    throw unreadable(p.text, token.at, wanted);
  p.next += 2;
  return {name: token.text, at: token.at};
}

function columnName(p: Parser): string {
  const token = peek(p);
  if (token.kind !== 'name' || !token.quoted)
    throw unreadable(p.text, token.at, 'a column in backquotes stands here');
  p.next++;
  return token.text;
}

function close(p: Parser): void {
  if (!isSign(peek(p), ')')) throw unreadable(p.text, peek(p).at, 'a ) is missing');
  p.next++;
}

function comma(p: Parser): boolean {
  if (!isSign(peek(p), ',')) return false;
  p.next++;
  return true;
}

function needComma(p: Parser): void {
  if (!comma(p)) throw unreadable(p.text, peek(p).at, 'a comma is missing');
}

function both(left: Expression | null, right: Expression | null): Expression | null {
  if (left === null || right === null) return left ?? right;
  return {kind: 'and', left, right, at: right.at};
}

/** Not true: false or unknown. */
function unless(operand: Expression): Expression {
  return {kind: 'is', what: 'true', negated: true, operand, at: operand.at};
}

function truth(at: number): Expression {
  return {kind: 'truth', value: true, at};
}

function peek(p: Parser): Token {
  return p.tokens[p.next]!;
}

function isSign(token: Token, sign: string): boolean {
  return token.kind === 'sign' && token.text === sign;
}

function isName(token: Token, name: string): boolean {
  return token.kind === 'name' && !token.quoted && token.text === name;
}
