// What a transcoder must know of one cell, and nothing else: two columns of equal shape share their code.
// Made from a column's plan (and, for row images, its table map entry); names stay out, so that equal tables share.
import {assert} from '../base/assert.ts';
import {families} from './mapping.ts';
import type {ColumnPlan, ColumnPolicies} from './plan.ts';
import type {SourceColumn} from './sourceTable.ts';

/**
 * How the bytes of a cell are read. Lengths are those of the row image; the binary protocol widens some.
 * `long` values can pass the cell limit.
 */
export type CellSource =
  | {kind: 'integer'; bytes: 1 | 2 | 3 | 4 | 8; unsigned: boolean}
  | {kind: 'year'}
  | {kind: 'decimal'; precision: number; scale: number; zerofill: boolean}
  | {kind: 'float'}
  | {kind: 'double'}
  | {kind: 'date'}
  | {kind: 'datetime'; fractionDigits: number}
  | {kind: 'timestamp'; fractionDigits: number}
  | {kind: 'time'; fractionDigits: number}
  | {kind: 'text'; charset: string; lengthBytes: number; long: boolean}
  | {kind: 'fixedBinary'; length: number; lengthBytes: number}
  | {kind: 'binary'; lengthBytes: number; long: boolean}
  | {kind: 'bit'; bytes: number}
  | {kind: 'enum'; bytes: 1 | 2; labels: string[]}
  | {kind: 'set'; bytes: number; labels: string[]}
  | {kind: 'json'}
  | {kind: 'geometry'}
  | {kind: 'vector'; dimensionsMax: number};

/** How the record holds the value: MaxCompute types that share an encoding are one form. */
export type CellTarget =
  | 'integer'
  | 'boolean'
  | 'double'
  | 'float'
  | 'decimal'
  | 'string'
  | 'binary'
  | 'date'
  | 'datetime'
  | 'timestamp'
  | 'floats';

export interface CellShape {
  source: CellSource;
  /** null for a column that is walked over. */
  target: CellTarget | null;
  nullable: boolean;
  policies: ColumnPolicies | null;
  /** Zone of a wall clock that becomes an instant; none is UTC. */
  zone?: string;
}

/** The shape of a planned column. `lengthBytes` are the length prefix in a row image; 0 where it has none. */
export function cellShape(column: ColumnPlan, lengthBytes: number, nullable: boolean): CellShape {
  return {
    source: cellSource(column.source, lengthBytes),
    target: cellTarget(column.targetType),
    nullable,
    policies: column.policies,
    ...(column.zone !== undefined && {zone: column.zone}),
  };
}

/** The shape of a column that stands in the row image and is not synchronized; its type may have no mapping. */
export function skippedShape(
  column: SourceColumn,
  lengthBytes: number,
  nullable: boolean,
): CellShape {
  const source: CellSource =
    families[column.dataType] === undefined
      ? {kind: 'binary', lengthBytes, long: true}
      : cellSource(column, lengthBytes);
  return {source, target: null, nullable, policies: null};
}

/** Bytes of each integer type in a row image. */
const integerBytes = {tinyint: 1, smallint: 2, mediumint: 3, int: 4, bigint: 8} as const;

function cellSource(column: SourceColumn, lengthBytes: number): CellSource {
  const {dataType, fractionDigits, labels} = column;
  const kind = families[dataType];
  assert(kind !== undefined, `type ${dataType} was mapped before it is transcoded`);
  switch (kind) {
    case 'integer':
      return {
        kind,
        bytes: integerBytes[dataType as keyof typeof integerBytes],
        unsigned: column.unsigned,
      };
    case 'decimal':
      return {
        kind,
        precision: column.precision!,
        scale: column.scale!,
        zerofill: column.columnType.toLowerCase().includes('zerofill'),
      };
    case 'datetime':
    case 'timestamp':
    case 'time':
      return {kind, fractionDigits};
    case 'text':
      return {kind, charset: column.charset ?? 'utf8mb4', lengthBytes, long: isLong(dataType)};
    case 'binary':
      return dataType === 'binary'
        ? {kind: 'fixedBinary', length: column.lengthMax ?? 0, lengthBytes}
        : {kind, lengthBytes, long: isLong(dataType)};
    case 'bit':
      return {kind, bytes: (column.precision! + 7) >> 3};
    case 'label':
      return dataType === 'enum'
        ? {kind: 'enum', bytes: labels.length < 256 ? 1 : 2, labels}
        : {kind: 'set', bytes: setBytes(labels.length), labels};
    case 'vector':
      return {kind, dimensionsMax: (column.lengthMax ?? 4 * vectorDimensionsMax) / 4};
    default:
      return {kind};
  }
}

/** MySQL's limit of a VECTOR. */
const vectorDimensionsMax = 16383;

/** Types whose lengths take three or four bytes; the others end at 64 KiB, far below the cell limit. */
function isLong(dataType: string): boolean {
  return /^(medium|long)/.test(dataType);
}

/** Bytes of a SET in a row image: 1, 2, 3, 4 or 8. */
export function setBytes(labels: number): number {
  const bytes = (labels + 7) >> 3;
  return bytes > 4 ? 8 : bytes;
}

function cellTarget(targetType: string): CellTarget {
  const name = targetType.replace(/[(<].*$/, '');
  switch (name) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return 'integer';
    case 'TIMESTAMP':
    case 'TIMESTAMP_NTZ':
      return 'timestamp';
    case 'ARRAY':
      return 'floats';
    default:
      return name.toLowerCase() as CellTarget;
  }
}
