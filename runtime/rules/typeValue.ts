// An expression as a value of a row: columns, constants, arithmetic, functions, and conditions as 1 or 0.
import type {Expression} from '../spec/expression.ts';
import {typeAmount} from './amount.ts';
import {columnValue} from './columnValue.ts';
import {plainBig} from './compileAmount.ts';
import {compile, isUnknown} from './compileFilter.ts';
import {textSql} from './filterSql.ts';
import {functionValue} from './functions.ts';
import {findColumn} from './findColumn.ts';
import {isCondition} from './typeFilter.ts';
import {nullValue, type Scope, type Value} from './value.ts';

/** The value that `e` is for rows of the scope's table. Raises SYNC1102 or SYNC1103. */
export function typeValue(e: Expression, scope: Scope): Value {
  switch (e.kind) {
    case 'column': {
      const index = findColumn(e.name, e.at, scope);
      return columnValue(scope.table.columns[index]!, index, e.at);
    }
    case 'string':
      return {
        type: {kind: 'text', collation: null},
        sql: textSql(e.text),
        compile: () => () => e.text,
      };
    case 'null':
      return nullValue;
    case 'call':
      return functionValue(e, scope);
    default:
      return isCondition(e) ? flag(e, scope) : number(e, scope);
  }
}

function number(e: Expression, scope: Scope): Value {
  const amount = typeAmount(e, scope);
  const {scale, low, high, unsigned, mixedAt} = amount;
  const mixed = mixedAt === undefined ? {} : {mixedAt};
  return {
    type: {kind: 'number', scale, low, high, unsigned, ...mixed},
    sql: scope.sql(e),
    compile: c => plainBig(amount, c),
  };
}

/** A condition as MySQL counts it. */
function flag(e: Expression, scope: Scope): Value {
  const judgement = scope.judgement(e);
  return {
    type: {kind: 'number', scale: 0, low: 0n, high: 1n, unsigned: false},
    sql: scope.sql(e),
    compile: c => {
      const judge = compile(judgement, c);
      return row => {
        const truth = judge(row);
        return truth === isUnknown ? null : BigInt(truth);
      };
    },
  };
}
