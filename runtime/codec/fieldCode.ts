// Pieces of generated JavaScript that write one field of a record: key, value, and the checksum on the way.
// Format: protocol section 14. The text is put together per table shape by compileCells.ts; nothing here runs per row.
//
// Names in the generated code: input/view the MySQL bytes, p the place in them, end where they end; bytes/words the
// record buffer as bytes and as DataView, o the place in it; crc the record's register; T0 … T11 the CRC tables;
// K the functions of cellKit.ts, C what each column needs of them; S[1] a second result of those functions; P where
// cells begin, when they are written in another order than they come.

/** MaxCompute's limit of a STRING or BINARY cell. */
export const cellBytesMax = 8 * 1024 * 1024;

/** Wire types of a field's key. */
const wire = {varint: 0, eight: 1, bytes: 2, four: 5} as const;

/** The key bytes of field `field`. */
export function key(field: number, type: keyof typeof wire): string {
  const value = field * 8 + wire[type];
  assertTwoBytes(value);
  return value < 128
    ? `bytes[o++]=${value};`
    : `bytes[o++]=${(value & 127) | 128};bytes[o++]=${value >> 7};`;
}

/** 1,205 columns at most: two key bytes always do. */
function assertTwoBytes(value: number): void {
  if (value >= 1 << 14) throw new RangeError(`field key ${value} needs three bytes`);
}

/** Hashes the field number alone. */
export function hashField(field: number): string {
  return `x=crc^${field};crc=${four('x')};`;
}

/** Hashes the four bytes of the int32 expression `value`. */
export function hash4(value: string): string {
  return `x=crc^${value};crc=${four('x')};`;
}

/** Writes the 64-bit integer in lo and hi as a zig-zag varint field and hashes it. `narrow`: hi is the sign of lo. */
export function putInteger(field: number, narrow: boolean): string {
  return key(field, 'varint') + (narrow ? zigzag32('lo') : zigzag64) + hashInteger(field, narrow);
}

/** Writes seconds (the double sec) and microseconds (us) as a timestamp field. */
export function putTimestamp(field: number): string {
  return (
    key(field, 'bytes') +
    split('sec') +
    zigzag64 +
    hashInteger(field, false) +
    `us=us*1000|0;${zigzag32('us')}${hash4('us')}`
  );
}

/** The double `value`, a whole number, as lo and hi. */
export function split(value: string): string {
  return `lo=${value}|0;hi=Math.floor(${value}/4294967296)|0;`;
}

/** Writes eight bytes of which lo and hi are the halves. */
export function putEight(field: number): string {
  return (
    key(field, 'eight') +
    'words.setInt32(o,lo,true);words.setInt32(o+4,hi,true);o+=8;' +
    hashInteger(field, false)
  );
}

/** Writes the four bytes in lo. */
export function putFour(field: number): string {
  return `${key(field, 'four')}words.setInt32(o,lo,true);o+=4;${hashField(field)}${hash4('lo')}`;
}

/** Writes true or false from the expression `value`. */
export function putBoolean(field: number, value: string): string {
  return `${key(field, 'varint')}a=${value}?1:0;bytes[o++]=a;${hashField(field)}${hashByte('a')}`;
}

/**
 * Copies n bytes from p as a field of bytes and hashes them on the way, eight at a turn.
 * `watch` gathers all bits in z, so that text which is not pure ASCII is noticed for the price of an OR.
 */
export function copyBytes(field: number, watch: boolean): string {
  const z = (what: string) => (watch ? `z|=${what};` : '');
  return (
    (watch ? 'z=0;' : '') +
    key(field, 'bytes') +
    varint('n') +
    hashField(field) +
    'e=p+n;for(;p+8<=e;p+=8,o+=8){a=view.getInt32(p,true);b=view.getInt32(p+4,true);' +
    `words.setInt32(o,a,true);words.setInt32(o+4,b,true);${z('a|b')}` +
    `x=crc^a;crc=T7[x&255]^T6[x>>>8&255]^T5[x>>>16&255]^T4[x>>>24]^${four('b')};}` +
    `if(p+4<=e){a=view.getInt32(p,true);words.setInt32(o,a,true);p+=4;o+=4;${z('a')}${hash4('a')}}` +
    `while(p<e){a=input[p++];bytes[o++]=a;${z('a')}${hashByte('a')}}`
  );
}

/** Does one of the bytes gathered in z have its top bit set? */
export const notAscii = '(z&-2139062144)!==0';

/** A field of text that `write` appends to bytes at o; below 128 bytes, so that its length is one byte. */
export function shortText(field: number, write: string): string {
  return (
    key(field, 'bytes') +
    `o0=o++;${write}bytes[o0]=o-o0-1;${hashField(field)}` +
    `q=o0+1;for(;q+4<=o;q+=4){a=words.getInt32(q,true);${hash4('a')}}` +
    `while(q<o){a=bytes[q++];${hashByte('a')}}`
  );
}

/** Writes the first `length` bytes of the scratch text as a field. The record buffer may move. */
export function putScratch(field: number, length: string): string {
  return (
    `o=K.putScratch(out,o,crc,${field},${length},ROOM+(end>p?end-p:0));` +
    'crc=S[1];bytes=out.bytes;words=out.view;'
  );
}

export function varint(value: string): string {
  return `zl=${value};while((zl&-128)!==0){bytes[o++]=zl&127|128;zl>>>=7;}bytes[o++]=zl;`;
}

export function hashByte(value: string): string {
  return `crc=T0[(crc^${value})&255]^(crc>>>8);`;
}

/** Field number and 8-byte value are one 12-byte step. A zero or sign-only high half costs no lookups. */
export function hashInteger(field: number, narrow: boolean): string {
  const low =
    `x=crc^${field};crc=T11[x&255]^T10[x>>>8&255]^T9[x>>>16&255]^T8[x>>>24]` +
    '^T7[lo&255]^T6[lo>>>8&255]^T5[lo>>>16&255]^T4[lo>>>24]';
  return narrow ? `${low}^(lo>>31&ONES);` : `${low};if(hi!==0)crc^=${four('hi')};`;
}

function four(value: string): string {
  return `T3[${value}&255]^T2[${value}>>>8&255]^T1[${value}>>>16&255]^T0[${value}>>>24]`;
}

function zigzag32(value: string): string {
  return `zl=(${value}<<1)^(${value}>>31);while((zl&-128)!==0){bytes[o++]=zl&127|128;zl>>>=7;}bytes[o++]=zl;`;
}

const zigzag64 =
  's=hi>>31;zl=(lo<<1)^s;zh=((hi<<1)|(lo>>>31))^s;' +
  'while(zh!==0){bytes[o++]=zl&127|128;zl=(zl>>>7)|(zh<<25);zh>>>=7;}' +
  'while((zl&-128)!==0){bytes[o++]=zl&127|128;zl>>>=7;}bytes[o++]=zl;';
