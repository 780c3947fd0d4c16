// The bucket of a row of a Delta table (protocol section 13.4): hashes of its key cells, combined. Two hashers, as the session
// names: default and legacy. Control plane of upserts, by values (recordStream.ts' shapes); whole numbers wrap as in Java.
import {must} from '../base/assert.ts';
import {fail} from '../base/errors.ts';
import {formatOdpsType, type OdpsType} from './odpsType.ts';
import type {Moment, RecordValue} from './recordStream.ts';

export type HasherName = 'default' | 'legacy';

/** Hash of one key cell, a signed 32-bit number. */
export type KeyHash = (value: Exclude<RecordValue, null>) => number;

interface Hasher {
  long: (value: bigint) => number;
  bytes: (bytes: Uint8Array) => number;
}

/** Java's Boolean hashes, spread by the service's hasher. */
const trueHash = 0x172b_a9c7;
const falseHash = -0x3a59_cb12;
const daySeconds = 86_400n;
const hashers: Record<HasherName, Hasher> = {
  default: {long: defaultLong, bytes: defaultBytes},
  legacy: {
    long: value => Number(BigInt.asIntN(32, (value >> 32n) ^ value)),
    bytes: bytes => {
      let hash = 0;
      for (const byte of bytes) hash = (Math.imul(hash, 31) + signed(byte)) | 0;
      return hash;
    },
  },
};

/** The bucket, from 0, of a row whose key cells are `keys`, in the order of the session's `hash_key`. */
export function createBucketer(
  types: readonly OdpsType[],
  hasher: HasherName,
  buckets: number,
): (keys: readonly RecordValue[]) => number {
  const hashes = types.map(type => keyHash(type, hasher));
  return keys => {
    let sum = 0;
    for (const [i, hash] of hashes.entries()) {
      const value = must(keys[i], 'a key cell is not NULL');
      sum = (sum + hash(value)) | 0;
    }
    // The sign bits cancel, so the result is never negative.
    return combine(sum) % buckets;
  };
}

/** The hash of a whole key from the sum of its cells' hashes. */
export function combine(sum: number): number {
  return sum ^ (sum >> 8);
}

/** The hash of cells of `type`; SYNC4038 for a type that cannot be a key. */
export function keyHash(type: OdpsType, name: HasherName): KeyHash {
  const {long, bytes} = hashers[name];
  switch (type.name) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'datetime':
      return value => long(BigInt(value as bigint));
    case 'string':
    case 'char':
    case 'varchar':
    case 'binary':
      return value => bytes(Buffer.from(value as string));
    case 'boolean':
      return value => (value === true ? trueHash : falseHash);
    case 'double':
      return value => long(doubleBits(value as number));
    case 'float':
      return value => long(floatBits(value as number));
    case 'date':
      return value => long(BigInt(value as number) * daySeconds);
    case 'timestamp':
    case 'timestamp_ntz':
    case 'interval_day_time':
      return value => long(momentBits(value as Moment));
    case 'decimal':
      return decimalHash(type.precision, type.scale, long);
    default:
      throw fail('SYNC4038', {type: formatOdpsType(type)});
  }
}

function defaultLong(value: bigint): number {
  let l = BigInt.asIntN(64, value);
  l = BigInt.asIntN(64, ~l + (l << 18n));
  l ^= l >> 31n;
  l = BigInt.asIntN(64, l * 21n);
  l ^= l >> 11n;
  l = BigInt.asIntN(64, l + (l << 6n));
  l ^= l >> 22n;
  return Number(BigInt.asIntN(32, l));
}

function defaultBytes(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) {
    hash = (hash + signed(byte)) | 0;
    hash = (hash + (hash << 10)) | 0;
    hash ^= hash >> 6;
  }
  hash = (hash + (hash << 3)) | 0;
  hash ^= hash >> 11;
  return (hash + (hash << 15)) | 0;
}

/** Java's bytes are signed. */
function signed(byte: number): number {
  return (byte << 24) >> 24;
}

const view = new DataView(new ArrayBuffer(8));

function doubleBits(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigInt64(0);
}

function floatBits(value: number): bigint {
  view.setFloat32(0, value);
  return BigInt(view.getInt32(0));
}

function momentBits({seconds, nanos}: Moment): bigint {
  return BigInt.asIntN(64, (seconds << 30n) | BigInt(nanos));
}

/** The unscaled number at the column's scale; beyond 18 digits in two halves of 64 bits. */
function decimalHash(precision: number, scale: number, long: Hasher['long']): KeyHash {
  return value => {
    const unscaled = unscale(value as string, scale);
    if (precision <= 18) return long(unscaled);
    return (long(BigInt.asIntN(64, unscaled)) + long(unscaled >> 64n)) | 0;
  };
}

/** `text` (plain or with an exponent) as a whole number at `scale`, half up, away from zero. */
function unscale(text: string, scale: number): bigint {
  const found = must(
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text),
    'a decimal key is a number',
  );
  const [, sign, whole, fraction, exponent] = found;
  const digits = `${whole}${fraction}`;
  const shift = scale - fraction!.length + Number(exponent ?? 0);
  const magnitude =
    shift >= 0
      ? BigInt(digits) * 10n ** BigInt(shift)
      : (BigInt(digits) + 5n * 10n ** BigInt(-shift - 1)) / 10n ** BigInt(-shift);
  return sign === '-' ? -magnitude : magnitude;
}
