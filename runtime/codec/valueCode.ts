// Generated pieces that both paths share once the bytes of a cell are found: numbers in lo and hi, n bytes at p.
import type {CellShape} from './cellShape.ts';
import {charsetOf} from './charset.ts';
import {
  cellBytesMax,
  copyBytes,
  hash4,
  hashField,
  key,
  notAscii,
  putBoolean,
  putEight,
  putFour,
  putInteger,
  putScratch,
  shortText,
  varint,
} from './fieldCode.ts';

/** Where a cell goes: its slot in the plan (counters, C) and its field number in the record. */
export interface CellPlace {
  slot: number;
  field: number;
}

/** The whole number in lo and hi. `narrow`: it fits lo, and only lo is set. `unsigned`: its top bit is no sign. */
export function putWhole(
  {target}: CellShape,
  {slot, field}: CellPlace,
  narrow: boolean,
  unsigned: boolean,
): string {
  const widen = narrow ? 'hi=lo>>31;' : '';
  switch (target) {
    case 'integer':
      return (unsigned ? `if(hi<0)K.outside(${slot},lo,hi);` : '') + putInteger(field, narrow);
    case 'boolean':
      return `${widen}${putBoolean(field, '(lo|hi)!==0')}`;
    default:
      return `${widen}${shortText(field, `o=K.wholeText(bytes,o,lo,hi,${unsigned});`)}`;
  }
}

/** The double whose halves are lo and hi. */
export function putDouble({field}: CellPlace): string {
  return putEight(field);
}

/** The float at p; p moves on. */
export function putFloat({target}: CellShape, {field}: CellPlace): string {
  if (target === 'float') return `lo=view.getInt32(p,true);p+=4;${putFour(field)}`;
  // A float widened to a double keeps its value; the halves are read back from where it was written.
  return (
    'words.setFloat64(o,view.getFloat32(p,true),true);p+=4;' +
    `lo=words.getInt32(o,true);hi=words.getInt32(o+4,true);${putEight(field)}`
  );
}

/** n bytes of UTF-8 that MySQL checked itself (numbers, JSON, labels as text). */
export function putPlain(
  shape: CellShape,
  {slot, field}: CellPlace,
  long: boolean,
  binary: boolean,
): string {
  const copy = copyBytes(field, false);
  if (!long) return copy;
  return `if(n>${cellBytesMax}){${overLong(slot, field, binary)}}else{${copy}}`;
}

/**
 * n bytes of text in `charset`. Pure ASCII is copied; other bytes are checked (UTF-8) or converted. What does not
 * decode, or is too long, is taken back and goes the slow way, where the column's policies are applied.
 */
export function putText({slot, field}: CellPlace, charset: string, long: boolean): string {
  const {form, asciiSafe} = charsetOf(charset)!;
  const slow =
    `q=p0+n;n=K.slowText(C[${slot}],input,p0,q,counters);p=q;` +
    `if(n>=0){${putScratch(field, 'n')}}`;
  if (!asciiSafe) return `p0=p;${slow}`;
  const bad = form === 'utf8' ? `${notAscii}&&!K.isUtf8(input,p0,p)` : notAscii;
  const copy = `o0=o;crc0=crc;${copyBytes(field, true)}if(${bad}){o=o0;crc=crc0;${slow}}`;
  return long ? `p0=p;if(n>${cellBytesMax}){${slow}}else{${copy}}` : `p0=p;${copy}`;
}

/** n bytes that are no text. */
export function putBinary(shape: CellShape, place: CellPlace, long: boolean): string {
  if (shape.target === 'string') return converted(place, 'hexText', false);
  return putPlain(shape, place, long, true);
}

/** n bytes at p of MySQL's geometry: an SRID, then WKB. */
export function putGeometry(shape: CellShape, place: CellPlace): string {
  if (shape.target === 'binary') return putPlain(shape, place, true, true);
  return converted(place, 'geoJson', false);
}

/** n bytes of the binary JSON of a row image. */
export function putBinaryJson(place: CellPlace): string {
  return converted(place, 'jsonText', false);
}

/** n bytes of little-endian floats. */
export function putVector(shape: CellShape, place: CellPlace): string {
  if (shape.target !== 'floats') return putBinary(shape, place, false);
  return (
    `if((n&3)!==0)K.malformed(${place.slot},'a vector of '+n+' bytes');` +
    `${key(place.field, 'bytes')}${varint('n>>2')}${hashField(place.field)}` +
    'for(e=p+n;p<e;p+=4,o+=4){bytes[o++]=0;a=view.getInt32(p,true);words.setInt32(o,a,true);' +
    `${hash4('a')}}`
  );
}

/** n big-endian bytes of a BIT at p, 1 to 8. */
export function putBits(shape: CellShape, place: CellPlace): string {
  if (shape.target === 'binary') return putPlain(shape, place, false, true);
  return (
    'for(lo=0,hi=0,e=p+n;p<e;p++){hi=hi<<8|lo>>>24;lo=lo<<8|input[p];}' +
    putWhole(shape, place, false, true)
  );
}

/** Cells that a function turns into the scratch text, or into nothing by policy. */
function converted({slot, field}: CellPlace, how: string, binary: boolean): string {
  return (
    `q=p+n;n=K.bounded(C[${slot}],K.${how}(C[${slot}],input,p,q),${binary},counters);p=q;` +
    `if(n>=0){${putScratch(field, 'n')}}`
  );
}

function overLong(slot: number, field: number, binary: boolean): string {
  return (
    `q=p+n;n=K.bounded(C[${slot}],K.copyText(input,p,q),${binary},counters);p=q;` +
    `if(n>=0){${putScratch(field, 'n')}}`
  );
}
