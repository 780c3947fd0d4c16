// Texts compared with numbers: MaxCompute compares both as DOUBLE (with a DECIMAL as DECIMAL), DuckDB casts the text to the
// other's type, which rounds '1.4' to 1, or refuses. Whether a statement does so is read from the plan that DuckDB binds; where
// it does, a second plan tells the types of each comparison, and those of a text and a number become calls of the macros below.
// All others stay as they are, for a call is no condition that an outer join can hash by.
import type {DuckDBConnection} from '@duckdb/node-api';
import {OdpsError} from './odpsError.ts';
import {queryRows, textLiteral} from './store.ts';

/** `odps_eq(a, b)` and the like. */
const operators: Readonly<Record<string, [name: string, sign: string]>> = {
  eq: ['odps_eq', '='],
  neq: ['odps_ne', '<>'],
  lt: ['odps_lt', '<'],
  lte: ['odps_le', '<='],
  gt: ['odps_gt', '>'],
  gte: ['odps_ge', '>='],
  null_safe_eq: ['odps_same', 'IS NOT DISTINCT FROM'],
  null_safe_neq: ['odps_differs', 'IS DISTINCT FROM'],
};

const wide = 'DECIMAL(38,18)';

/** The macros that compare a text with a number, and the one that tells types; `typeof` is known when a statement is bound. */
export const compareMacros: readonly string[] = [
  'odps_double(x) AS TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE)',
  `odps_wide(x) AS TRY_CAST(CAST(x AS VARCHAR) AS ${wide})`,
  ...Object.values(operators).map(
    ([name, sign]) =>
      `${name}(a, b) AS CASE WHEN (starts_with(typeof(a), 'DECIMAL') OR starts_with(typeof(b), 'DECIMAL')) ` +
      `AND odps_wide(a) IS NOT NULL AND odps_wide(b) IS NOT NULL ` +
      `THEN odps_wide(a) ${sign} odps_wide(b) ELSE odps_double(a) ${sign} odps_double(b) END`,
  ),
  `odps_in(x, l) AS CASE WHEN l IS NULL THEN FALSE WHEN x IS NULL THEN NULL
    WHEN list_aggregate(list_transform(l, e -> odps_eq(x, e)), 'bool_or') THEN TRUE
    WHEN list_aggregate(list_transform(l, e -> odps_eq(x, e) IS NULL), 'bool_or') THEN NULL ELSE FALSE END`,
  // What is random is not taken for a constant, so the types are in the plan wherever the comparison stands.
  `odps_probe(a, b, mark) AS a = b AND struct_pack(a := typeof(a), b := typeof(b), mark := mark, live := random()) IS NOT NULL`,
];

/** `sql` as DuckDB shall run it. */
export async function comparedAsOdps(connection: DuckDBConnection, sql: string): Promise<string> {
  if (!mixes(await planOf(connection, sql))) return sql;
  const {Dialect, generate, parse} = await import('@polyglot-sql/sdk');
  const tree = (text: string) => parse(text, Dialect.DuckDB).ast as Node[];
  const rewritten = (decide: Decide) => {
    const [whole, list] = [tree(sql), tree(listOf)];
    const made = generate(calledIn(whole, {list, decide, count: 0}) as Node[], Dialect.DuckDB);
    if (made.success && made.sql?.length === 1) return made.sql[0]!;
    throw new OdpsError(
      'ODPS-0130071',
      400,
      `ODPS-0130071:[1,1] Semantic analysis exception - ${unsuited}`,
    );
  };
  const probe = rewritten((_, pair) =>
    call('odps_probe', [...pair.sides, text(`${markBegin}${pair.number}`)]),
  );
  const mixed = new Set<number>();
  collectMixed(await planOf(connection, probe), mixed);
  return rewritten((whole, {number, sides, name}) =>
    mixed.has(number) ? call(name, sides) : whole,
  );
}

