// What the generated code of fastRows.ts calls: decimals as text, and room for them.
import {crcTables} from '../codec/crc32c.ts';
import {reserve} from '../codec/recordBuffer.ts';

/** Functions by the names that the generated code uses. */
export const rowKit = {crcTables, reserve, putDecimal, putWideDecimal};

/** Digits that a double holds without loss, as the high half of the number. */
const highMax = 0x1fffff;

/** Writes the whole number of `scale` decimals in `lo` and `hi` as text at `o`; the place after it. */
function putDecimal(bytes: Uint8Array, o: number, lo: number, hi: number, scale: number): number {
  if (hi > highMax || hi < -highMax) {
    return putDigits(bytes, o, (BigInt(hi) << 32n) | BigInt(lo >>> 0), scale);
  }
  let value = hi * 4_294_967_296 + (lo >>> 0);
  if (value < 0) {
    bytes[o++] = 45;
    value = -value;
  }
  let end = o + Math.max(digitsOf(value), scale + 1) + (scale > 0 ? 1 : 0);
  const after = end;
  for (let left = scale; left > 0; left--) {
    const rest = Math.floor(value / 10);
    bytes[--end] = 48 + value - rest * 10;
    value = rest;
  }
  if (scale > 0) bytes[--end] = 46;
  while (end > o) {
    const rest = Math.floor(value / 10);
    bytes[--end] = 48 + value - rest * 10;
    value = rest;
  }
  return after;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let power = 10; value >= power; power *= 10) digits++;
  return digits;
}

/** The same of sixteen bytes, highest first. */
function putWideDecimal(
  bytes: Uint8Array,
  o: number,
  view: DataView,
  at: number,
  scale: number,
): number {
  const value = (view.getBigInt64(at) << 64n) | view.getBigUint64(at + 8);
  return putDigits(bytes, o, value, scale);
}

function putDigits(bytes: Uint8Array, o: number, value: bigint, scale: number): number {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  const whole = `${value < 0n ? '-' : ''}${digits.slice(0, point)}`;
  const text = scale === 0 ? whole : `${whole}.${digits.slice(point)}`;
  for (let i = 0; i < text.length; i++) bytes[o++] = text.charCodeAt(i);
  return o;
}
