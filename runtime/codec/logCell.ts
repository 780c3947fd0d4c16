// Generated pieces that read one cell of a row image of the binlog, or walk over it.
// Format: MySQL source, Field::pack of each type; temporal types in mysys/my_time.cc. NULL cells are not in the image.
import type {CellShape, CellSource} from './cellShape.ts';
import {key, hashByte, hashField, putScratch, shortText, varint} from './fieldCode.ts';
import {packedBytes, packedDecimal} from './decimalCode.ts';
import {putDate, putInstant} from './temporalCode.ts';
import {
  putBinary,
  putBinaryJson,
  putBits,
  putDouble,
  putFloat,
  putGeometry,
  putText,
  putVector,
  putWhole,
  type CellPlace,
} from './valueCode.ts';

/** Code that takes the cell at p and writes it to its place. */
export function logCell(shape: CellShape, place: CellPlace): string {
  const {source} = shape;
  const {slot, field} = place;
  switch (source.kind) {
    case 'integer':
      return wholeNumber(shape, place, source.bytes, source.unsigned);
    case 'year':
      return (
        'lo=input[p++];if(lo!==0)lo+=1900;' +
        (shape.target === 'string'
          ? shortText(field, 'o=K.yearText(bytes,o,lo);')
          : putWhole(shape, place, true, false))
      );
    case 'decimal':
      return shortText(field, packedDecimal(source.precision, source.scale));
    case 'float':
      return putFloat(shape, place);
    case 'double':
      return `${eightBytes}${putDouble(place)}`;
    case 'date':
      return (
        'v=input[p]|input[p+1]<<8|input[p+2]<<16;p+=3;y=v>>9;m=v>>5&15;d=v&31;sec=0;us=0;' +
        putDate(shape, slot, field, -1)
      );
    case 'datetime':
      return datetime(source.fractionDigits) + putDate(shape, slot, field, source.fractionDigits);
    case 'timestamp':
      return timestamp(shape, place, source.fractionDigits);
    case 'time':
      return (
        shortText(field, `o=K.packedTimeText(bytes,o,input,p,${source.fractionDigits});`) +
        `p+=${3 + fractionBytes(source.fractionDigits)};`
      );
    case 'enum':
      return enumLabel(place, source.bytes);
    case 'set':
      return `n=K.setText(C[${slot}],input,p);p+=${source.bytes};${putScratch(field, 'n')}`;
    case 'bit':
      return `n=${source.bytes};${putBits(shape, place)}`;
    default:
      return prefix(source) + bounds(slot) + withLength(shape, place);
  }
}

/** Code that moves p past the cell. */
export function skipLogCell({source}: CellShape): string {
  const bytes = fixedBytes(source);
  return bytes === null ? `${prefix(source)}${bounds(-1)}p+=n;` : `p+=${bytes};`;
}

/** Cells of n bytes at p. */
function withLength(shape: CellShape, place: CellPlace): string {
  const {source} = shape;
  switch (source.kind) {
    case 'text':
      return putText(place, source.charset, source.long);
    case 'fixedBinary':
      return padded(shape, place, source.length);
    case 'binary':
      return putBinary(shape, place, source.long);
    case 'json':
      return putBinaryJson(place);
    case 'geometry':
      return putGeometry(shape, place);
    case 'vector':
      return putVector(shape, place);
    default:
      throw new RangeError(`a ${source.kind} has no length prefix`);
  }
}

/** Bytes of a cell whose length is fixed by its type; null when it has a length prefix. */
export function fixedBytes(source: CellSource): number | null {
  switch (source.kind) {
    case 'integer':
    case 'bit':
    case 'enum':
    case 'set':
      return source.bytes;
    case 'year':
      return 1;
    case 'decimal':
      return packedBytes(source.precision, source.scale);
    case 'float':
      return 4;
    case 'double':
      return 8;
    case 'date':
      return 3;
    case 'datetime':
      return 5 + fractionBytes(source.fractionDigits);
    case 'timestamp':
      return 4 + fractionBytes(source.fractionDigits);
    case 'time':
      return 3 + fractionBytes(source.fractionDigits);
    default:
      return null;
  }
}

/** The length prefix: n bytes follow at p. */
function prefix(source: CellSource): string {
  // JSON, geometry and vectors are blobs with four length bytes.
  const bytes = 'lengthBytes' in source ? source.lengthBytes : 4;
  // Not input[p++]: behind the buffer's end that is no number, and no check would stop it.
  if (bytes === 1) return 'n=view.getUint8(p++);';
  if (bytes === 2) return 'n=view.getUint16(p,true);p+=2;';
  if (bytes === 3) return 'n=view.getUint16(p,true)|input[p+2]<<16;p+=3;';
  return 'n=view.getUint32(p,true);p+=4;';
}

