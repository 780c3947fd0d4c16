// One MySQL column to one MaxCompute type (docs/types.md is the published table; a test holds both together).
// Decides types only: how bytes become bytes is cellShape.ts and what follows it.
import {codes, type Code, type Details} from '../base/codes.ts';
import {fail, finding} from '../base/errors.ts';
import {charsetOf} from './charset.ts';
import type {SourceColumn} from './sourceTable.ts';

/** One lossy case of a column, for the preview. */
export interface MappingWarning {
  code: Code;
  text: string;
  fix: string;
}

export interface MappingOptions {
  /** The target's type system: v2, or the six old types. */
  types: 'v1' | 'v2';
  /** A MaxCompute type asked for by the user; null for the default. */
  override: string | null;
}

/** The target type of `column` and what may be lost; refuses what cannot be mapped. */
export function mapColumn(
  column: SourceColumn,
  options: MappingOptions,
): {targetType: string; warnings: MappingWarning[]} {
  const family = families[column.dataType];
  if (family === undefined || lacksParts(column, family))
    throw fail('SYNC3002', {column: column.name, columnType: column.columnType});
  if (column.charset !== null && family === 'text' && charsetOf(column.charset) === null)
    throw fail('SYNC3003', {column: column.name, charset: column.charset});
  const targetTypes = targetsOf(column, family);
  const targetType =
    options.override === null
      ? targetTypes[options.types === 'v1' ? 1 : 0]!
      : overrideOf(column, targetTypes, options.override);
  return {targetType, warnings: warningsOf(column, family, targetType)};
}

/** A known type whose COLUMN_TYPE could not be read: without its digits or labels its bytes have no meaning. */
function lacksParts(column: SourceColumn, family: Family): boolean {
  if (family === 'label') return column.labels.length === 0;
  return (family === 'decimal' || family === 'bit') && column.precision === null;
}

/** Groups of MySQL types that share their mapping. */
export type Family =
  | 'integer'
  | 'year'
  | 'decimal'
  | 'float'
  | 'double'
  | 'date'
  | 'datetime'
  | 'timestamp'
  | 'time'
  | 'text'
  | 'binary'
  | 'bit'
  | 'label'
  | 'json'
  | 'geometry'
  | 'vector';

/** The family of each DATA_TYPE; a type that is missing is not supported. */
export const families: Readonly<Record<string, Family>> = Object.fromEntries(
  (
    [
      ['integer', 'tinyint smallint mediumint int bigint'],
      ['year', 'year'],
      ['decimal', 'decimal'],
      ['float', 'float'],
      ['double', 'double'],
      ['date', 'date'],
      ['datetime', 'datetime'],
      ['timestamp', 'timestamp'],
      ['time', 'time'],
      // The last three are MariaDB's: text in every answer, bytes in row images (spelledImages.ts).
      ['text', 'char varchar tinytext text mediumtext longtext uuid inet4 inet6'],
      ['binary', 'binary varbinary tinyblob blob mediumblob longblob'],
      ['bit', 'bit'],
      ['label', 'enum set'],
      ['json', 'json'],
      [
        'geometry',
        'geometry point linestring polygon multipoint multilinestring multipolygon ' +
          'geomcollection geometrycollection',
      ],
      ['vector', 'vector'],
    ] as const
  ).flatMap(([family, names]) => names.split(' ').map(name => [name, family])),
);

/** Integer widths of the target, narrow to wide. */
const integers = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'];

/** All targets of a column: the default of v2, the default of v1, then the others that may be asked for. */
function targetsOf(column: SourceColumn, family: Family): string[] {
  switch (family) {
    case 'integer':
      return integerTargets(column);
    case 'year':
      return ['SMALLINT', 'BIGINT', 'INT', 'STRING'];
    case 'decimal':
      return decimalTargets(column);
    case 'float':
      return ['FLOAT', 'DOUBLE'];
    case 'double':
      return ['DOUBLE', 'DOUBLE'];
    case 'date':
      return ['DATE', 'DATETIME', 'STRING'];
    case 'datetime':
      return ['TIMESTAMP_NTZ', 'DATETIME', 'TIMESTAMP', 'STRING'];
    case 'timestamp':
      return ['TIMESTAMP', 'DATETIME', 'TIMESTAMP_NTZ', 'STRING'];
    case 'bit':
      return bitTargets(column);
    case 'binary':
      return ['BINARY', 'STRING'];
    case 'geometry':
      return ['STRING', 'STRING', 'BINARY'];
    case 'vector':
      return ['ARRAY<FLOAT>', 'STRING', 'BINARY'];
    default:
      return ['STRING', 'STRING'];
  }
}

