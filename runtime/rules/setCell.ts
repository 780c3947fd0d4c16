// What a transformed column is on its way: a column of a source type that holds every value of its expression, the SQL
// that gives it, and how its cell is written into a row image.
// Format of cells: MySQL source, Field::pack; decimals in strings/decimal.cc, moments in mysys/my_time.cc.
import type {SourceColumn} from '../codec/sourceTable.ts';
import {notSure} from '../spec/expressionTokens.ts';
import {asText} from './unify.ts';
import {fieldsOf, type Value} from './value.ts';

/** The image that is being written; grows as needed. */
export interface ImageOut {
  bytes: Buffer;
  view: DataView;
  length: number;
}

export interface SetCell {
  column: SourceColumn;
  /** Type and metadata as a table map has them. */
  type: number;
  metadata: number;
  /** SQL whose result has the type of `column`. */
  sql: string;
  /** Writes one value that is not NULL. */
  write: (value: bigint | string, out: ImageOut) => void;
}

/** The way of `value` into the column `name`; `own` is the column that it replaces. Raises SYNC1103. */
export function setCell(
  name: string,
  value: Value,
  own: SourceColumn | null,
  isHashed: boolean,
): SetCell {
  if (isHashed) return textCell(name, own, asText(value).sql);
  const {type, sql} = value;
  switch (type.kind) {
    case 'null':
      if (own !== null) return nullCell(own);
      throw notSure(
        `the new column ${name}`,
        0,
        'it is NULL in every row, which has no type',
        'Give it a value that is not always NULL.',
      );
    case 'text':
      return textCell(name, own, sql);
    case 'number': {
      const {scale, low, high} = type;
      const isWhole = scale === 0 && low >= -(2n ** 63n) && high < 2n ** 63n;
      if (isWhole && own?.dataType !== 'decimal')
        return {
          column: column(name, own, {dataType: 'bigint', columnType: 'bigint'}),
          type: 8,
          metadata: 0,
          sql: `CAST(${sql} AS SIGNED)`,
          write: (n, out) => {
            // First the room: it may move the bytes.
            const at = take(out, 8);
            out.view.setBigInt64(at, n as bigint, true);
          },
        };
      return decimalCell(name, own, sql, Math.max(digitsOf(low), digitsOf(high), scale + 1), scale);
    }
    case 'moment':
      return momentCell(name, own, sql, type.dataType, type.fractionDigits);
  }
}

/** Makes room for `bytes` more and returns where they begin. */
export function take(out: ImageOut, bytes: number): number {
  const at = out.length;
  if (at + bytes > out.bytes.length) {
    const grown = Buffer.allocUnsafe(2 * (at + bytes));
    out.bytes.copy(grown, 0, 0, at);
    out.bytes = grown;
    out.view = new DataView(grown.buffer, grown.byteOffset, grown.byteLength);
  }
  out.length = at + bytes;
  return at;
}

function column(
  name: string,
  own: SourceColumn | null,
  changes: Pick<SourceColumn, 'dataType' | 'columnType'> & Partial<SourceColumn>,
): SourceColumn {
  return {
    name,
    unsigned: false,
    nullable: true,
    charset: null,
    collation: null,
    precision: null,
    scale: null,
    fractionDigits: 0,
    lengthMax: null,
    labels: [],
    generated: 'none',
    invisible: false,
    autoIncrement: false,
    defaultText: null,
    defaultExpression: null,
    comment: own?.comment ?? '',
    srid: null,
    ...changes,
  };
}

/** Always NULL: the cell is never written, so the type that is easiest to pass over serves all. */
function nullCell(own: SourceColumn): SetCell {
  return textCell(own.name, own, 'NULL');
}

