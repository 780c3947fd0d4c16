// A packed DECIMAL inside a JSON document: precision and scale stand before it. Rare, so in plain steps.
// Format: MySQL source, strings/decimal.cc, decimal2bin; decimalCode.ts compiles the same for columns.
import {digitGroups} from './decimalCode.ts';

/** The text of the decimal in `bytes`: precision, scale, packed digits. */
export function unpackDecimal(bytes: Uint8Array): string {
  const precision = bytes[0]!;
  const scale = bytes[1]!;
  const packed = Uint8Array.from(bytes.subarray(2));
  const negative = (packed[0]! & 128) === 0;
  packed[0]! ^= 128;
  if (negative) for (let i = 0; i < packed.length; i++) packed[i]! ^= 255;
  let whole = '';
  let decimals = '';
  let at = 0;
  for (const group of digitGroups(precision, scale)) {
    let value = 0;
    for (let i = 0; i < group.bytes; i++) value = value * 256 + packed[at++]!;
    const digits = String(value).padStart(group.digits, '0');
    if (group.whole) whole += digits;
    else decimals += digits;
  }
  const trimmed = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${negative ? '-' : ''}${trimmed}${scale > 0 ? `.${decimals}` : ''}`;
}
