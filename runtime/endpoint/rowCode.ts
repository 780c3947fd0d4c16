// Pieces of generated JavaScript that write one column's value of a row as a field of a record; put together per table
// shape by fastRows.ts. The fields themselves are written by codec/fieldCode.ts, whose names hold here too. Besides them:
// of column i: p the place in its PLAIN values, v the values as DataView, i the same as bytes.
import {
  copyBytes,
  hash4,
  putBoolean,
  putEight,
  putFour,
  putInteger,
  putTimestamp,
  shortText,
} from '../codec/fieldCode.ts';
import type {OdpsType} from '../codec/odpsType.ts';
import {converted} from './parquetFile.ts';
import type {ParquetColumn} from './parquetRead.ts';

/** Reads 64 bits into lo and hi. */
const take64 = (i: number) =>
  `lo=v${i}.getInt32(p${i},true);hi=v${i}.getInt32(p${i}+4,true);p${i}+=8;`;
const take32 = (i: number) => `lo=v${i}.getInt32(p${i},true);p${i}+=4;`;

/** Microseconds in lo and hi as seconds and microseconds; 2^32 is 967296 more than a multiple of a million. */
const split64 =
  'us=hi%1000000;if(us<0)us+=1000000;us=(us*967296+(lo>>>0)%1000000)%1000000;' +
  'sec=Math.round((hi*4294967296+(lo>>>0)-us)/1000000);';

/** The code of column `i`, which DuckDB wrote as `column`; null for types that are written value by value. */
export function rowCode(i: number, type: OdpsType, column: ParquetColumn): string | null {
  const field = i + 1;
  switch (type.name) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'date':
      return column.physical === 'int32' ? take32(i) + putInteger(field, true) : null;
    case 'bigint':
      return column.physical === 'int64' ? take64(i) + putInteger(field, false) : null;
    case 'datetime':
      return column.converted === converted.timestampMillis
        ? take64(i) + putInteger(field, false)
        : null;
    case 'timestamp':
    case 'timestamp_ntz':
      // Nanoseconds have no converted type.
      return column.converted === converted.timestampMicros
        ? take64(i) + split64 + putTimestamp(field)
        : null;
    case 'boolean':
      return putBoolean(field, `i${i}[p${i}++]===1`);
    case 'float':
      return take32(i) + putFour(field);
    case 'double':
      return take64(i) + putEight(field);
    case 'decimal':
      return decimal(i, column, type.scale);
    case 'string':
    case 'char':
    case 'varchar':
    case 'json':
    case 'binary':
      return (
        `n=v${i}.getInt32(p${i},true);p=p${i}+4;p${i}=p+n;` +
        `if(o+n+ROOM>room){out.length=o;K.reserve(out,n+ROOM);${outLocals}}` +
        `view=v${i};input=i${i};${copyBytes(field, false)}`
      );
    default:
      return null;
  }
}

/** The record buffer's memory as the code names it; it moves when it grows. */
export const outLocals = 'bytes=out.bytes;words=out.view;room=bytes.length;';

/** The end of a record, its checksum, and the stream's. */
export const rowEnd =
  'crc=~crc;words.setInt32(o,2147467392,true);o+=4;zl=crc;' +
  'while((zl&-128)!==0){bytes[o++]=zl&127|128;zl>>>=7;}bytes[o++]=zl;' +
  `a=crc;crc=sum;${hash4('a')}sum=crc;`;

function decimal(i: number, {physical}: ParquetColumn, scale: number): string {
  const field = i + 1;
  if (physical === 'int32')
    return take32(i) + shortText(field, `o=K.putDecimal(bytes,o,lo,lo>>31,${scale});`);
  if (physical === 'int64')
    return take64(i) + shortText(field, `o=K.putDecimal(bytes,o,lo,hi,${scale});`);
  return shortText(field, `o=K.putWideDecimal(bytes,o,v${i},p${i},${scale});p${i}+=16;`);
}
