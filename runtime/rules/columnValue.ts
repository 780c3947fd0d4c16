// A column as a value: how its cell is read from a row image, and its SQL. Zero and partial dates count as NULL.
import {charsetOf} from '../codec/charset.ts';
import {multiByteDecoder} from '../codec/multiByte.ts';
import type {SourceColumn} from '../codec/sourceTable.ts';
import {notSure} from '../spec/expressionTokens.ts';
import {columnAmount} from './amount.ts';
import {readBigint, readFineMoment, readMoment} from './cellValue.ts';
import {cellLength} from './textCell.ts';
import {momentOf, type Context, type Read, type Value} from './value.ts';

/** The value of column `index`. Raises SYNC1103 for types that have no exact value here. */
export function columnValue(column: SourceColumn, index: number, at: number): Value {
  const sql = `\`${column.name.replaceAll('`', '``')}\``;
  const {dataType, fractionDigits} = column;
  switch (dataType) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
    case 'decimal': {
      const {scale, low, high, unsigned} = columnAmount(column, index, at);
      const type = {kind: 'number' as const, scale, low, high, unsigned};
      return {type, sql, compile: c => cell(c, index, readBigint(column))};
    }
    case 'date':
    case 'datetime':
    case 'timestamp':
      return {
        type: {
          kind: 'moment',
          dataType: dataType === 'date' ? 'date' : 'datetime',
          fractionDigits,
        },
        sql: `IF(MONTH(${sql}) > 0 AND DAYOFMONTH(${sql}) > 0, ${dataType === 'timestamp' ? `CAST(${sql} AS DATETIME(${fractionDigits}))` : sql}, NULL)`,
        compile: c => cell(c, index, readUnpacked(column)),
      };
    case 'enum':
      return {
        type: {kind: 'text', collation: 'several', isLabel: true},
        sql: utf8Sql(column, sql),
        compile: c => {
          const wide = column.labels.length > 255;
          return cell(c, index, (input, view, p) => {
            const label = wide ? view.getUint16(p, true) : input[p]!;
            return label === 0 ? '' : column.labels[label - 1]!;
          });
        },
      };
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return {
        type: {kind: 'text', collation: column.collation ?? 'several'},
        sql: utf8Sql(column, sql),
        compile: c => readText(c, column, index),
        ...(charsetOf(column.charset ?? 'utf8mb4')?.form === 'utf8' && {utf8Column: index}),
      };
    default:
      throw notSure(
        `the value of ${column.name} (${column.columnType})`,
        at,
        'its text or number has rules that are not proved equal to those of MySQL',
        'Use a generated column in the source that holds a number, a text or a date.',
      );
  }
}

function cell<T>(
  c: Context,
  index: number,
  read: (input: Buffer, view: DataView, p: number) => T | null,
): Read<T> {
  c.named.add(index);
  return row => {
    const p = row.places[index]!;
    return p < 0 ? null : read(row.input, row.view, p);
  };
}

/** All texts meet in one character set and one collation, so that none is mixed with another. */
function utf8Sql({charset}: SourceColumn, sql: string): string {
  const text = charset === 'utf8mb4' ? sql : `CONVERT(${sql} USING utf8mb4)`;
  return `(${text} COLLATE utf8mb4_bin)`;
}

function readText(c: Context, column: SourceColumn, index: number): Read<string> {
  const lengthBytes = c.lengthBytes[index]!;
  const decode = decoderOf(column.charset ?? 'utf8mb4');
  return cell(c, index, (input, view, p) => {
    const start = p + lengthBytes;
    return decode(input, start, start + cellLength(view, p, lengthBytes));
  });
}

type Decode = (input: Buffer, from: number, to: number) => string;

function decoderOf(charset: string): Decode {
  const known = charsetOf(charset)!;
  switch (known.form) {
    case 'utf8':
      return (input, from, to) => input.toString('utf8', from, to);
    case 'table':
      return (input, from, to) => {
        let text = '';
        for (let i = from; i < to; i++) text += known.characters[input[i]!]!;
        return text;
      };
    case 'multiByte': {
      const decode = multiByteDecoder(charset);
      return (input, from, to) => decode(input, from, to).text;
    }
    case 'utf16le':
      return (input, from, to) => input.toString('utf16le', from, to);
    case 'utf32':
      return (input, from, to) => {
        let text = '';
        for (let i = from; i + 3 < to; i += 4) text += String.fromCodePoint(input.readUInt32BE(i));
        return text;
      };
    default:
      return (input, from, to) =>
        Buffer.from(input.subarray(from, to)).swap16().toString('utf16le');
  }
}

/** A packed moment as microseconds; null for zero and partial dates. */
function readUnpacked(column: SourceColumn): (i: Buffer, v: DataView, p: number) => bigint | null {
  const {dataType, fractionDigits} = column;
  if (dataType === 'date') {
    const read = readMoment(column);
    return (input, view, p) => {
      const packed = read(input, view, p);
      const [year, month, day] = [packed >> 9, (packed >> 5) & 15, packed & 31];
      return momentOf({year, month, day, hour: 0, minute: 0, second: 0, micro: 0});
    };
  }
  const readFine = fractionDigits > 0 ? readFineMoment(column) : null;
  const readPlain = readMoment(column);
  const readUs = (input: Buffer, view: DataView, p: number) =>
    readFine === null ? BigInt(readPlain(input, view, p)) * 1_000_000n : readFine(input, view, p);
  if (dataType === 'timestamp')
    return (input, view, p) => {
      const us = readUs(input, view, p);
      return us === 0n ? null : us;
    };
  return (input, view, p) => {
    const us = readUs(input, view, p);
    const packed = Number(us / 1_000_000n);
    const days = Math.floor(packed / 131072);
    const months = days >> 5;
    return momentOf({
      year: Math.floor(months / 13),
      month: months % 13,
      day: days & 31,
      hour: (packed >> 12) & 31,
      minute: (packed >> 6) & 63,
      second: packed & 63,
      micro: Number(us % 1_000_000n),
    });
  };
}