function bounds(slot: number): string {
  return `if(n>end-p)K.malformed(${slot},n+' bytes where '+(end-p)+' are left');`;
}

const eightBytes = 'lo=view.getInt32(p,true);hi=view.getInt32(p+4,true);p+=8;';

function wholeNumber(
  shape: CellShape,
  place: CellPlace,
  bytes: 1 | 2 | 3 | 4 | 8,
  unsigned: boolean,
): string {
  if (bytes === 8) return eightBytes + putWhole(shape, place, false, unsigned);
  if (bytes === 4 && unsigned)
    return `lo=view.getInt32(p,true);hi=0;p+=4;${putWhole(shape, place, false, false)}`;
  const read = {
    1: unsigned ? 'input[p]' : 'view.getInt8(p)',
    2: `view.get${unsigned ? 'Uint' : 'Int'}16(p,true)`,
    3: `view.getUint16(p,true)|${unsigned ? 'input[p+2]' : 'view.getInt8(p+2)'}<<16`,
    4: 'view.getInt32(p,true)',
  }[bytes];
  return `lo=${read};p+=${bytes};${putWhole(shape, place, true, false)}`;
}

/** A fraction of n digits takes (n + 1) / 2 bytes. */
function fractionBytes(fractionDigits: number): number {
  return (fractionDigits + 1) >> 1;
}

/** The fraction at p, big-endian, in units of its even number of digits, as microseconds. */
function fraction(fractionDigits: number): string {
  switch (fractionBytes(fractionDigits)) {
    case 0:
      return 'us=0;';
    case 1:
      return 'us=input[p]*10000;p+=1;';
    case 2:
      return 'us=(input[p]<<8|input[p+1])*100;p+=2;';
    default:
      return 'us=input[p]<<16|input[p+1]<<8|input[p+2];p+=3;';
  }
}

/** 40 bits: sign 1, year × 13 + month 17, day 5, hour 5, minute 6, second 6. */
function datetime(fractionDigits: number): string {
  return (
    'v=input[p]<<16|input[p+1]<<8|input[p+2];a=input[p+3];b=input[p+4];p+=5;' +
    'y=v>>6&131071;m=y%13;y=y/13|0;d=v>>1&31;' +
    'sec=((v&1)<<4|a>>4)*3600+((a&15)<<2|b>>6)*60+(b&63);' +
    fraction(fractionDigits)
  );
}

/** Unix seconds, big-endian; 0 is MySQL's zero timestamp. */
function timestamp(shape: CellShape, {slot, field}: CellPlace, fractionDigits: number): string {
  const read = `sec=view.getUint32(p);p+=4;${fraction(fractionDigits)}`;
  if (shape.target === 'string')
    return (
      `${read}y=0;m=0;d=0;if(sec!==0){days=sec/86400|0;sec-=days*86400;` +
      'v=K.civil(days);y=v/10000|0;m=(v/100|0)%100;d=v%100;}' +
      putDate(shape, slot, field, fractionDigits)
    );
  const zero =
    shape.policies!.zeroDate === 'stop'
      ? `K.zeroDate(${slot},0,0,0,0,0,${fractionDigits});`
      : `counters.zeroDates[${slot}]++;`;
  return `${read}if(sec===0){${zero}}else{${putInstant(shape.target, field)}}`;
}

/** The label of an index; labels are bytes made once per table. */
function enumLabel({slot, field}: CellPlace, bytes: 1 | 2): string {
  const read = bytes === 1 ? 'v=input[p++];' : 'v=view.getUint16(p,true);p+=2;';
  return (
    `${read}label=C[${slot}].labels[v];if(label===undefined)K.malformed(${slot},'label number '+v);` +
    `n=label.length;${key(field, 'bytes')}${varint('n')}${hashField(field)}` +
    `for(q=0;q<n;q++){a=label[q];bytes[o++]=a;${hashByte('a')}}`
  );
}

/** Row images leave trailing zeros of BINARY(n) out; the value has them. */
function padded(shape: CellShape, place: CellPlace, length: number): string {
  const {slot, field} = place;
  if (shape.target === 'string')
    return `q=p+n;n=K.padded(input,p,q,${length});p=q;n=K.scratchHex(n);` + putScratch(field, 'n');
  return (
    `if(n>${length})K.malformed(${slot},n+' bytes of BINARY(${length})');` +
    `${key(field, 'bytes')}${varint(String(length))}${hashField(field)}` +
    `for(e=p+n;p<e;){a=input[p++];bytes[o++]=a;${hashByte('a')}}` +
    `for(;n<${length};n++){bytes[o++]=0;${hashByte('0')}}`
  );
}
