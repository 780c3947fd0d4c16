// What information_schema says differently in MariaDB: defaults are expressions, and some columns and tables have parts that
// their names do not tell. What cannot be followed gets a type that no mapping knows, so that the planner refuses it by name.
import type {ColumnType} from '../codec/columnType.ts';
import type {SourceColumn} from '../codec/sourceTable.ts';
import {tokenize} from './sqlTokens.ts';

/** A default as MariaDB prints it: NULL, a quoted text, a number, or an expression. */
export function mariadbDefault(
  printed: string | null,
): Pick<SourceColumn, 'defaultText' | 'defaultExpression'> {
  if (printed === null || printed === 'NULL') return {defaultText: null, defaultExpression: null};
  const tokens = tokenize(printed, 0) ?? [];
  const [token] = tokens;
  if (tokens.length === 1 && token?.kind === 'text')
    return {defaultText: token.value, defaultExpression: null};
  const isConstant = /^-?[\d.]+(e[+-]?\d+)?$/i.test(printed) || /^b'[01]*'$/i.test(printed);
  return isConstant
    ? {defaultText: printed, defaultExpression: null}
    : {defaultText: null, defaultExpression: printed};
}

/** Types that MySQL has not, and the longest text of their values. */
const textTypes: Readonly<Record<string, number>> = {uuid: 36, inet4: 15, inet6: 39};

/** The parts of a column of one of MariaDB's own types; null for any other. */
export function mariadbTextType(dataType: string): ColumnType | null {
  const lengthMax = textTypes[dataType];
  return lengthMax === undefined ? null : {...unknownType(dataType), lengthMax};
}

/** A type that no mapping knows, or that has no parts. */
export function unknownType(dataType: string): ColumnType {
  return {
    dataType,
    unsigned: false,
    precision: null,
    scale: null,
    fractionDigits: 0,
    lengthMax: null,
    labels: [],
  };
}

/**
 * The DATA_TYPE of a column whose bytes in the binlog are others than its type says: `COMPRESSED`, moments in the format of
 * MariaDB 5.3, both marked by a comment in COLUMN_TYPE; null for any other column.
 */
export function mariadbOwnType(columnType: string, dataType: string): string | null {
  const mark = /\/\*M?!?\d*\s*(.*?)\s*\*\//.exec(columnType)?.[1];
  return mark === undefined ? null : `${dataType} ${mark.toLowerCase()}`;
}
