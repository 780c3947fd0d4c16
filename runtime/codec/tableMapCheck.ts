// Does a table map describe the table of a plan? Row bytes are read with the plan's types, so any difference stops.
// Format of types and metadata: MySQL source, libs/mysql/binlog/event/rows_event.h.
import {fail} from '../base/errors.ts';
import {setBytes} from './cellShape.ts';
import {charsetOf} from './charset.ts';
import {families} from './mapping.ts';
import type {TablePlan} from './plan.ts';
import {tableName} from './planTable.ts';
import type {SourceColumn} from './sourceTable.ts';
import type {TableMap} from './tableMap.ts';

/** Refuses `map`, naming what differs, unless rows that follow it can be read with `plan`. */
export function checkTableMap(plan: TablePlan, map: TableMap): void {
  const {source} = plan;
  const table = tableName(source);
  const differs = (what: string) => fail('SYNC3201', {table, what});
  if (map.types.length !== source.columns.length)
    throw differs(`it has ${map.types.length} columns, the plan ${source.columns.length}`);
  source.columns.forEach((column, i) => {
    const {name, columnType} = column;
    // Nothing of it is read: its length tells how to pass it.
    if (
      families[column.dataType] === undefined &&
      lengthBytesOf(map.types[i]!, map.metadata[i]!) > 0
    )
      return;
    const found = describe(map.types[i]!, map.metadata[i]!);
    if (oldTemporal.has(map.types[i]!) && isTemporal(column))
      throw fail('SYNC3202', {table, column: name, columnType});
    if (compressed.has(map.types[i]!)) throw fail('SYNC3208', {table, column: name, columnType});
    const expected = expectedOf(column);
    if (found !== expected && !foreignForms(column).includes(found))
      throw differs(`column ${name} (${columnType}) is ${found} there, not ${expected}`);
    const named = map.names?.[i];
    if (named !== undefined && named !== name)
      throw differs(`column ${i + 1} is named ${named} there, ${name} in the plan`);
    const unsigned = map.unsigned?.[i];
    if (unsigned !== undefined && unsigned !== column.unsigned && integerTypes.has(map.types[i]!))
      throw differs(`column ${name} is ${unsigned ? '' : 'not '}unsigned there`);
  });
}

/** Bytes of the length prefix that a column's cells have in row images; 0 for cells of a fixed length. */
export function lengthBytesOf(type: number, metadata: number): number {
  switch (type) {
    case typeVarchar:
    case typeVarcharCompressed:
      return metadata > 255 ? 2 : 1;
    case typeString:
      return stringLength(metadata) > 255 ? 2 : 1;
    case typeBlob:
    case typeBlobCompressed:
    case typeJson:
    case typeGeometry:
    case typeVector:
      return metadata;
    default:
      return 0;
  }
}

const typeVarchar = 15;
const typeBit = 16;
const typeTimestamp = 17;
const typeDatetime = 18;
const typeTime = 19;
const typeVector = 242;
const typeJson = 245;
const typeDecimal = 246;
const typeEnum = 247;
const typeSet = 248;
const typeBlob = 252;
const typeString = 254;
const typeGeometry = 255;

/** TIMESTAMP, TIME and DATETIME as tables made before MySQL 5.6.4 store them. */
const oldTemporal = new Set([7, 11, 12]);

// MariaDB's own.
const typeBlobCompressed = 140;
const typeVarcharCompressed = 141;
const compressed = new Set([typeBlobCompressed, typeVarcharCompressed]);

const integerTypes = new Set([1, 2, 3, 8, 9]);

const plainTypes: Readonly<Record<string, number>> = {
  tinyint: 1,
  smallint: 2,
  int: 3,
  float: 4,
  double: 5,
  bigint: 8,
  mediumint: 9,
  date: 10,
  year: 13,
};

