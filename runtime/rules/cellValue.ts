// Single cells of row images as values that a filter compares: whole numbers, decimals, moments.
// Format: MySQL source, Field::pack; decimals in strings/decimal.cc, moments in mysys/my_time.cc.
import type {SourceColumn} from '../codec/sourceTable.ts';

/** Reads the cell at `p`. */
export type ReadNumber = (input: Buffer, view: DataView, p: number) => number;
export type ReadBigint = (input: Buffer, view: DataView, p: number) => bigint;

/** Decimal digits whose whole numbers a double holds exactly. */
export const exactDigitsMax = 15;

/** A whole number of at most 53 bits, or a decimal of at most 15 digits, × 10^scale. */
export function readNumber({dataType, unsigned, precision, scale}: SourceColumn): ReadNumber {
  switch (dataType) {
    case 'tinyint':
      return unsigned ? (input, _, p) => input[p]! : (_, view, p) => view.getInt8(p);
    case 'smallint':
      return unsigned ? (_, v, p) => v.getUint16(p, true) : (_, v, p) => v.getInt16(p, true);
    case 'mediumint':
      return unsigned
        ? (input, v, p) => v.getUint16(p, true) | (input[p + 2]! << 16)
        : (_, v, p) => v.getUint16(p, true) | (v.getInt8(p + 2) << 16);
    case 'int':
      return unsigned ? (_, v, p) => v.getUint32(p, true) : (_, v, p) => v.getInt32(p, true);
    default:
      return smallDecimal(precision!, scale!);
  }
}

/** The same for every width. */
export function readBigint(column: SourceColumn): ReadBigint {
  const {dataType, unsigned, precision, scale} = column;
  if (dataType === 'bigint')
    return unsigned ? (_, v, p) => v.getBigUint64(p, true) : (_, v, p) => v.getBigInt64(p, true);
  if (dataType === 'decimal') return (input, _, p) => decimal(input, p, precision!, scale!);
  const read = readNumber(column);
  return (input, view, p) => BigInt(read(input, view, p));
}

/** A DATE, or a DATETIME or TIMESTAMP without fraction. */
export function readMoment({dataType}: SourceColumn): ReadNumber {
  if (dataType === 'date') return (input, v, p) => v.getUint16(p, true) | (input[p + 2]! << 16);
  if (dataType === 'timestamp') return (_, v, p) => v.getUint32(p);
  // The highest bit of 40 is the sign, always set.
  return (input, v, p) => (input[p]! & 127) * 4294967296 + v.getUint32(p + 1);
}

/** A DATETIME or TIMESTAMP with fraction, in millionths. */
export function readFineMoment(column: SourceColumn): ReadBigint {
  const read = readMoment(column);
  const wholeBytes = column.dataType === 'timestamp' ? 4 : 5;
  const bytes = (column.fractionDigits + 1) >> 1;
  const factor = [1_000_000, 10_000, 100, 1][bytes]!;
  return (input, view, p) => {
    let fraction = 0;
    for (let i = 0; i < bytes; i++) fraction = fraction * 256 + input[p + wholeBytes + i]!;
    return BigInt(read(input, view, p)) * 1_000_000n + BigInt(fraction * factor);
  };
}

/** Bytes of 0 to 9 decimal digits. */
const digitBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

function smallDecimal(precision: number, scale: number): ReadNumber {
  const groups = decimalGroups(precision, scale);
  return (input, _, p) => {
    const flip = (input[p]! & 128) === 0 ? 255 : 0;
    let value = 0;
    let first = 128;
    for (let g = 0; g < groups.length; g++) {
      let group = 0;
      for (let i = digitBytes[groups[g]!]!; i > 0; i--) {
        group = group * 256 + (input[p++]! ^ flip ^ first);
        first = 0;
      }
      value = value * 10 ** groups[g]! + group;
    }
    return flip === 0 ? value : -value;
  };
}

function decimal(input: Buffer, p: number, precision: number, scale: number): bigint {
  const flip = (input[p]! & 128) === 0 ? 255 : 0;
  let value = 0n;
  let first = 128;
  for (const digits of decimalGroups(precision, scale)) {
    let group = 0;
    for (let i = digitBytes[digits]!; i > 0; i--) {
      group = group * 256 + (input[p++]! ^ flip ^ first);
      first = 0;
    }
    value = value * 10n ** BigInt(digits) + BigInt(group);
  }
  return flip === 0 ? value : -value;
}

/** Digits of each group: the incomplete one first before the point, last after it. */
function decimalGroups(precision: number, scale: number): number[] {
  const whole = precision - scale;
  const groups = whole % 9 > 0 ? [whole % 9] : [];
  for (let i = 9; i <= whole; i += 9) groups.push(9);
  for (let i = 9; i <= scale; i += 9) groups.push(9);
  if (scale % 9 > 0) groups.push(scale % 9);
  return groups;
}
