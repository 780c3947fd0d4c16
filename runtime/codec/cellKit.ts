// The functions that compiled code calls by name (K.…): what is too rare or too long to stand in it for each column.
import {CellFault} from './cellFault.ts';
import {crcBytes, crcTables} from './crc32c.ts';
import {geoJson} from './geoJson.ts';
import {jsonText} from './jsonText.ts';
import {reserve, type RecordBuffer} from './recordBuffer.ts';
import {scratch} from './scratch.ts';
import {
  civil,
  dateText,
  monthDays,
  packedTimeText,
  timeText,
  wholeText,
  yearText,
} from './shortTexts.ts';
import {
  bounded,
  copyText,
  hexText,
  isUtf8,
  padded,
  scratchHex,
  setText,
  slowText,
} from './textCell.ts';
import {instantOf} from './wallClock.ts';

/** Second results of a call: [0] the place in the input, [1] the checksum register. Nothing here runs concurrently. */
export const results = new Int32Array(2);

/** Where the cells of a row begin, for rows whose columns are not in the target's order. MySQL has 4,096 columns at most. */
const places = new Int32Array(4096 + 1);

/** Appends the first `length` bytes of the scratch buffer as a field; the register goes to results[1]. */
function putScratch(
  out: RecordBuffer,
  o: number,
  crc: number,
  field: number,
  length: number,
  bytesAfter: number,
): number {
  out.length = o;
  reserve(out, length + bytesAfter + fieldBytesMax);
  return writeScratch(out.bytes, o, crc, field, length);
}

/** Key, length and alignment of a field of bytes. */
export const fieldBytesMax = 16;

/** Writes that field to bytes[o…]; the register goes to results[1]. */
export function writeScratch(
  bytes: Buffer,
  o: number,
  crc: number,
  field: number,
  length: number,
): number {
  o = writeVarint(bytes, o, field * 8 + 2);
  o = writeVarint(bytes, o, length);
  if (length > shortCopyMax) scratch.bytes.copy(bytes, o, 0, length);
  else for (let i = 0; i < length; i++) bytes[o + i] = scratch.bytes[i]!;
  fieldBytes[0] = field & 255;
  fieldBytes[1] = field >> 8;
  results[1] = crcBytes(crcBytes(crc, fieldBytes, 0, 4), scratch.bytes, 0, length);
  return o + length;
}

/** Below this a loop beats the call of a native copy. */
const shortCopyMax = 64;

/** The field number as the int32 that is hashed before its value; 1,205 at most. */
const fieldBytes = new Uint8Array(4);

function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  for (; value > 127; value >>>= 7) bytes[at++] = (value & 127) | 128;
  bytes[at++] = value;
  return at;
}

function malformed(slot: number, what: string): never {
  throw new CellFault('malformed', slot, what);
}

export function zeroDate(
  slot: number,
  year: number,
  month: number,
  day: number,
  sec: number,
  us: number,
  fractionDigits: number,
): never {
  const text = Buffer.alloc(40);
  const end = dateText(text, 0, year, month, day, sec, us, fractionDigits);
  throw new CellFault('zeroDate', slot, text.toString('latin1', 0, end));
}

export function outside(slot: number, lo: number, hi: number): never {
  const text = Buffer.alloc(24);
  throw new CellFault(
    'outside',
    slot,
    text.toString('latin1', 0, wholeText(text, 0, lo, hi, true)),
  );
}

/** All of them, under the names that compiled code uses. */
export const cellKit = {
  crcTables,
  results,
  places,
  putScratch,
  malformed,
  zeroDate,
  outside,
  isUtf8,
  slowText,
  bounded,
  copyText,
  hexText,
  padded,
  scratchHex,
  setText,
  geoJson,
  jsonText,
  wholeText,
  dateText,
  timeText,
  packedTimeText,
  yearText,
  monthDays,
  civil,
  instantOf,
};