function integerTargets({dataType, unsigned, columnType}: SourceColumn): string[] {
  if (dataType === 'bigint' && unsigned)
    return ['DECIMAL(20,0)', 'DECIMAL', 'BIGINT', 'STRING', 'DECIMAL(38,0)'];
  const width = ['tinyint', 'smallint', 'int', 'bigint'].indexOf(dataType);
  const from = dataType === 'mediumint' ? 2 : unsigned ? width + 1 : width;
  const boolean = columnType.startsWith('tinyint(1)') ? ['BOOLEAN'] : [];
  return [integers[from]!, 'BIGINT', ...integers.slice(from), ...boolean, 'STRING'];
}

function decimalTargets(column: SourceColumn): string[] {
  const precision = column.precision!;
  const scale = column.scale!;
  const own = precision <= 38 && scale <= 18 ? `DECIMAL(${precision},${scale})` : 'STRING';
  // The old DECIMAL has 36 digits before the point and 18 after it.
  const old = precision - scale <= 36 && scale <= 18 ? 'DECIMAL' : 'STRING';
  return [own, old, 'STRING'];
}

function bitTargets(column: SourceColumn): string[] {
  const bits = column.precision!;
  const integer = bits < 64 ? ['BIGINT'] : ['DECIMAL', 'DECIMAL(20,0)'];
  return ['BINARY', ...integer, ...(bits === 1 ? ['BOOLEAN'] : [])];
}

function overrideOf(column: SourceColumn, targetTypes: string[], override: string): string {
  const asked = override.toUpperCase().replaceAll(/\s+/g, '');
  if (targetTypes.includes(asked) || widensDecimal(column, asked)) return asked;
  throw fail('SYNC3004', {
    column: column.name,
    columnType: column.columnType,
    targetType: override,
    allowed: [...new Set(targetTypes)].join(', '),
  });
}

/** A decimal may become any decimal that holds all its values. */
function widensDecimal(column: SourceColumn, asked: string): boolean {
  const match = /^DECIMAL\((\d+),(\d+)\)$/.exec(asked);
  if (match === null || column.dataType !== 'decimal') return false;
  const [precision, scale] = [Number(match[1]), Number(match[2])];
  const digits = precision - scale;
  return (
    precision <= 38 &&
    scale <= 18 &&
    scale >= column.scale! &&
    digits >= column.precision! - column.scale!
  );
}

/** Types whose values can pass 8 MiB: three-byte and four-byte lengths. */
const longTypes = new Set(['mediumtext', 'longtext', 'mediumblob', 'longblob']);

function warningsOf(column: SourceColumn, family: Family, targetType: string): MappingWarning[] {
  const details = {column: column.name, columnType: column.columnType};
  const warnings: MappingWarning[] = [];
  const dated = family === 'date' || family === 'datetime' || family === 'timestamp';
  if (dated && targetType !== 'STRING') warnings.push(warning('SYNC3101', details));
  if (longTypes.has(column.dataType) || family === 'json' || family === 'geometry')
    warnings.push(warning('SYNC3102', details));
  if (family === 'decimal' && decimalTargets(column)[0] === 'STRING' && targetType === 'STRING')
    warnings.push(warning('SYNC3103', details));
  if (column.dataType === 'bigint' && column.unsigned && targetType === 'BIGINT')
    warnings.push(warning('SYNC3104', {...details, targetType}));
  if (targetType === 'DATETIME' && column.fractionDigits > 3)
    warnings.push(warning('SYNC3105', {...details, targetType}));
  return warnings;
}

function warning<C extends Code>(code: C, details: Details<C>): MappingWarning {
  const found = finding(code, details, {severity: 'warning'});
  return {code, text: `${codes[code].title}: ${found.cause}`, fix: found.fix};
}
