// MaxCompute types as DuckDB types, and what a query's DuckDB types are called in its result.
// DATETIME is TIMESTAMP_MS, TIMESTAMP is TIMESTAMPTZ, TIMESTAMP_NTZ is TIMESTAMP, so that a result still tells them apart.
import type {OdpsType} from '../codec/odpsType.ts';
import {badRequest} from './odpsError.ts';
import {quoteName} from './store.ts';

const plain: Partial<Record<OdpsType['name'], string>> = {
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int: 'INTEGER',
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  char: 'VARCHAR',
  varchar: 'VARCHAR',
  binary: 'BLOB',
  date: 'DATE',
  datetime: 'TIMESTAMP_MS',
  timestamp: 'TIMESTAMPTZ',
  timestamp_ntz: 'TIMESTAMP',
  json: 'JSON',
};

/** The DuckDB type of a column; refuses the interval types, which the service has no columns of either. */
export function duckType(type: OdpsType): string {
  switch (type.name) {
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'array':
      return `${duckType(type.element)}[]`;
    case 'map':
      return `MAP(${duckType(type.key)}, ${duckType(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map(f => `${quoteName(f.name)} ${duckType(f.type)}`).join(', ')})`;
    default: {
      const found = plain[type.name];
      if (found === undefined) {
        throw badRequest('InvalidParameter', `ODPS-0130071: no column can be of type ${type.name}`);
      }
      return found;
    }
  }
}

const resultTypes: Record<string, OdpsType> = {
  TINYINT: {name: 'tinyint'},
  SMALLINT: {name: 'smallint'},
  UTINYINT: {name: 'smallint'},
  INTEGER: {name: 'int'},
  USMALLINT: {name: 'int'},
  BIGINT: {name: 'bigint'},
  UINTEGER: {name: 'bigint'},
  UBIGINT: {name: 'decimal', precision: 20, scale: 0},
  // A sum of bigints; the service gives a bigint, and an error where it does not fit.
  HUGEINT: {name: 'bigint'},
  UHUGEINT: {name: 'bigint'},
  BOOLEAN: {name: 'boolean'},
  FLOAT: {name: 'float'},
  DOUBLE: {name: 'double'},
  VARCHAR: {name: 'string'},
  BLOB: {name: 'binary'},
  DATE: {name: 'date'},
  TIMESTAMP_MS: {name: 'datetime'},
  TIMESTAMP_S: {name: 'datetime'},
  TIMESTAMP: {name: 'timestamp_ntz'},
  TIMESTAMP_NS: {name: 'timestamp_ntz'},
  'TIMESTAMP WITH TIME ZONE': {name: 'timestamp'},
  TIMESTAMPTZ: {name: 'timestamp'},
  JSON: {name: 'json'},
};

/** The MaxCompute type of a result column of DuckDB's type `text`; what has none becomes a string. */
export function resultType(text: string): OdpsType {
  const found = resultTypes[text];
  if (found !== undefined) return found;
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(text);
  if (decimal !== null) {
    return {name: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2])};
  }
  if (text.endsWith('[]')) return {name: 'array', element: resultType(text.slice(0, -2))};
  const inner = /^(MAP|STRUCT)\((.*)\)$/s.exec(text);
  if (inner === null) return {name: 'string'};
  const parts = splitTop(inner[2]!);
  if (inner[1] === 'MAP') {
    return {name: 'map', key: resultType(parts[0]!), value: resultType(parts[1]!)};
  }
  return {
    name: 'struct',
    fields: parts.map(part => {
      const field = /^(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(part)!;
      const name = field[1]?.replaceAll('""', '"') ?? field[2]!;
      return {name, type: resultType(field[3]!)};
    }),
  };
}

/** Parts of `text` between the commas that stand outside brackets and quotes. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let [depth, quoted, start] = [0, false, 0];
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"') quoted = !quoted;
    else if (!quoted && c === '(') depth++;
    else if (!quoted && c === ')') depth--;
    else if (!quoted && c === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}
