// MySQL's COLUMN_TYPE text to its parts: `decimal(12,2) unsigned` → decimal, 12, 2, unsigned.
// Takes what information_schema prints and the synonyms that an ALTER TABLE may use (MySQL manual, 13.1 and 13.3).
// Character set and collation clauses are accepted and left to the caller. Refuses any other word.
import {fail} from '../base/errors.ts';

export interface ColumnType {
  /** DATA_TYPE as information_schema names it, lower case. */
  dataType: string;
  unsigned: boolean;
  precision: number | null;
  scale: number | null;
  fractionDigits: number;
  /** Characters of CHAR and VARCHAR, longest label of ENUM and SET, bytes of the others; null where there is none. */
  lengthMax: number | null;
  labels: string[];
}

/** The parts of `columnType`; a form we do not know is refused. */
export function parseColumnType(columnType: string): ColumnType {
  const text = columnType.trim();
  const open = openingParenthesis(text);
  const close = open === -1 ? -1 : closingParenthesis(text, open);
  if (open !== -1 && close === -1) throw fail('SYNC3001', {columnType});
  const words = (open === -1 ? text : `${text.slice(0, open)} ( ${text.slice(close + 1)}`)
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word !== '');
  const {dataType, rest} = nameOf(words);
  const inside = open === -1 ? null : text.slice(open + 1, close);
  const attributes = rest.filter(word => word !== '(');
  if (dataType === null || !attributesKnown(attributes)) throw fail('SYNC3001', {columnType});
  const type = build(dataType, inside, attributes);
  if (type === null) throw fail('SYNC3001', {columnType});
  return type;
}

/** Names of one or more words, longest first, to the name information_schema uses. */
const names: readonly (readonly [string, string])[] = Object.entries({
  'national character varying': 'varchar',
  'national char varying': 'varchar',
  'long character varying': 'mediumtext',
  'long char varying': 'mediumtext',
  'long varbinary': 'mediumblob',
  'long varchar': 'mediumtext',
  'character varying': 'varchar',
  'char varying': 'varchar',
  'nchar varying': 'varchar',
  'nchar varchar': 'varchar',
  'national varchar': 'varchar',
  'national character': 'char',
  'national char': 'char',
  'double precision': 'double',
  'char byte': 'binary',
  bool: 'tinyint',
  boolean: 'tinyint',
  int1: 'tinyint',
  int2: 'smallint',
  int3: 'mediumint',
  middleint: 'mediumint',
  int4: 'int',
  integer: 'int',
  int8: 'bigint',
  serial: 'bigint',
  dec: 'decimal',
  numeric: 'decimal',
  fixed: 'decimal',
  real: 'double',
  float4: 'float',
  float8: 'double',
  character: 'char',
  nchar: 'char',
  nvarchar: 'varchar',
  varcharacter: 'varchar',
  long: 'mediumtext',
  geometrycollection: 'geomcollection',
});

const plainNames = new Set(
  (
    'tinyint smallint mediumint int bigint decimal float double bit year date time datetime timestamp ' +
    'char varchar tinytext text mediumtext longtext binary varbinary tinyblob blob mediumblob longblob ' +
    'enum set json vector geometry point linestring polygon multipoint multilinestring multipolygon geomcollection'
  ).split(' '),
);

function openingParenthesis(text: string): number {
  return text.indexOf('(');
}

/** The parenthesis that ends the arguments; quotes may hold parentheses. */
function closingParenthesis(text: string, open: number): number {
  let quoted = false;
  for (let at = open + 1; at < text.length; at++) {
    const char = text[at];
    if (quoted && char === '\\') at++;
    else if (char === "'") quoted = !quoted;
    else if (char === ')' && !quoted) return at;
  }
  return -1;
}

function nameOf(words: string[]): {dataType: string | null; rest: string[]} {
  for (const [name, dataType] of names) {
    const parts = name.split(' ');
    if (parts.every((part, i) => words[i] === part)) {
      const rest = words.slice(parts.length);
      const implied = name === 'serial' ? ['unsigned'] : name.startsWith('bool') ? ['('] : [];
      return {dataType, rest: [...implied, ...rest]};
    }
  }
  const [first = '', ...rest] = words;
  return {dataType: plainNames.has(first) ? first : null, rest};
}

