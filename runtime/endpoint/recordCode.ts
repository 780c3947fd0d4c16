// Pieces of generated JavaScript that take one cell off a record stream and put it into its Parquet leaf, the checksum
// on the way. Formats: protocol section 14, Parquet PLAIN. The pieces are put together per table shape by fastRecords.ts.
//
// Names in the generated code: bytes/view the stream as bytes and as DataView, at the place in it, end where it ends; n the
// row in its group; crc the record's register; T0 … T11 the CRC tables; K the functions of recordKit.ts. Of column i:
// a the values that are not there, d the definition levels; of fixed width: w the words; of text: b the bytes, v them as
// DataView, p the place in them, c their capacity. Whatever is not as usual leaves by `break row`, nothing of the record kept.
import type {OdpsType} from '../codec/odpsType.ts';
import {hash4, hashByte, hashField, hashInteger} from '../codec/fieldCode.ts';
import {cellBytesMax, daysMax, daysMin, wireTypeOf} from '../codec/recordCells.ts';
import {fieldNumbers} from '../codec/recordWire.ts';

/** How the values of a column lie in its leaf. */
export type Lie = 'bits' | 'four' | 'eight' | 'sixteen' | 'text';

/** What is generated for a column. */
export interface ColumnCode {
  lie: Lie;
  code: string;
}

/** The code of column `i` of `type`; null for types whose cells hold cells. */
export function columnCode(i: number, type: OdpsType): ColumnCode | null {
  const cell = cellCode(i, type);
  if (cell === null) return null;
  const {test, length} = keyTest(((i + 1) << 3) | wireTypeOf(type));
  return {
    lie: cell.lie,
    code: `if(${test}){at+=${length};${cell.code}}else{d${i}[n]=0;a${i}++;}`,
  };
}

/** Reads the end of a record: key, checksum of the record; adds it to the stream's. */
export function recordEnd(): string {
  const {test} = keyTest(fieldNumbers.endRecord * 8);
  return (
    `if(!(${test}))break row;at+=4;${varint}` +
    `crc=~crc;if(lo!==crc||at>end)break row;x=sum^crc;sum=T3[x&255]^T2[x>>>8&255]^T1[x>>>16&255]^T0[x>>>24];`
  );
}

/** Whether the key `value` stands at `at`, and how long it is. */
function keyTest(value: number): {test: string; length: number} {
  const tests: string[] = [];
  for (let rest = value, k = 0; k === 0 || rest > 0; rest = Math.floor(rest / 128), k++) {
    const byte = rest > 127 ? (rest % 128) | 128 : rest;
    tests.push(`bytes[at${k === 0 ? '' : `+${k}`}]===${byte}`);
  }
  return {test: tests.join('&&'), length: tests.length};
}

function cellCode(i: number, type: OdpsType): ColumnCode | null {
  switch (type.name) {
    case 'tinyint':
      return {lie: 'four', code: narrowInt(i, 'lo<-128||lo>127')};
    case 'smallint':
      return {lie: 'four', code: narrowInt(i, 'lo<-32768||lo>32767')};
    case 'int':
      return {lie: 'four', code: narrowInt(i, 'false')};
    case 'date':
      return {lie: 'four', code: narrowInt(i, `lo<${daysMin}||lo>${daysMax}`)};
    case 'bigint':
      return {lie: 'eight', code: zigzag + hashInteger(i + 1, false) + putEight(i)};
    case 'datetime':
      return {
        lie: 'eight',
        code: zigzag + span(86_400_000) + hashInteger(i + 1, false) + putEight(i),
      };
    case 'timestamp':
    case 'timestamp_ntz':
      return {lie: 'eight', code: moment(i)};
    case 'boolean':
      return {lie: 'bits', code: boolean(i)};
    case 'float':
      return {
        lie: 'four',
        code: `lo=view.getInt32(at,true);at+=4;${hashField(i + 1)}${hash4('lo')}w${i}[n-a${i}]=lo;`,
      };
    case 'double':
      return {
        lie: 'eight',
        code:
          'lo=view.getInt32(at,true);hi=view.getInt32(at+4,true);at+=8;' +
          hashInteger(i + 1, false) +
          putEight(i),
      };
    case 'decimal':
      return decimal(i, type.precision, type.scale);
    case 'string':
      return {lie: 'text', code: text(i, notUtf8)};
    case 'binary':
      return {lie: 'text', code: text(i, '')};
    case 'char':
    case 'varchar':
      return {
        lie: 'text',
        code: text(
          i,
          `if(len>${type.length}&&!K.fits(bytes,from,at,${type.length}))break row;${notUtf8}`,
        ),
      };
    case 'json':
      return {lie: 'text', code: text(i, `${notUtf8}if(!K.isJson(bytes,from,at))break row;`)};
    default:
      return null;
  }
}

