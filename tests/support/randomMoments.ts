// Dates and times of random rows, as the binlog and as the binary protocol carry them.
import type {Cell, Kind, Random} from './randomRows.ts';

export function year(random: Random): Cell {
  const value = random(4) === 0 ? 0 : 1901 + random(255);
  const packet = Buffer.alloc(2);
  packet.writeUInt16LE(value);
  return {image: Buffer.from([value === 0 ? 0 : value - 1900]), packet};
}

/** A day that exists, now and then one that does not. */
function dayOf(random: Random): [year: number, month: number, day: number] {
  if (random(12) === 0)
    return [
      [0, 0, 0],
      [2026, 0, 10],
      [2026, 2, 31],
      [0, 5, 6],
    ][random(4)] as never;
  return [1 + random(9999), 1 + random(12), 1 + random(28)];
}

export function date(random: Random): Cell {
  const [y, m, d] = dayOf(random);
  const image = Buffer.alloc(3);
  image.writeUIntLE((y << 9) | (m << 5) | d, 0, 3);
  return {image, packet: packetDate(y, m, d, 0, 0)};
}

export function datetime(digits: number): Kind {
  return {
    columnType: `datetime(${digits})`,
    code: 18,
    metadata: digits,
    cell: random => {
      const [y, m, d] = dayOf(random);
      const sec = random(86_400);
      const us = micros(random, digits);
      const packed = (BigInt(((y * 13 + m) << 5) | d) << 17n) | BigInt(clock(sec));
      const head = Buffer.alloc(8);
      head.writeBigUInt64BE(packed | (1n << 39n));
      const image = Buffer.concat([head.subarray(3), fraction(us, digits)]);
      return {image, packet: packetDate(y, m, d, sec, us)};
    },
  };
}

export function timestamp(digits: number): Kind {
  return {
    columnType: `timestamp(${digits})`,
    code: 17,
    metadata: digits,
    cell: random => {
      const seconds = random(10) === 0 ? 0 : 1 + random(2 ** 31 - 2);
      const us = seconds === 0 ? 0 : micros(random, digits);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(seconds);
      const when = new Date(seconds * 1000);
      const [y, m, d] = [when.getUTCFullYear(), when.getUTCMonth() + 1, when.getUTCDate()];
      const packet = seconds === 0 ? Buffer.alloc(1) : packetDate(y, m, d, seconds % 86_400, us);
      return {image: Buffer.concat([head, fraction(us, digits)]), packet};
    },
  };
}

export function time(digits: number): Kind {
  return {
    columnType: `time(${digits})`,
    code: 19,
    metadata: digits,
    cell: random => {
      const hours = random(2) === 0 ? random(24) : random(839);
      const sec = random(3600);
      const us = micros(random, digits);
      const negative = (hours > 0 || sec > 0 || us > 0) && random(2) === 0;
      const size = digits === 0 ? 0 : (digits + 1) >> 1;
      const unit = fractionUnit(digits);
      let packed = ((hours << 12) | clock(sec)) * 256 ** size + us / unit;
      if (negative) packed = -packed;
      const image = Buffer.alloc(3 + size);
      image.writeUIntBE(0x800000 * 256 ** size + packed, 0, 3 + size);
      const packet = Buffer.alloc(13);
      packet[0] = 12;
      packet[1] = negative ? 1 : 0;
      packet.writeUInt32LE(Math.floor(hours / 24), 2);
      packet.set([hours % 24, Math.floor(sec / 60), sec % 60], 6);
      packet.writeUInt32LE(us, 9);
      return {image, packet};
    },
  };
}

/** Hours, minutes and seconds in 17 bits. */
function clock(sec: number): number {
  return (Math.floor(sec / 3600) << 12) | ((Math.floor(sec / 60) % 60) << 6) | (sec % 60);
}

function micros(random: Random, digits: number): number {
  return random(10 ** digits) * 10 ** (6 - digits);
}

function fractionUnit(digits: number): number {
  return 100 ** (3 - ((digits + 1) >> 1));
}

function fraction(us: number, digits: number): Buffer {
  const size = (digits + 1) >> 1;
  const bytes = Buffer.alloc(size);
  if (size > 0) bytes.writeUIntBE(us / fractionUnit(digits), 0, size);
  return bytes;
}

function packetDate(y: number, m: number, d: number, sec: number, us: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16LE(y, 1);
  bytes.set([m, d, Math.floor(sec / 3600), Math.floor(sec / 60) % 60, sec % 60], 3);
  bytes.writeUInt32LE(us, 8);
  bytes[0] = us > 0 ? 11 : sec > 0 ? 7 : y > 0 || m > 0 || d > 0 ? 4 : 0;
  return bytes.subarray(0, bytes[0] + 1);
}
