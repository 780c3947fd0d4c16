// Names and key values as SQL text: how a value of the source is read without loss, and written back as a literal that
// the server compares exactly as it compares the column. Refuses values that are not what their kind allows.
import {assert} from '../base/assert.ts';
import type {SourceColumn} from '../codec/sourceTable.ts';

/** How a key value travels: `number` as digits, `bytes` and `text` as hex, `time` as MySQL prints it. */
export type ValueKind = 'number' | 'bytes' | 'text' | 'time';

/** The name between backquotes. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** `database`.`table` between backquotes. */
export function quoteTable(table: {database: string; name: string}): string {
  return `${quoteName(table.database)}.${quoteName(table.name)}`;
}

const kinds: Record<string, ValueKind> = {
  ...fan('number', 'tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'year', 'bit'),
  // ENUM and SET are ordered by their number.
  ...fan('number', 'enum', 'set'),
  ...fan('bytes', 'binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'),
  ...fan('text', 'char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext'),
  ...fan('time', 'date', 'datetime', 'timestamp', 'time'),
};

/** How values of this column travel; null when they cannot be compared exactly (FLOAT, DOUBLE and others). */
export function valueKind(column: SourceColumn): ValueKind | null {
  return kinds[column.dataType] ?? null;
}

/** An expression whose text value `literal` turns back into the same value. */
export function readExpression(column: SourceColumn): string {
  const name = quoteName(column.name);
  const kind = valueKind(column);
  if (kind === 'bytes' || kind === 'text') return `HEX(${name})`;
  if (['enum', 'set', 'bit'].includes(column.dataType))
    return `CAST(CAST(${name} AS UNSIGNED) AS CHAR)`;
  return `CAST(${name} AS CHAR)`;
}

/** Whether `value` is one that `readExpression` gives for a column of this kind: not so when the column was altered. */
export function isValueOf(kind: ValueKind, value: string): boolean {
  return forms[kind].test(value);
}

const forms: Record<ValueKind, RegExp> = {
  number: /^-?\d+(\.\d+)?$/,
  time: /^[-\d :.]+$/,
  bytes: /^([0-9A-F]{2})*$/,
  text: /^([0-9A-F]{2})*$/,
};

/** `value` as a literal. Text keeps the bytes and the character set of its column; the column's collation compares. */
export function literal(kind: ValueKind, charset: string | null, value: string): string {
  assert(isValueOf(kind, value), `the text of a ${kind} value`);
  if (kind === 'number') return value;
  if (kind === 'time') return `'${value}'`;
  if (kind === 'bytes') return `X'${value}'`;
  assert(charset !== null && /^\w+$/.test(charset), 'the character set of a text column');
  return `_${charset} X'${value}'`;
}

function fan(kind: ValueKind, ...dataTypes: string[]): Record<string, ValueKind> {
  return Object.fromEntries(dataTypes.map(dataType => [dataType, kind]));
}