function textCell(name: string, own: SourceColumn | null, sql: string): SetCell {
  const text = {charset: 'utf8mb4', collation: 'utf8mb4_bin', lengthMax: 4294967295};
  return {
    column: column(name, own, {dataType: 'longtext', columnType: 'longtext', ...text}),
    type: 252,
    metadata: 4,
    sql,
    write: (value, out) => {
      const text = value as string;
      const at = take(out, 4 + 3 * text.length);
      const bytes = out.bytes.write(text, at + 4);
      out.view.setUint32(at, bytes, true);
      out.length = at + 4 + bytes;
    },
  };
}

function digitsOf(value: bigint): number {
  return String(value < 0n ? -value : value).length;
}

/** Bytes of 0 to 9 decimal digits. */
const digitBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

function decimalCell(
  name: string,
  own: SourceColumn | null,
  sql: string,
  precision: number,
  scale: number,
): SetCell {
  if (precision > 65 || scale > 30)
    throw notSure(
      `the value of ${name}`,
      0,
      `it can have ${precision} digits, over the 65 of DECIMAL`,
      'Use CAST(… AS DECIMAL(p,s)).',
    );
  const whole = precision - scale;
  const groups = [
    ...(whole % 9 > 0 ? [whole % 9] : []),
    ...Array.from({length: Math.floor(whole / 9)}, () => 9),
    ...Array.from({length: Math.floor(scale / 9)}, () => 9),
    ...(scale % 9 > 0 ? [scale % 9] : []),
  ];
  const bytes = groups.reduce((sum, digits) => sum + digitBytes[digits]!, 0);
  const type = `decimal(${precision},${scale})`;
  return {
    column: column(name, own, {dataType: 'decimal', columnType: type, precision, scale}),
    type: 246,
    metadata: precision | (scale << 8),
    sql: `CAST(${sql} AS DECIMAL(${precision},${scale}))`,
    write: (value, out) => {
      const number = value as bigint;
      const flip = number < 0n ? 255 : 0;
      let rest = number < 0n ? -number : number;
      const start = take(out, bytes);
      let at = start + bytes;
      for (let g = groups.length - 1; g >= 0; g--) {
        const unit = 10n ** BigInt(groups[g]!);
        let group = Number(rest % unit);
        rest /= unit;
        for (let i = digitBytes[groups[g]!]!; i > 0; i--) {
          out.bytes[--at] = (group & 255) ^ flip;
          group = Math.floor(group / 256);
        }
      }
      out.bytes[start]! ^= 128;
    },
  };
}

function momentCell(
  name: string,
  own: SourceColumn | null,
  sql: string,
  dataType: 'date' | 'datetime',
  fractionDigits: number,
): SetCell {
  if (dataType === 'date')
    return {
      column: column(name, own, {dataType, columnType: 'date'}),
      type: 10,
      metadata: 0,
      sql: `CAST(${sql} AS DATE)`,
      write: (value, out) => {
        const {year, month, day} = fieldsOf(value as bigint);
        const at = take(out, 3);
        out.bytes.writeUIntLE((year << 9) | (month << 5) | day, at, 3);
      },
    };
  const columnType = fractionDigits === 0 ? 'datetime' : `datetime(${fractionDigits})`;
  const fractionBytes = (fractionDigits + 1) >> 1;
  const unit = [1_000_000, 10_000, 100, 1][fractionBytes]!;
  return {
    column: column(name, own, {dataType, columnType, fractionDigits}),
    type: 18,
    metadata: fractionDigits,
    sql: `CAST(${sql} AS DATETIME(${fractionDigits}))`,
    write: (value, out) => {
      const {year, month, day, hour, minute, second, micro} = fieldsOf(value as bigint);
      const days = (year * 13 + month) * 32 + day;
      // The highest bit of 40 is the sign, always set.
      const packed = days * 131072 + hour * 4096 + minute * 64 + second + 2 ** 39;
      const at = take(out, 5 + fractionBytes);
      out.bytes.writeUIntBE(packed, at, 5);
      if (fractionBytes > 0) out.bytes.writeUIntBE(Math.floor(micro / unit), at + 5, fractionBytes);
    },
  };
}