/** Length bytes of the BLOB types, which are the TEXT types too. */
const blobLengthBytes: Readonly<Record<string, number>> = {
  tinytext: 1,
  tinyblob: 1,
  text: 2,
  blob: 2,
  mediumtext: 3,
  mediumblob: 3,
  longtext: 4,
  longblob: 4,
};

function isTemporal({dataType}: SourceColumn): boolean {
  return ['timestamp', 'time', 'datetime'].includes(dataType);
}

/** A column of a table map in words that can be compared: equal words, equal bytes. */
function describe(type: number, metadata: number): string {
  switch (type) {
    case 4:
    case 5:
      // The metadata of FLOAT and DOUBLE is their size, which the type already says.
      return `type ${type}`;
    case typeString: {
      const real = metadata >> 8;
      if (real === typeEnum || real === typeSet) return `type ${real} of ${metadata & 255} bytes`;
      return `type ${type} of ${stringLength(metadata)} bytes`;
    }
    case typeVarchar:
      return `type ${type} of ${metadata} bytes`;
    case typeDecimal:
      return `type ${type} of ${metadata & 255} digits and ${metadata >> 8} decimals`;
    case typeBit:
      return `type ${type} of ${(metadata >> 8) * 8 + (metadata & 255)} bits`;
    case typeTimestamp:
    case typeDatetime:
    case typeTime:
      return `type ${type} with ${metadata} fraction digits`;
    default:
      return metadata === 0 ? `type ${type}` : `type ${type} with ${metadata} length bytes`;
  }
}

/** The same words for a column of the plan. */
function expectedOf(column: SourceColumn): string {
  const {dataType} = column;
  const plain = plainTypes[dataType];
  if (plain !== undefined) return `type ${plain}`;
  const blob = blobLengthBytes[dataType];
  if (blob !== undefined) return `type ${typeBlob} with ${blob} length bytes`;
  switch (dataType) {
    case 'decimal':
      return `type ${typeDecimal} of ${column.precision} digits and ${column.scale} decimals`;
    case 'bit':
      return `type ${typeBit} of ${column.precision} bits`;
    case 'timestamp':
      return `type ${typeTimestamp} with ${column.fractionDigits} fraction digits`;
    case 'datetime':
      return `type ${typeDatetime} with ${column.fractionDigits} fraction digits`;
    case 'time':
      return `type ${typeTime} with ${column.fractionDigits} fraction digits`;
    case 'enum':
      return `type ${typeEnum} of ${column.labels.length < 256 ? 1 : 2} bytes`;
    case 'set':
      return `type ${typeSet} of ${setBytes(column.labels.length)} bytes`;
    case 'char':
    case 'binary':
      return `type ${typeString} of ${bytesMax(column)} bytes`;
    case 'varchar':
    case 'varbinary':
      return `type ${typeVarchar} of ${bytesMax(column)} bytes`;
    case 'json':
      return `type ${typeJson} with 4 length bytes`;
    case 'vector':
      return `type ${typeVector} with 4 length bytes`;
    default:
      return `type ${typeGeometry} with 4 length bytes`;
  }
}

/** What stands for the column in MariaDB: as it writes it, and as spelledImages.ts makes it. */
function foreignForms({dataType, lengthMax}: SourceColumn): string[] {
  if (dataType === 'vector') return [`type ${typeVarchar} of ${lengthMax} bytes`];
  return (foreignBytes[dataType] ?? []).map(bytes => `type ${typeString} of ${bytes} bytes`);
}

const foreignBytes: Readonly<Record<string, readonly number[]>> = {
  uuid: [16, 36],
  inet4: [4, 15],
  inet6: [16, 39],
};

function bytesMax({charset, lengthMax}: SourceColumn): number {
  const characterBytes = charset === null ? 1 : (charsetOf(charset)?.bytesMax ?? 1);
  return (lengthMax ?? 0) * characterBytes;
}

/** Lengths above 255 borrow two bits of the type byte, inverted. */
function stringLength(metadata: number): number {
  const type = metadata >> 8;
  return (metadata & 255) | (((type & 0x30) ^ 0x30) << 4);
}
