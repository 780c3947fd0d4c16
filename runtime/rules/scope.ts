// What the expressions of a table mean. The parts that give meaning need each other; they meet here, so that none
// imports another.
import type {SourceTable} from '../codec/sourceTable.ts';
import {filterSql} from './filterSql.ts';
import {typeFilter} from './typeFilter.ts';
import {typeValue} from './typeValue.ts';
import type {Scope} from './value.ts';

/** The meaning of expressions for rows of `table`. */
export function scopeOf(table: SourceTable): Scope {
  const scope: Scope = {
    table,
    judgement: e => typeFilter(e, scope),
    value: e => typeValue(e, scope),
    sql: e => filterSql(e, scope),
  };
  return scope;
}