const unsuited = 'texts are compared with numbers in a way that is not supported; CAST one of them';
const markBegin = '#odps';
/** The one column of a query, whatever it is called, as a list; NULL without rows. */
const listOf = 'SELECT (SELECT list(v) FROM (SELECT 1) AS odps_query(v))';

/** Two values that are compared: the how manieth of the statement, and the macro that compares a text with a number. */
interface Pair {
  number: number;
  sides: [unknown, unknown];
  name: string;
}
/** What stands for a comparison; `whole` is the comparison as it was, null for one of several in a node. */
type Decide = (whole: Node | null, pair: Pair) => Node | null;

interface Planned {
  error: boolean;
  error_message?: string;
}

async function planOf(connection: DuckDBConnection, sql: string): Promise<Planned> {
  const asked = `SELECT json_serialize_plan(${textLiteral(sql)}) AS plan`;
  const [row] = await queryRows(connection, asked);
  return JSON.parse(String(row!['plan'])) as Planned;
}

function mixes(plan: Planned): boolean {
  // What cannot be bound for another reason fails with its own error later.
  if (plan.error) return /Cannot (mix|compare) values/.test(plan.error_message ?? '');
  return hasMixedCast(plan);
}

const numbers = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL|INTEGER_LITERAL)$/;

interface PlanCast {
  type?: unknown;
  try_cast?: boolean;
  return_type?: {id?: string};
  child?: {return_type?: {id?: string}; value?: {type?: {id?: string}; value?: unknown}};
}

/** A cast that the binder put in from a text to a number, unless it is of a literal that any of them reads alike. */
function hasMixedCast(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(hasMixedCast);
  if (typeof node !== 'object' || node === null) return false;
  const {type, try_cast, return_type, child} = node as PlanCast;
  if (type === 'OPERATOR_CAST' && try_cast === false && numbers.test(return_type?.id ?? '')) {
    const from = child?.return_type?.id ?? child?.value?.type?.id;
    const literal = child?.value?.value;
    const isWhole = typeof literal === 'string' && /^[+-]?\d{1,15}$/.test(literal);
    if (from === 'VARCHAR' && !isWhole) return true;
  }
  return Object.values(node).some(hasMixedCast);
}

interface PlanStruct {
  children?: {value?: {value?: unknown}}[];
}

/** The numbers of the pairs whose types in the plan of a probe are a text and a number. */
function collectMixed(node: unknown, found: Set<number>): void {
  if (typeof node !== 'object' || node === null) return;
  const {children} = node as PlanStruct;
  if (Array.isArray(children) && children.length === 4) {
    const [a, b, mark] = children.map(child => String(child?.value?.value ?? ''));
    if (mark!.startsWith(markBegin) && isMixed(a!, b!))
      found.add(Number(mark!.slice(markBegin.length)));
  }
  for (const part of Object.values(node)) collectMixed(part, found);
}

function isMixed(a: string, b: string): boolean {
  const isNumber = (type: string) => numbers.test(type.replace(/\(.*/, ''));
  return (a === 'VARCHAR' && isNumber(b)) || (b === 'VARCHAR' && isNumber(a));
}

type Node = Record<string, unknown>;

interface Pass {
  /** The tree of `listOf`. */
  list: Node[];
  decide: Decide;
  /** Pairs so far. */
  count: number;
}

/** The tree with other nodes for its comparisons. */
function calledIn(node: unknown, pass: Pass): unknown {
  if (Array.isArray(node)) return node.map(part => calledIn(part, pass));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, part]) => [key, calledIn(part, pass)]);
  const inner = Object.fromEntries(entries) as Node;
  const [kind] = Object.keys(inner);
  const body = inner[kind!] as Node;
  if (kind === undefined || typeof body !== 'object' || body === null) return inner;
  const operator = operators[kind];
  // In the SET of a MERGE an assignment looks like a comparison.
  if (operator !== undefined && 'left' in body && !('identifier' in (body['left'] as Node)))
    return decided(pass, inner, operator[0], body['left'], body['right']);
  if (kind === 'between' && 'low' in body) return between(inner, body, pass);
  if (kind === 'in' && 'this' in body) return isIn(inner, body, pass);
  if (kind === 'case' && body['operand'] != null) return searched(inner, body, pass);
  return inner;
}

