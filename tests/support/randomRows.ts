// Rows of random tables, the same for the same seed: each as MySQL's binlog and as its binary protocol would carry it.
// Written from the formats alone, without the codec, so that both of its paths can be held against each other.
import {planTable, type PlanOptions} from '../../runtime/codec/planTable.ts';
import type {ColumnPolicies, TablePlan} from '../../runtime/codec/plan.ts';
import type {TableMap} from '../../runtime/codec/tableMap.ts';
import {date, datetime, time, timestamp, year} from './randomMoments.ts';
import {plainOptions, sourceTable} from './sourceTable.ts';

/** A whole number from 0 to below its argument. */
export type Random = (below: number) => number;

/** mulberry32: a small generator with the same numbers for the same seed everywhere. */
export function createRandom(state: number): Random {
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export interface RandomTable {
  plan: TablePlan;
  map: TableMap;
  /** The next row. */
  row: () => {image: Buffer; packet: Buffer};
}

/** A cell without its NULL bit; both forms. */
export type Cell = {image: Buffer; packet: Buffer};

export interface Kind {
  columnType: string;
  code: number;
  metadata: number;
  cell: (random: Random) => Cell;
}

/** A table of 1 to 24 columns of any kind, some not synchronized, some with another target or policy. */
export function randomTable(random: Random): RandomTable {
  const all = kinds();
  const columns = Array.from({length: 1 + random(24)}, () => all[random(all.length)]!);
  const source = sourceTable(columns.map(({columnType}, i) => [`c${i}`, columnType]));
  const nullable = columns.map(() => random(3) > 0);
  source.columns.forEach((column, i) => (column.nullable = nullable[i]!));
  const exclude = source.columns.map(({name}) => name).filter((_, i) => i > 0 && random(6) === 0);
  const plan = planTable(source, {
    ...plainOptions,
    types: random(3) === 0 ? 'v1' : 'v2',
    columns: {...plainOptions.columns, exclude, types: {}, policies: policiesOf(columns, random)},
  } satisfies PlanOptions);
  // A column added in the middle: last in the target, somewhere else in the image.
  if (random(3) === 0) plan.columns.push(...plan.columns.splice(random(plan.columns.length), 1));
  const map: TableMap = {
    tableId: 1,
    database: 'shop',
    table: 't',
    types: Uint8Array.from(columns, kind => kind.code),
    metadata: Uint16Array.from(columns, kind => kind.metadata),
    nullable,
    names: null,
    unsigned: null,
  };
  return {plan, map, row: () => rowOf(columns, nullable, plan, random)};
}

function policiesOf(columns: Kind[], random: Random): Record<string, ColumnPolicies> {
  const zeroDates = ['null', 'stop'] as const;
  const invalid = ['stop', 'replace', 'null'] as const;
  return Object.fromEntries(
    columns.map((_, i) => [
      `c${i}`,
      {
        zeroDate: zeroDates[random(8) === 0 ? 1 : 0]!,
        overLong: 'stop',
        invalidText: invalid[random(3)]!,
      },
    ]),
  );
}

function rowOf(
  columns: Kind[],
  nullable: boolean[],
  plan: TablePlan,
  random: Random,
): {image: Buffer; packet: Buffer} {
  const nulls = columns.map((_, i) => nullable[i]! && random(5) === 0);
  const cells = columns.map(kind => kind.cell(random));
  const chosen = plan.columns.map(column => column.imageIndex);
  const imageNulls = bitmap(nulls, 0);
  const packetNulls = bitmap(
    chosen.map(i => nulls[i]!),
    2,
  );
  return {
    image: Buffer.concat([imageNulls, ...cells.filter((_, i) => !nulls[i]).map(c => c.image)]),
    packet: Buffer.concat([
      Buffer.alloc(1),
      packetNulls,
      ...chosen.filter(i => !nulls[i]).map(i => cells[i]!.packet),
    ]),
  };
}

function bitmap(bits: boolean[], offset: number): Buffer {
  const bytes = Buffer.alloc((bits.length + offset + 7) >> 3);
  bits.forEach((bit, i) => {
    if (bit) bytes[(i + offset) >> 3]! |= 1 << ((i + offset) & 7);
  });
  return bytes;
}

function kinds(): Kind[] {
  const blob = (columnType: string, lengthBytes: number, isText: boolean): Kind => ({
    columnType,
    code: 252,
    metadata: lengthBytes,
    cell: random => bytesCell(isText ? text(random, 90) : bytes(random, 90), lengthBytes),
  });
  return [
    ...[1, 2, 3, 4, 8].flatMap(width => [whole(width, false), whole(width, true)]),
    decimal(12, 2),
    decimal(5, 5),
    decimal(38, 18),
    decimal(65, 30),
    decimal(9, 0),
    float,
    double,
    {columnType: 'year', code: 13, metadata: 0, cell: year},
    {columnType: 'date', code: 10, metadata: 0, cell: date},
    ...[0, 2, 3, 6].flatMap(digits => [datetime(digits), timestamp(digits), time(digits)]),
    {columnType: 'varchar(60)', code: 15, metadata: 240, cell: r => bytesCell(text(r, 50), 1)},
    {columnType: 'varchar(300)', code: 15, metadata: 1200, cell: r => bytesCell(text(r, 300), 2)},
    {columnType: 'char(20)', code: 254, metadata: 0xfe50, cell: r => bytesCell(text(r, 20), 1)},
    {columnType: 'varbinary(90)', code: 15, metadata: 90, cell: r => bytesCell(bytes(r, 90), 1)},
    {columnType: 'binary(9)', code: 254, metadata: 0xfe09, cell: fixedBinary},
    blob('tinytext', 1, true),
    blob('text', 2, true),
    blob('mediumtext', 3, true),
    blob('longblob', 4, false),
    {columnType: 'bit(11)', code: 16, metadata: (1 << 8) | 3, cell: bits},
    {columnType: `enum('a','bee','ç')`, code: 254, metadata: 0xf701, cell: label},
    {columnType: `set('x','yy','z')`, code: 254, metadata: 0xf801, cell: labels},
    {columnType: 'json', code: 245, metadata: 4, cell: jsonNumber},
    {columnType: 'vector(4)', code: 242, metadata: 4, cell: r => bytesCell(floats(r), 4)},
    {columnType: 'point', code: 255, metadata: 4, cell: r => bytesCell(point(r), 4)},
  ];
}

const wholeTypes: Record<number, [string, number]> = {
  1: ['tinyint', 1],
  2: ['smallint', 2],
  3: ['mediumint', 9],
  4: ['int', 3],
  8: ['bigint', 8],
};

function whole(width: number, unsigned: boolean): Kind {
  const [name, code] = wholeTypes[width]!;
  return {
    columnType: unsigned ? `${name} unsigned` : name,
    code,
    metadata: 0,
    cell: random => {
      // Small, large and extreme ones.
      const size = random(width * 8 + 1);
      let value = BigInt.asUintN(width * 8, (1n << BigInt(size)) - BigInt(random(3)));
      if (!unsigned) value = BigInt.asIntN(width * 8, value);
      const wide = Buffer.alloc(8);
      if (unsigned) wide.writeBigUInt64LE(value);
      else wide.writeBigInt64LE(value);
      return {image: wide.subarray(0, width), packet: wide.subarray(0, width === 3 ? 4 : width)};
    },
  };
}

const groupBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

function decimal(precision: number, scale: number): Kind {
  const packed = (negative: boolean, wholeDigits: string, decimals: string): Buffer => {
    const groups: string[] = [];
    const short = wholeDigits.length % 9;
    if (short > 0) groups.push(wholeDigits.slice(0, short));
    for (let i = short; i < wholeDigits.length; i += 9) groups.push(wholeDigits.slice(i, i + 9));
    for (let i = 0; i < decimals.length; i += 9) groups.push(decimals.slice(i, i + 9));
    const image = Buffer.concat(
      groups.map(group => {
        const count = groupBytes[group.length]!;
        const part = Buffer.alloc(count);
        part.writeUIntBE(Number(group), 0, count);
        return part;
      }),
    );
    image[0]! ^= 128;
    if (negative) image.forEach((byte, i) => (image[i] = byte ^ 255));
    return image;
  };
  return {
    columnType: `decimal(${precision},${scale})`,
    code: 246,
    metadata: precision | (scale << 8),
    cell: random => {
      const digits = (count: number) => Array.from({length: count}, () => random(10)).join('');
      const used = random(precision - scale + 1);
      const wholeDigits = digits(used).padStart(precision - scale, '0');
      const decimals = digits(scale);
      const isZero = /^0*$/.test(wholeDigits + decimals);
      const negative = !isZero && random(2) === 0;
      const shown = wholeDigits.replace(/^0+/, '') || '0';
      const sql = `${negative ? '-' : ''}${shown}${scale > 0 ? `.${decimals}` : ''}`;
      return {
        image: packed(negative, wholeDigits, decimals),
        packet: lengthEncoded(Buffer.from(sql)),
      };
    },
  };
}

const float: Kind = {
  columnType: 'float',
  code: 4,
  metadata: 4,
  cell: random => {
    const image = Buffer.alloc(4);
    image.writeFloatLE((random(2 ** 31) - 2 ** 30) / (1 + random(1000)));
    return {image, packet: image};
  },
};

const double: Kind = {
  columnType: 'double',
  code: 5,
  metadata: 8,
  cell: random => {
    const image = Buffer.alloc(8);
    image.writeDoubleLE(
      ((random(2 ** 31) - 2 ** 30) / (1 + random(1000))) * 10 ** (random(40) - 20),
    );
    return {image, packet: image};
  },
};

const words = ['a', 'word', 'Straße', '漢字', '😀', '', 'x'.repeat(9), '"\\', '\0\n'];

function text(random: Random, bytesMax: number): Buffer {
  let value = '';
  while (random(6) > 0) value += words[random(words.length)]!;
  const bytes = Buffer.from(value);
  return bytes.length <= bytesMax ? bytes : Buffer.from('shorter');
}

function bytes(random: Random, bytesMax: number): Buffer {
  return Buffer.from(Array.from({length: random(bytesMax + 1)}, () => random(256)));
}

function bytesCell(value: Buffer, lengthBytes: number): Cell {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntLE(value.length, 0, lengthBytes);
  return {image: Buffer.concat([length, value]), packet: lengthEncoded(value)};
}

function lengthEncoded(value: Buffer): Buffer {
  if (value.length < 251) return Buffer.concat([Buffer.from([value.length]), value]);
  return Buffer.concat([Buffer.from([252, value.length & 255, value.length >> 8]), value]);
}

/** The image leaves zeros at the end out. */
function fixedBinary(random: Random): Cell {
  const value = Buffer.alloc(9);
  bytes(random, 9).copy(value);
  let end = 9;
  while (end > 0 && value[end - 1] === 0) end--;
  return {
    image: Buffer.concat([Buffer.from([end]), value.subarray(0, end)]),
    packet: lengthEncoded(value),
  };
}

function bits(random: Random): Cell {
  const image = Buffer.from([random(8), random(256)]);
  return {image, packet: lengthEncoded(image)};
}

function label(random: Random): Cell {
  const number = random(4);
  const name = ['', 'a', 'bee', 'ç'][number]!;
  return {image: Buffer.from([number]), packet: lengthEncoded(Buffer.from(name))};
}

function labels(random: Random): Cell {
  const set = random(8);
  const names = ['x', 'yy', 'z'].filter((_, bit) => (set & (1 << bit)) !== 0);
  return {image: Buffer.from([set]), packet: lengthEncoded(Buffer.from(names.join(',')))};
}

/** A document of one 64-bit number. */
function jsonNumber(random: Random): Cell {
  const value = BigInt(random(2 ** 30)) * BigInt(random(2 ** 30) - 2 ** 29);
  const document = Buffer.alloc(9);
  document[0] = 9;
  document.writeBigInt64LE(value, 1);
  return {...bytesCell(document, 4), packet: lengthEncoded(Buffer.from(String(value)))};
}

function floats(random: Random): Buffer {
  return Buffer.from(Float32Array.from({length: random(5)}, () => random(1000) / 7).buffer);
}

function point(random: Random): Buffer {
  const bytes = Buffer.alloc(25);
  bytes[4] = 1;
  bytes.writeUInt32LE(1, 5);
  bytes.writeDoubleLE(random(100) / 8, 9);
  bytes.writeDoubleLE(random(100) / 8, 17);
  return bytes;
}
