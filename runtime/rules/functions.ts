// What each function of expressions means: choices between values here, texts, numbers and moments in files of their own.
import {fail} from '../base/errors.ts';
import type {Expression} from '../spec/expression.ts';
import {castValue} from './castValue.ts';
import {compile, isTrue} from './compileFilter.ts';
import {momentConstant} from './momentConstant.ts';
import {momentFunctions} from './momentFunctions.ts';
import {numberFunctions} from './numberFunctions.ts';
import {textFunctions} from './textFunctions.ts';
import {unify} from './unify.ts';
import {isNull, isNumber, nullValue, type Scope, type Value} from './value.ts';

export type Call = Expression & {kind: 'call'};

/** A function that takes values alone. */
export type FunctionRule = (parts: Value[], call: Call, scope: Scope) => Value;

/** The value of a function. Raises SYNC1102 or SYNC1103. */
export function functionValue(call: Call, scope: Scope): Value {
  const own = choices[call.name];
  if (own !== undefined) return own(call, scope);
  const parts = call.parts.map(part => scope.value(part));
  const rule = rules[call.name];
  if (rule === undefined) throw fail('SYNC1106', {name: call.name, offset: call.at, near: null});
  return rule(parts, call, scope);
}

const rules: Readonly<Record<string, FunctionRule>> = {
  ...textFunctions,
  ...numberFunctions,
  ...momentFunctions,
  CAST: (parts, call) => castValue(parts[0]!, call.detail!, call.at),
  MOMENT: (_, call) => constantMoment(call),
  ADD: (parts, call, scope) => {
    const sign = parts.every(isNumber) ? '+' : null;
    if (sign === null) return textFunctions['CONCAT']!(parts, call, scope);
    return scope.value(
      call.parts.reduce((left, right) => ({kind: 'arithmetic', sign, left, right, at: call.at})),
    );
  },
  COALESCE: (parts, call) => coalesce(parts, call.at),
  IFNULL: (parts, call) => coalesce(parts, call.at),
};

/** Functions that read a condition, or compare. */
const choices: Readonly<Record<string, (call: Call, scope: Scope) => Value>> = {
  IF: (call, scope) => {
    const [condition, yes, no] = call.parts as [Expression, Expression, Expression];
    return choose(condition, scope.value(yes), scope.value(no), call.at, scope);
  },
  NULLIF: (call, scope) => {
    const [left, right] = call.parts as [Expression, Expression];
    const same: Expression = {kind: 'compare', sign: '=', left, right, at: call.at};
    return choose(same, nullValue, scope.value(left), call.at, scope);
  },
  ISNULL: (call, scope) =>
    scope.value({kind: 'is', what: 'null', negated: false, operand: call.parts[0]!, at: call.at}),
};

/** DATETIME('…') of scripts. */
function constantMoment({parts, at}: Call): Value {
  const {text} = parts[0] as Expression & {kind: 'string'};
  const fractionDigits = (text.split('.')[1] ?? '').length;
  const type = {kind: 'moment' as const, dataType: 'datetime' as const, fractionDigits};
  const constant = momentConstant(type, text, at);
  return {
    type,
    sql: `CAST('${text}' AS DATETIME(${fractionDigits}))`,
    compile: () => () => constant,
  };
}

function choose(condition: Expression, yes: Value, no: Value, at: number, scope: Scope): Value {
  const judgement = scope.judgement(condition);
  const [type, [left, right]] = unify([yes, no], at);
  return {
    type,
    sql: `IF(${scope.sql(condition)}, ${left!.sql}, ${right!.sql})`,
    compile: c => {
      const judge = compile(judgement, c);
      const [l, r] = [left!.compile(c), right!.compile(c)];
      return row => (judge(row) === isTrue ? l(row) : r(row));
    },
  };
}

function coalesce(parts: Value[], at: number): Value {
  const [type, unified] = unify(parts, at);
  if (parts.every(isNull)) return nullValue;
  return {
    type,
    sql: `COALESCE(${unified.map(part => part.sql).join(', ')})`,
    compile: c => {
      const reads = unified.map(part => part.compile(c));
      return row => {
        for (let i = 0; i < reads.length; i++) {
          const found = reads[i]!(row);
          if (found !== null) return found;
        }
        return null;
      };
    },
  };
}
