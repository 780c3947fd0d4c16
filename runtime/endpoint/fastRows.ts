// Writes rows of a Parquet row group as records by a function that is generated once per table shape: no value is made
// for a cell. The code comes from types alone (numbers and known words), so nothing that a table holds can become code.
import type {OdpsType} from '../codec/odpsType.ts';
import type {RecordBuffer} from '../codec/recordBuffer.ts';
import type {ColumnValues, ParquetColumn} from './parquetRead.ts';
import {outLocals, rowCode, rowEnd} from './rowCode.ts';
import {rowKit} from './rowKit.ts';

/** A column of the row group at hand. */
export interface ColumnPlace extends ColumnValues {
  view: DataView;
  /** Where the next row's value begins in `values`. */
  at: number;
}

/** Appends rows [from, to) as records until `out` holds `bytesMax`; returns the first row that was not. */
export type WriteRows = (
  columns: ColumnPlace[],
  from: number,
  to: number,
  out: RecordBuffer,
  bytesMax: number,
) => number;

/** Wider tables go value by value: V8 does not optimise functions above 60 KiB of bytecode. */
const columnsMax = 100;

/** The writer of rows of `types`, which lie as `columns` say; null where only the value by value way serves. */
export function fastRows(types: OdpsType[], columns: ParquetColumn[]): WriteRows | null {
  if (types.length === 0 || types.length > columnsMax) return null;
  const shape = JSON.stringify([types, columns]);
  const found = cache.get(shape);
  if (found !== undefined) return found;
  const codes = types.map((type, i) => rowCode(i, type, columns[i]!));
  const made = codes.includes(null)
    ? null
    : (new Function('K', programText(codes as string[]))(rowKit) as WriteRows);
  if (cache.size >= cacheEntriesMax) cache.delete(cache.keys().next().value!);
  cache.set(shape, made);
  return made;
}

const cache = new Map<string, WriteRows | null>();
const cacheEntriesMax = 2000;

/** Key, two varints, the longest decimal: what a field takes beyond its text. */
const fieldBytesMax = 64;

function programText(codes: string[]): string {
  const tables = rowKit.crcTables.map((_, k) => `T${k}=K.crcTables[${k}]`);
  const each = (text: (i: number) => string) => codes.map((_, i) => text(i)).join('');
  return [
    '"use strict";',
    `const ${tables.join(',')},ROOM=${fieldBytesMax * (codes.length + 1)};`,
    'const ONES=T3[255]^T2[255]^T1[255]^T0[255];',
    'return function rows(C,row,to,out,bytesMax){',
    'let n=0,e=0,a=0,b=0,x=0,lo=0,hi=0,zl=0,zh=0,s=0,sec=0,us=0,q=0,o0=0,p=0,crc=0,sum=out.checksum,o=out.length;',
    'const first=row;let view=null,input=null,bytes=null,words=null,room=0;',
    outLocals,
    each(
      i =>
        `const i${i}=C[${i}].values,v${i}=C[${i}].view,d${i}=C[${i}].present;let p${i}=C[${i}].at;`,
    ),
    'for(;row<to&&o<bytesMax;row++){',
    `if(o+ROOM>room){out.length=o;K.reserve(out,ROOM);${outLocals}}crc=-1;`,
    ...codes.map((code, i) => `if(d${i}===null||d${i}[row]!==0){${code}}`),
    `${rowEnd}}`,
    each(i => `C[${i}].at=p${i};`),
    'out.length=o;out.checksum=sum;out.records+=row-first;return row;}',
  ].join('\n');
}
