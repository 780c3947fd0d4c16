// Query results as CSV (protocol section 7.4): header line, every string quoted, NULL as \N without quotes.
import type {DuckDBConnection} from '@duckdb/node-api';
import type {OdpsType} from '../codec/odpsType.ts';
import type {Moment, RecordValue} from '../codec/recordStream.ts';
import {readRows} from './recordAnswer.ts';
import type {ResultColumn} from './sqlRun.ts';

/** The service cuts results that do not go through the tunnel at this many rows. */
export const csvRowsMax = 10_000;

/** The result in `file` as CSV text. */
export async function csvResult(
  connection: DuckDBConnection,
  file: string,
  columns: ResultColumn[],
  indexes = columns.map((_, i) => i),
): Promise<string> {
  const lines = [indexes.map(i => quoted(columns[i]!.name)).join(',')];
  const range = {start: 0, count: csvRowsMax};
  for await (const rows of readRows(connection, file, columns, indexes, range)) {
    for (const row of rows) {
      lines.push(row.map((value, i) => cell(value, columns[indexes[i]!]!.type)).join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}

function cell(value: RecordValue, type: OdpsType): string {
  if (value === null) return '\\N';
  const text = valueText(value, type);
  return ['string', 'char', 'varchar', 'json', 'binary', 'array', 'map', 'struct'].includes(
    type.name,
  )
    ? quoted(text)
    : text;
}

/** A value inside an array, map or struct: a text that could be taken for more than one part stands in quotes. */
function partText(value: RecordValue, type: OdpsType): string {
  if (value === null) return '\\N';
  const text = valueText(value, type);
  if (!['string', 'char', 'varchar', 'json'].includes(type.name)) return text;
  const isPlain = /^[^\s,:"'\\{}[\]](?:[^,:"'\\{}[\]]*[^\s,:"'\\{}[\]])?$/.test(text);
  return isPlain ? text : `"${text.replaceAll('"', '\\"')}"`;
}

/** A value as the service prints it. */
function valueText(value: RecordValue, type: OdpsType): string {
  if (value === null) return '\\N';
  switch (type.name) {
    case 'date':
      return dateText((value as number) * 86_400);
    case 'datetime':
      // In seconds: what PyODPS reads has no fraction. The tunnel has the milliseconds.
      return momentText(Math.floor(Number(value) / 1000), '');
    case 'timestamp':
    case 'timestamp_ntz': {
      const {seconds, nanos} = value as Moment;
      const fraction = nanos === 0 ? '' : String(nanos).padStart(9, '0').replace(/0+$/, '');
      return momentText(Number(seconds), fraction);
    }
    case 'float':
    case 'double':
      return numberText(value as number);
    case 'decimal':
      return plainDecimal(String(value));
    case 'binary':
      return (value as Buffer).toString('latin1').replaceAll(/[^\x20-\x7e]/g, hexByte);
    case 'array':
      return `[${(value as RecordValue[]).map(v => partText(v, type.element)).join(', ')}]`;
    case 'map': {
      const pairs = value as RecordValue[][];
      const text = pairs.map(
        ([k, v]) => `${partText(k!, type.key)}:${partText(v ?? null, type.value)}`,
      );
      return `{${text.join(', ')}}`;
    }
    case 'struct': {
      const fields = value as RecordValue[];
      const text = type.fields.map((f, i) => `${f.name}:${partText(fields[i] ?? null, f.type)}`);
      return `{${text.join(', ')}}`;
    }
    default:
      return String(value);
  }
}

function dateText(seconds: number): string {
  const iso = new Date(seconds * 1000).toISOString();
  return iso.slice(0, iso.indexOf('T'));
}

function momentText(seconds: number, fraction: string): string {
  const time = new Date(seconds * 1000).toISOString().replace(/^\+/, '');
  const text = `${time.slice(0, time.indexOf('T'))} ${time.slice(time.indexOf('T') + 1, -5)}`;
  return fraction === '' ? text : `${text}.${fraction}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value);
}

function plainDecimal(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function hexByte(byte: string): string {
  return `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
