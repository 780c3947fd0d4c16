// The text of a statement in a Query event. Sessions write in the character set of their client, which the event tells by
// the number of one of its collations; read as another one, a byte of a name may be a quote.
// Numbers: information_schema.COLLATIONS of MySQL 9.7; sets that no client may speak (ucs2, utf16, utf32) are not here.
import {charsetOf} from './charset.ts';
import {multiByteDecoder} from './multiByte.ts';

/** Bytes `from` to `to` as text. `collationId` of the client's character set; null and unknown ones mean UTF-8. */
export function statementText(
  input: Buffer,
  from: number,
  to: number,
  collationId: number | null,
): string {
  const charset = collationId === null ? undefined : charsetById.get(collationId);
  if (charset === undefined) return input.toString('utf8', from, to);
  const {form, characters} = charsetOf(charset)!;
  if (form === 'multiByte') return multiByteDecoder(charset)(input, from, to).text;
  let text = '';
  for (let at = from; at < to; at++) text += characters[input[at]!]!;
  return text;
}

const collationIds: Readonly<Record<string, readonly number[]>> = {
  armscii8: [32, 64],
  ascii: [11, 65],
  big5: [1, 84],
  cp1250: [26, 34, 44, 66, 99],
  cp1251: [14, 23, 50, 51, 52],
  cp1256: [57, 67],
  cp1257: [29, 58, 59],
  cp850: [4, 80],
  cp852: [40, 81],
  cp866: [36, 68],
  cp932: [95, 96],
  dec8: [3, 69],
  eucjpms: [97, 98],
  euckr: [19, 85],
  gb18030: [248, 249, 250],
  gb2312: [24, 86],
  gbk: [28, 87],
  geostd8: [92, 93],
  greek: [25, 70],
  hebrew: [16, 71],
  hp8: [6, 72],
  keybcs2: [37, 73],
  koi8r: [7, 74],
  koi8u: [22, 75],
  latin1: [5, 8, 15, 31, 47, 48, 49, 94],
  latin2: [2, 9, 21, 27, 77],
  latin5: [30, 78],
  latin7: [20, 41, 42, 79],
  macce: [38, 43],
  macroman: [39, 53],
  sjis: [13, 88],
  swe7: [10, 82],
  tis620: [18, 89],
  ujis: [12, 91],
};

const charsetById = new Map(
  Object.entries(collationIds).flatMap(([charset, ids]) =>
    charsetOf(charset) === null ? [] : ids.map(id => [id, charset] as const),
  ),
);