/** A varint into lo and hi. */
const varint =
  'q=bytes[at++];lo=q&127;hi=0;if(q>127){q=bytes[at++];lo|=(q&127)<<7;if(q>127){q=bytes[at++];lo|=(q&127)<<14;' +
  'if(q>127){q=bytes[at++];lo|=(q&127)<<21;if(q>127){q=bytes[at++];lo|=q<<28;hi=(q&127)>>>4;s=3;' +
  'while(q>127){if(s>31)break row;q=bytes[at++];if(s===31&&q>1)break row;hi|=(q&127)<<s;s+=7;}}}}}';

/** A zig-zag varint into lo and hi. */
const zigzag = `${varint}s=-(lo&1);lo=((lo>>>1)|(hi<<31))^s;hi=(hi>>>1)^s;`;

/** All bits of the text are in z; only where one is above ASCII the bytes are looked at again. */
const notUtf8 = 'if((z&-2139062144)!==0&&!K.isUtf8(bytes,from,at))break row;';

function narrowInt(i: number, outside: string): string {
  return (
    `${zigzag}if(hi!==lo>>31||${outside})break row;` +
    `${hashInteger(i + 1, true)}w${i}[n-a${i}]=lo;`
  );
}

function putEight(i: number): string {
  return `k=n-a${i}<<1;w${i}[k]=lo;w${i}[k+1]=hi;`;
}

/** Refuses a moment outside the years 0000 to 9999. */
function span(unitsADay: number): string {
  return (
    'sec=hi*4294967296+(lo>>>0);' +
    `if(sec<${daysMin * unitsADay}||sec>=${(daysMax + 1) * unitsADay})break row;`
  );
}

/** Seconds and nanoseconds as microseconds; seconds are split at 2^20, so that every product stays below 2^53. */
function moment(i: number): string {
  return (
    `${zigzag}${span(86_400)}${hashInteger(i + 1, false)}` +
    `${zigzag}if(hi!==0||lo<0||lo>999999999||lo%1000!==0)break row;${hash4('lo')}` +
    'top=Math.floor(sec/1048576);sec=(sec-top*1048576)*1000000+lo/1000;top=top*1000000;' +
    'sec=(top&4095)*1048576+sec;lo=sec|0;hi=Math.floor(top/4096)+Math.floor(sec/4294967296)|0;' +
    putEight(i)
  );
}

function boolean(i: number): string {
  return (
    `lo=bytes[at++];if(lo>1)break row;${hashField(i + 1)}${hashByte('lo')}` + `b${i}[n-a${i}]=lo;`
  );
}

function decimal(i: number, precision: number, scale: number): ColumnCode {
  const head = `${lengthOf}${hashField(i + 1)}from=at;at+=len;`;
  const hash = `for(q=from;q+4<=at;q+=4){lo=view.getInt32(q,true);${hash4('lo')}}while(q<at){lo=bytes[q++];${hashByte('lo')}}`;
  const parse = `if(!K.parseDecimal(bytes,from,at,${precision},${scale},D))break row;`;
  if (precision <= 9) return {lie: 'four', code: `${head}${hash}${parse}w${i}[n-a${i}]=D[0];`};
  if (precision > 18) {
    const put = `K.putSixteen(b${i},n-a${i}<<4,D);`;
    return {lie: 'sixteen', code: head + hash + parse + put};
  }
  return {lie: 'eight', code: `${head}${hash}${parse}lo=D[0];hi=D[1];${putEight(i)}`};
}

/** The length of a text into len; it must be there whole. */
const lengthOf = `${varint}len=lo;if(hi!==0||len<0||len>${cellBytesMax}||len>end-at)break row;`;

/** Length and bytes, copied and hashed eight at a turn; `check` runs with the text at from to at and its bits in z. */
function text(i: number, check: string): string {
  const [b, v, p, c] = [`b${i}`, `v${i}`, `p${i}`, `c${i}`];
  return (
    `${lengthOf}${hashField(i + 1)}from=at;to=at+len;o=${p};` +
    `if(o+len+4>${c}){K.grow(L[${i}],o,len+4);${reloadText(i)}}` +
    `${v}.setInt32(o,len,true);o+=4;z=0;` +
    'for(;at+8<=to;at+=8,o+=8){lo=view.getInt32(at,true);hi=view.getInt32(at+4,true);' +
    `${v}.setInt32(o,lo,true);${v}.setInt32(o+4,hi,true);z|=lo|hi;` +
    'x=crc^lo;crc=T7[x&255]^T6[x>>>8&255]^T5[x>>>16&255]^T4[x>>>24]^T3[hi&255]^T2[hi>>>8&255]^T1[hi>>>16&255]^T0[hi>>>24];}' +
    `if(at+4<=to){lo=view.getInt32(at,true);${v}.setInt32(o,lo,true);at+=4;o+=4;z|=lo;${hash4('lo')}}` +
    `while(at<to){lo=bytes[at++];${b}[o++]=lo;z|=lo;${hashByte('lo')}}` +
    `${check}${p}=o;`
  );
}

/** Takes the arrays of a text leaf into locals. */
export function reloadText(i: number): string {
  return `b${i}=L[${i}].bytes;v${i}=L[${i}].view;c${i}=b${i}.length;`;
}
