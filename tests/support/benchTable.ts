// The 8-column table of the speed measurements, about 172 bytes a row in the binlog, 194 in the binary protocol:
// its plan, and its rows as MySQL sends them on both paths.
import {parseColumnType} from '../../runtime/codec/columnType.ts';
import {planTable} from '../../runtime/codec/planTable.ts';
import type {SourceColumn} from '../../runtime/codec/sourceTable.ts';
import type {TableMap} from '../../runtime/codec/tableMap.ts';

const names: [name: string, type: string, nullable: boolean][] = [
  ['id', 'bigint', false],
  ['customer', 'int', false],
  ['amount', 'decimal(12,2)', false],
  ['name', 'varchar(64)', false],
  ['created', 'datetime(6)', false],
  ['changed', 'timestamp(3)', false],
  ['detail', 'text', false],
  ['score', 'double', true],
];

const columns = names.map(([name, columnType, nullable]): SourceColumn => {
  const text = /char|text/.test(columnType);
  return {
    ...parseColumnType(columnType),
    name,
    columnType,
    nullable,
    charset: text ? 'utf8mb4' : null,
    collation: text ? 'utf8mb4_0900_ai_ci' : null,
    generated: 'none',
    invisible: false,
    autoIncrement: false,
    defaultText: null,
    defaultExpression: null,
    comment: '',
    srid: null,
  };
});

/** The table's plan with default settings. */
export const benchPlan = planTable(
  {
    database: 'bench',
    name: 't',
    engine: 'InnoDB',
    comment: '',
    columns,
    key: {name: 'PRIMARY', columns: ['id']},
    rowsEstimated: 0,
    bytesEstimated: 0,
  },
  {
    types: 'v2',
    targetName: null,
    columns: {include: null, exclude: [], rename: {}, types: {}, policies: {}},
    naming: {additionalColumns: 'new', case: 'default'},
    log: {partitionBy: ['day'], timeZone: 'UTC'},
  },
);

/** Its table map event. */
export const benchMap: TableMap = {
  tableId: 1,
  database: 'bench',
  table: 't',
  types: Uint8Array.from([8, 3, 246, 15, 18, 17, 252, 5]),
  metadata: Uint16Array.from([0, 0, 12 | (2 << 8), 256, 6, 3, 2, 8]),
  nullable: names.map(([, , nullable]) => nullable),
  names: null,
  unsigned: null,
};

const sql = (id: number) => ({
  id,
  customer: (id * 7919) % 1_000_000,
  cents: (id * 104_729) % 100_000_000,
  name: `customer ${id} of the large and well kept shop no ${id % 97}`.slice(0, 45),
  day: 1 + (id % 28),
  second: id % 86_400,
  micros: (id * 31) % 1_000_000,
  detail: `{"id": ${id}, "tags": ["a", "b"], "note": "some words that fill the document ${id}"}`,
  score: id % 5 === 0 ? null : id / 3,
});

/** The row image of a row, as the binlog has it. */
export function image(id: number): Buffer {
  const row = sql(id);
  const bytes = Buffer.alloc(400);
  bytes[0] = row.score === null ? 0x80 : 0;
  bytes.writeBigInt64LE(BigInt(row.id), 1);
  bytes.writeInt32LE(row.customer, 9);
  // DECIMAL(12,2): one digit, nine digits, two digits.
  bytes[13] = 0x80;
  bytes.writeUInt32BE(Math.floor(row.cents / 100), 14);
  bytes[18] = row.cents % 100;
  let at = 19;
  at = bytes.writeUInt16LE(row.name.length, at);
  at += bytes.write(row.name, at);
  const ymd = ((2026 * 13 + 11) << 5) | row.day;
  const hms = clock(row.second);
  const packed = (BigInt(ymd) << 17n) | BigInt((hms.h << 12) | (hms.m << 6) | hms.s);
  bytes.writeUIntBE(Number((packed | (1n << 39n)) >> 8n), at, 4);
  bytes[at + 4] = Number(packed & 255n);
  at = bytes.writeUIntBE(row.micros, at + 5, 3);
  at = bytes.writeUInt32BE(1_790_000_000 + row.second, at);
  at = bytes.writeUInt16BE(Math.floor(row.micros / 1000) * 10, at);
  at = bytes.writeUInt16LE(row.detail.length, at);
  at += bytes.write(row.detail, at);
  if (row.score !== null) at = bytes.writeDoubleLE(row.score, at);
  return bytes.subarray(0, at);
}

/** The packet of a row, as the binary protocol has it. */
export function packet(id: number): Buffer {
  const row = sql(id);
  const bytes = Buffer.alloc(400);
  // Two unused bits come first, so the eighth column is bit 9.
  bytes[2] = row.score === null ? 2 : 0;
  bytes.writeBigInt64LE(BigInt(row.id), 3);
  bytes.writeInt32LE(row.customer, 11);
  const text = (at: number, value: string) => {
    bytes[at] = value.length;
    return at + 1 + bytes.write(value, at + 1);
  };
  const hms = clock(row.second);
  const moment = (at: number, micros: number) => {
    bytes[at] = 11;
    bytes.writeUInt16LE(2026, at + 1);
    bytes.set([11, row.day, hms.h, hms.m, hms.s], at + 3);
    return bytes.writeUInt32LE(micros, at + 8);
  };
  let at = text(15, (row.cents / 100).toFixed(2));
  at = text(at, row.name);
  at = moment(at, row.micros);
  at = moment(at, Math.floor(row.micros / 1000) * 1000);
  at = text(at, row.detail);
  if (row.score !== null) at = bytes.writeDoubleLE(row.score, at);
  return bytes.subarray(0, at);
}

function clock(second: number): {h: number; m: number; s: number} {
  return {h: Math.floor(second / 3600), m: Math.floor(second / 60) % 60, s: second % 60};
}

/** Rows one after another in one buffer; ends[i] is where row i ends. */
export function lay(
  rowOf: (id: number) => Buffer,
  rowsTotal: number,
): {input: Buffer; view: DataView; ends: number[]} {
  const rows = Array.from({length: rowsTotal}, (_, id) => rowOf(id + 1));
  const input = Buffer.concat(rows);
  let end = 0;
  const ends = rows.map(row => (end += row.length));
  return {input, view: new DataView(input.buffer, input.byteOffset, input.length), ends};
}