function decided(
  pass: Pass,
  whole: Node | null,
  name: string,
  a: unknown,
  b: unknown,
): Node | null {
  return pass.decide(whole, {number: pass.count++, sides: [a, b], name});
}

function call(name: string, args: unknown[]): Node {
  const rest = {distinct: false, trailing_comments: []};
  return {
    function: {name, args, ...rest, use_bracket_syntax: false, no_parens: false, quoted: false},
  };
}

function text(value: string): Node {
  return {literal: {literal_type: 'string', value}};
}

function bracketed(node: unknown): Node {
  return {paren: {this: node, trailing_comments: []}};
}

function negated(node: Node, not: unknown): Node {
  return bracketed(not === true ? {not: {this: bracketed(node)}} : node);
}

function between(whole: Node, {this: value, low, high, not}: Node, pass: Pass): Node {
  const least = decided(pass, null, 'odps_ge', value, low);
  const most = decided(pass, null, 'odps_le', value, high);
  if (least === null && most === null) return whole;
  const plain = (kind: string, limit: unknown) => comparison(kind, value, limit);
  const both = comparison('and', least ?? plain('gte', low), most ?? plain('lte', high));
  return negated(both, not);
}

function isIn(whole: Node, {this: value, expressions, query, not}: Node, pass: Pass): Node {
  if ('tuple' in (value as Node)) return whole;
  if (query != null) {
    const tree = structuredClone(pass.list) as unknown as ListTree;
    const [found] = tree[0].select.expressions;
    found.subquery.this.select.from.expressions[0].subquery.this = query;
    // Of the list its first item, when types are asked for; the list itself for the macro.
    const number = pass.count++;
    const item = call('list_first', [found]);
    const asked = pass.decide(whole, {number, sides: [value, item], name: 'odps_in'});
    if (asked === whole) return whole;
    const isProbe = JSON.stringify(asked).includes(markBegin);
    return negated(isProbe ? asked! : call('odps_in', [value, found]), not);
  }
  const items = expressions as unknown[];
  const calls = items.map(item => decided(pass, null, 'odps_eq', value, item));
  if (calls.every(made => made === null)) return whole;
  return negated(anyOf(calls.map((made, i) => made ?? comparison('eq', value, items[i]))), not);
}

interface Sub<T> {
  subquery: {this: T};
}
type ListTree = [{select: {expressions: [Sub<{select: {from: {expressions: [Sub<unknown>]}}}>]}}];

/** Halved again and again, for a list may be long. */
function anyOf(calls: Node[]): Node {
  if (calls.length === 1) return calls[0]!;
  const middle = calls.length >> 1;
  const [left, right] = [calls.slice(0, middle), calls.slice(middle)];
  return comparison('or', bracketed(anyOf(left)), bracketed(anyOf(right)));
}

/** `CASE x WHEN v` as `CASE WHEN x = v`. */
function searched(whole: Node, {operand, whens, ...rest}: Node, pass: Pass): Node {
  const branches = whens as [unknown, unknown][];
  const calls = branches.map(([value]) => decided(pass, null, 'odps_eq', operand, value));
  if (calls.every(made => made === null)) return whole;
  const conditions = branches.map(([value, result], i) => [
    calls[i] ?? comparison('eq', operand, value),
    result,
  ]);
  return {case: {...rest, operand: null, whens: conditions}};
}

function comparison(kind: string, left: unknown, right: unknown): Node {
  const comments = {left_comments: [], operator_comments: [], trailing_comments: []};
  return {[kind]: {left, right, ...comments}};
}
