// Generated pieces that read one cell of a row of the binary result protocol.
// Format: MySQL source, page_protocol_binary_resultset.html. NULL cells are not here: the bitmap is asked before.
import type {CellShape} from './cellShape.ts';
import {shortText} from './fieldCode.ts';
import {putDate} from './temporalCode.ts';
import {
  putBinary,
  putBits,
  putDouble,
  putFloat,
  putGeometry,
  putPlain,
  putText,
  putVector,
  putWhole,
  type CellPlace,
} from './valueCode.ts';

/** Code that takes the cell at p and writes it to its place. */
export function snapshotCell(shape: CellShape, place: CellPlace): string {
  const {source} = shape;
  switch (source.kind) {
    case 'integer':
      return wholeNumber(shape, place, source.bytes, source.unsigned);
    case 'year':
      return shape.target === 'string'
        ? `lo=view.getUint16(p,true);p+=2;${shortText(place.field, 'o=K.yearText(bytes,o,lo);')}`
        : wholeNumber(shape, place, 2, true);
    case 'float':
      return putFloat(shape, place);
    case 'double':
      return `${eightBytes}${putDouble(place)}`;
    case 'date':
      return dateTime(place.slot) + putDate(shape, place.slot, place.field, -1);
    case 'datetime':
    case 'timestamp':
      return dateTime(place.slot) + putDate(shape, place.slot, place.field, source.fractionDigits);
    case 'time':
      return time(place, source.fractionDigits);
    default:
      return lengthEncoded(place.slot) + withLength(shape, place);
  }
}

/** Cells of n bytes at p. */
function withLength(shape: CellShape, place: CellPlace): string {
  const {source} = shape;
  switch (source.kind) {
    case 'decimal':
      return (source.zerofill ? skipZeros : '') + putPlain(shape, place, false, false);
    case 'text':
      // The server converts to the connection's utf8mb4.
      return putText(place, 'utf8mb4', source.long);
    case 'enum':
    case 'set':
      return putPlain(shape, place, false, false);
    case 'json':
      return putPlain(shape, place, true, false);
    case 'fixedBinary':
      return putBinary(shape, place, false);
    case 'binary':
      return putBinary(shape, place, source.long);
    case 'bit':
      return putBits(shape, place);
    case 'geometry':
      return putGeometry(shape, place);
    case 'vector':
      return putVector(shape, place);
    default:
      throw new RangeError(`a ${source.kind} has no length prefix`);
  }
}

const eightBytes = 'lo=view.getInt32(p,true);hi=view.getInt32(p+4,true);p+=8;';

/** MEDIUMINT travels in four bytes here. */
function wholeNumber(shape: CellShape, place: CellPlace, bytes: number, unsigned: boolean): string {
  if (bytes === 8) return eightBytes + putWhole(shape, place, false, unsigned);
  const sign = unsigned ? 'Uint' : 'Int';
  if (bytes === 1) return `lo=view.get${sign}8(p);p+=1;${putWhole(shape, place, true, false)}`;
  if (bytes === 2)
    return `lo=view.get${sign}16(p,true);p+=2;${putWhole(shape, place, true, false)}`;
  const wide = unsigned && bytes === 4;
  return `lo=view.getInt32(p,true);${wide ? 'hi=0;' : ''}p+=4;${putWhole(shape, place, !wide, false)}`;
}

/** A length-encoded string: n bytes at p. */
function lengthEncoded(slot: number): string {
  return (
    // Not input[p++]: behind the buffer's end that is no number, and no check would stop it.
    'n=view.getUint8(p++);if(n>250){if(n===252){n=view.getUint16(p,true);p+=2;}' +
    'else if(n===253){n=view.getUint16(p,true)|view.getUint8(p+2)<<16;p+=3;}' +
    `else if(n===254){n=view.getUint32(p,true);p+=8;}else K.malformed(${slot},'length byte '+n);}` +
    `if(n>end-p)K.malformed(${slot},n+' bytes where '+(end-p)+' are left');`
  );
}

/** ZEROFILL pads decimals with zeros in this protocol only. */
const skipZeros = 'while(n>1&&input[p]===48&&input[p+1]!==46){p++;n--;}';

/** 0, 4, 7 or 11 bytes: parts that are zero at the end are left out. */
function dateTime(slot: number): string {
  return (
    'n=input[p++];y=0;m=0;d=0;sec=0;us=0;' +
    `if(n!==0&&n!==4&&n!==7&&n!==11)K.malformed(${slot},'a date of '+n+' bytes');` +
    'if(n!==0){y=view.getUint16(p,true);m=input[p+2];d=input[p+3];' +
    'if(n>4){sec=input[p+4]*3600+input[p+5]*60+input[p+6];if(n>7)us=view.getUint32(p+7,true);}p+=n;}'
  );
}

/** 0, 8 or 12 bytes: sign, days, hours, minutes, seconds, microseconds. */
function time({slot, field}: CellPlace, fractionDigits: number): string {
  return (
    'n=input[p++];a=0;b=0;sec=0;us=0;' +
    `if(n!==0&&n!==8&&n!==12)K.malformed(${slot},'a time of '+n+' bytes');` +
    'if(n!==0){a=input[p];b=view.getUint32(p+1,true)*24+input[p+5];sec=input[p+6]*60+input[p+7];' +
    'if(n>8)us=view.getUint32(p+8,true);p+=n;}' +
    shortText(field, `o=K.timeText(bytes,o,a,b,sec,us,${fractionDigits});`)
  );
}