function attributesKnown(words: string[]): boolean {
  const text = words.join(' ');
  return /^((un)?signed|zerofill|binary|ascii|unicode|byte|((character set|charset|collate) \S+)| )*$/.test(
    text,
  );
}

function build(dataType: string, inside: string | null, attributes: string[]): ColumnType | null {
  const unsigned = attributes.includes('unsigned') || attributes.includes('zerofill');
  const type: ColumnType = {
    dataType,
    unsigned,
    precision: null,
    scale: null,
    fractionDigits: 0,
    lengthMax: null,
    labels: [],
  };
  if (dataType === 'enum' || dataType === 'set') {
    const labels = inside === null ? null : parseLabels(inside);
    if (labels === null) return null;
    const lengths = labels.map(label => [...label].length);
    // A SET value holds all labels and the commas between them at most.
    const lengthMax =
      dataType === 'enum'
        ? Math.max(...lengths)
        : lengths.reduce((sum, length) => sum + length, labels.length - 1);
    return {...type, labels, lengthMax};
  }
  const numbers = inside === null ? [] : inside.split(',').map(part => part.trim());
  if (numbers.length > 2 || numbers.some(part => !/^\d+$/.test(part))) return null;
  return sized(type, Number(numbers[0] ?? NaN), Number(numbers[1] ?? NaN), inside !== null);
}

/** Lengths of types that have one by name. */
const fixedLengths: Record<string, number> = {
  tinytext: 255,
  tinyblob: 255,
  text: 65535,
  blob: 65535,
  mediumtext: 16777215,
  mediumblob: 16777215,
  longtext: 4294967295,
  longblob: 4294967295,
};

function sized(type: ColumnType, first: number, second: number, given: boolean): ColumnType | null {
  const {dataType} = type;
  switch (dataType) {
    case 'decimal':
      return {...type, precision: given ? first : 10, scale: Number.isNaN(second) ? 0 : second};
    case 'bit':
      return {...type, precision: given ? first : 1};
    case 'float':
      // FLOAT(p) with 25 to 53 bits is a DOUBLE to MySQL.
      return {...type, dataType: Number.isNaN(second) && first > 24 ? 'double' : 'float'};
    case 'time':
    case 'datetime':
    case 'timestamp':
      return {...type, fractionDigits: given ? first : 0};
    case 'char':
    case 'binary':
      return {...type, lengthMax: given ? first : 1};
    case 'varchar':
    case 'varbinary':
      return given ? {...type, lengthMax: first} : null;
    case 'vector':
      return {...type, lengthMax: 4 * (given ? first : 2048)};
    case 'text':
    case 'blob':
      return given ? smallestOf(type, first) : {...type, lengthMax: fixedLengths[dataType]!};
    default:
      return {...type, lengthMax: fixedLengths[dataType] ?? null};
  }
}

/** TEXT(n) and BLOB(n) become the smallest type that holds n. */
function smallestOf(type: ColumnType, length: number): ColumnType {
  const prefix = ['tiny', '', 'medium', 'long'].find(
    p => fixedLengths[p + type.dataType]! >= length,
  );
  const dataType = `${prefix ?? 'long'}${type.dataType}`;
  return {...type, dataType, lengthMax: fixedLengths[dataType]!};
}

/** What information_schema escapes in a label (sql/sql_string.cc, append_unescaped). */
const escapes: Record<string, string> = {n: '\n', r: '\r', t: '\t', b: '\b', '0': '\0', Z: '\x1a'};

function parseLabels(inside: string): string[] | null {
  const labels: string[] = [];
  let at = 0;
  for (;;) {
    while (inside[at] === ' ') at++;
    if (inside[at++] !== "'") return null;
    let label = '';
    for (; inside[at] !== "'" || inside[at + 1] === "'"; at++) {
      if (at >= inside.length) return null;
      if (inside[at] === "'") at++;
      const escaped = inside[at] === '\\';
      if (escaped) at++;
      const char = inside[at]!;
      label += escaped ? (escapes[char] ?? char) : char;
    }
    labels.push(label);
    for (at++; inside[at] === ' ';) at++;
    if (at >= inside.length) return labels;
    if (inside[at++] !== ',') return null;
  }
}
