// The tunnel vectors of tests/vectors/tunnel, with their values in the shapes of runtime/codec/recordStream.ts.
import {readFileSync} from 'node:fs';
import {parseOdpsType, type OdpsType} from '../../runtime/codec/odpsType.ts';
import type {RecordColumn} from '../../runtime/codec/recordReader.ts';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';

const folder = new URL('../vectors/tunnel/', import.meta.url);

export interface RecordVector {
  name: string;
  file: string;
  compiledFile?: string;
  columns: {name: string; type: string}[];
  /** Set where the index lists only the first of many columns. */
  columnsRule?: string;
  count: number;
  records: unknown[][];
  recordsTruncated?: boolean;
  crcOfRecordCrcs: number;
}

/** The cases of one index file. */
export function vectorCases<T>(index: string): T[] {
  return JSON.parse(readFileSync(new URL(index, folder), 'utf8')).cases;
}

/** The bytes of one vector. */
export function vectorBytes(file: string): Buffer {
  return readFileSync(new URL(file, folder));
}

/** Types that the 1,200 columns of wide_1200 take in turn (its columnsRule). */
const wideTypes = ['bigint', 'string', 'double', 'boolean'];

/** The columns of a case, parsed. */
export function vectorColumns(
  columns: {name: string; type: string}[],
  columnsRule?: string,
): RecordColumn[] {
  if (columnsRule !== undefined) {
    return Array.from({length: 1200}, (_, i) => ({
      name: `c${i}`,
      type: parseOdpsType(wideTypes[i % 4]!),
    }));
  }
  return columns.map(({name, type}) => ({name, type: parseOdpsType(type)}));
}

/** A value of the index as the record codec has it. */
export function vectorValue(json: unknown, type: OdpsType): RecordValue {
  if (json === null || json === undefined) return null;
  if (typeof json === 'boolean') return json;
  if (typeof json === 'string') return textValue(json, type);
  const form = json as Record<string, never>;
  if ('doubleBits' in form) return Buffer.from(form['doubleBits']!, 'hex').readDoubleBE();
  if ('floatBits' in form) return Buffer.from(form['floatBits']!, 'hex').readFloatBE();
  if ('hex' in form) return Buffer.from(form['hex']!, 'hex');
  if ('seconds' in form) return {seconds: BigInt(form['seconds']!), nanos: Number(form['nanos'])};
  if ('epochMillis' in form) return BigInt(form['epochMillis']!);
  if ('array' in form && type.name === 'array') return list(form['array']!, type.element);
  if ('struct' in form && type.name === 'struct') {
    return (form['struct']! as unknown[]).map((v, i) => vectorValue(v, type.fields[i]!.type));
  }
  if ('map' in form && type.name === 'map') {
    const pairs = form['map']! as unknown[][];
    return pairs.map(([k, v]) => [vectorValue(k, type.key), vectorValue(v, type.value)]);
  }
  return form['decimal'] ?? form['jsonText'] ?? Number(form['epochDays'] ?? form['months']);
}

function list(values: unknown[], element: OdpsType): RecordValue[] {
  return values.map(value => vectorValue(value, element));
}

function textValue(text: string, type: OdpsType): RecordValue {
  if (type.name === 'bigint') return BigInt(text);
  return ['tinyint', 'smallint', 'int'].includes(type.name) ? Number(text) : text;
}
