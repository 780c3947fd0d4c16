// One column definition of ALTER TABLE. Refuses, with a phrase, whatever fills existing rows with something other than a
// constant, and what makes a key (rule C16). Format: MySQL manual, "CREATE TABLE Statement", column_definition.
import {isSyncError} from '../base/errors.ts';
import type {ColumnPlace} from '../codec/alterColumns.ts';
import {parseColumnType, type ColumnType} from '../codec/columnType.ts';
import type {SourceColumn} from '../codec/sourceTable.ts';
import type {Token} from './sqlTokens.ts';

export interface DefinedColumn {
  /** As the catalog would tell it; `charset` and `collation` of a text column are null when the table's default counts. */
  column: SourceColumn;
  place: ColumnPlace;
}

/** The column; or why existing rows get other values by it. A column that is `changed` keeps them, whatever its default. */
export function readColumn(
  sql: string,
  tokens: Token[],
  how: 'added' | 'changed',
): DefinedColumn | string {
  const [name, ...rest] = tokens;
  if (name === undefined || (name.kind !== 'word' && name.kind !== 'name'))
    return 'a column without a name';
  if (name.keyword === 'IF') return 'a column is added if it is not there';
  const typeEnd = rest.findIndex((token, i) => isAttribute(token, rest[i + 1]));
  const typeTokens = typeEnd < 0 ? rest : rest.slice(0, typeEnd);
  const attributes = typeEnd < 0 ? [] : rest.slice(typeEnd);
  if (typeTokens.length === 0) return 'a column without a type';
  const columnType = sql.slice(typeTokens[0]!.at, typeTokens.at(-1)!.end);
  if (typeTokens[0]!.keyword === 'SERIAL') return 'a column that numbers the rows is added';
  const type = readType(columnType);
  if (type === null) return `a column of type ${columnType} is added`;
  const reader: AttributeReader = {
    tokens: attributes,
    at: 0,
    column: newColumn(name.value, columnType, type),
    place: 'stay',
    hasDefault: false,
    isAdded: how === 'added',
  };
  const problem = readAttributes(reader);
  if (problem !== null) return problem;
  // Without explicit_defaults_for_timestamp such a column is filled with the time of the ALTER.
  const isTimed = type.dataType === 'timestamp' && !reader.column.nullable && !reader.hasDefault;
  if (isTimed && how === 'added') return 'a TIMESTAMP column without a default is added';
  return {column: reader.column, place: reader.place};
}

/** Words that end the type. Type words that are attributes too (BINARY, UNSIGNED) belong to the type. */
const attributeWords = new Set(
  (
    'NOT NULL DEFAULT AUTO_INCREMENT UNIQUE PRIMARY KEY COMMENT COLLATE COLUMN_FORMAT ENGINE_ATTRIBUTE ' +
    'SECONDARY_ENGINE_ATTRIBUTE STORAGE GENERATED AS VIRTUAL STORED VISIBLE INVISIBLE CHECK CONSTRAINT REFERENCES ' +
    'ON FIRST AFTER SRID CHARSET ASCII UNICODE'
  ).split(' '),
);

function isAttribute(token: Token, next: Token | undefined): boolean {
  const isCharset = ['CHARACTER', 'CHAR'].includes(token.keyword) && next?.keyword === 'SET';
  return isCharset || attributeWords.has(token.keyword);
}

function readType(columnType: string): ColumnType | null {
  try {
    return parseColumnType(columnType);
  } catch (error) {
    if (isSyncError(error)) return null;
    throw error;
  }
}

function newColumn(name: string, columnType: string, type: ColumnType): SourceColumn {
  return {
    name,
    dataType: type.dataType,
    columnType,
    unsigned: type.unsigned,
    nullable: true,
    charset: null,
    collation: null,
    precision: type.precision,
    scale: type.scale,
    fractionDigits: type.fractionDigits,
    lengthMax: type.lengthMax,
    labels: type.labels,
    generated: 'none',
    invisible: false,
    autoIncrement: false,
    defaultText: null,
    defaultExpression: null,
    comment: '',
    srid: null,
  };
}

/** CHAR CHARACTER SET binary is BINARY, and so on. */
const binaryTwins: Record<string, string> = {
  char: 'binary',
  varchar: 'varbinary',
  tinytext: 'tinyblob',
  text: 'blob',
  mediumtext: 'mediumblob',
  longtext: 'longblob',
};

interface AttributeReader {
  tokens: Token[];
  at: number;
  column: SourceColumn;
  place: ColumnPlace;
  hasDefault: boolean;
  isAdded: boolean;
}

function readAttributes(reader: AttributeReader): string | null {
  while (reader.at < reader.tokens.length) {
    const token = reader.tokens[reader.at++]!;
    const read = attributes[token.keyword];
    if (read === undefined) return `a column is defined with ${token.value}`;
    const problem = read(reader);
    if (problem !== null) return problem;
  }
  return null;
}

type ReadAttribute = (reader: AttributeReader) => string | null;

const refuse =
  (reason: string): ReadAttribute =>
  () =>
    reason;
const pass: ReadAttribute = () => null;
const skipValue: ReadAttribute = reader => {
  if (reader.tokens[reader.at]?.keyword === '=') reader.at++;
  reader.at++;
  return null;
};

const attributes: Record<string, ReadAttribute> = {
  NULL: pass,
  NOT: reader => {
    if (reader.tokens[reader.at++]?.keyword !== 'NULL') return 'a column is defined with NOT';
    reader.column.nullable = false;
    return null;
  },
  DEFAULT: readDefault,
  ON: readOnUpdate,
  COMMENT: reader => {
    reader.column.comment = reader.tokens[reader.at++]?.value ?? '';
    return null;
  },
  COLLATE: reader => {
    if (reader.tokens[reader.at]?.keyword === '=') reader.at++;
    reader.column.collation = reader.tokens[reader.at++]?.value.toLowerCase() ?? null;
    return null;
  },
  CHARSET: readCharset,
  CHARACTER: readCharset,
  CHAR: readCharset,
  ASCII: reader => {
    reader.column.charset = 'latin1';
    return null;
  },
  UNICODE: reader => {
    reader.column.charset = 'ucs2';
    return null;
  },
  SRID: reader => {
    reader.column.srid = Number(reader.tokens[reader.at++]?.value);
    return null;
  },
  COLUMN_FORMAT: skipValue,
  STORAGE: skipValue,
  ENGINE_ATTRIBUTE: skipValue,
  SECONDARY_ENGINE_ATTRIBUTE: skipValue,
  VISIBLE: pass,
  INVISIBLE: reader => {
    reader.column.invisible = true;
    return null;
  },
  FIRST: reader => {
    reader.place = 'first';
    return null;
  },
  AFTER: reader => {
    reader.place = {after: reader.tokens[reader.at++]?.value ?? ''};
    return null;
  },
  AUTO_INCREMENT: reader => {
    if (reader.isAdded) return 'a column that numbers the rows is added';
    reader.column.autoIncrement = true;
    return null;
  },
  UNIQUE: refuse('a column gets a key'),
  PRIMARY: refuse('a column gets a key'),
  KEY: refuse('a column gets a key'),
  GENERATED: refuse('a column is generated'),
  AS: refuse('a column is generated'),
  REFERENCES: refuse('a column gets a foreign key'),
  CONSTRAINT: reader => {
    // The name may be left out.
    if (reader.tokens[reader.at]?.keyword !== 'CHECK') reader.at++;
    return reader.tokens[reader.at]?.keyword === 'CHECK' ? null : 'a column gets a constraint';
  },
  CHECK: reader => {
    skipParentheses(reader);
    if (reader.tokens[reader.at]?.keyword === 'NOT') reader.at++;
    if (reader.tokens[reader.at]?.keyword === 'ENFORCED') reader.at++;
    return null;
  },
};

/** The server judges what stands in them. */
function skipParentheses(reader: AttributeReader): void {
  let depth = 0;
  do {
    const word = reader.tokens[reader.at++]?.keyword;
    if (word === '(') depth++;
    if (word === ')') depth--;
  } while (depth > 0 && reader.at < reader.tokens.length);
}

/** CHARSET x or CHARACTER SET x; `binary` makes a text column a binary one. */
function readCharset(reader: AttributeReader): string | null {
  if (reader.tokens[reader.at]?.keyword === 'SET') reader.at++;
  if (reader.tokens[reader.at]?.keyword === '=') reader.at++;
  const charset = reader.tokens[reader.at++]?.value.toLowerCase() ?? '';
  const {column} = reader;
  if (charset === 'binary') column.dataType = binaryTwins[column.dataType] ?? column.dataType;
  else column.charset = charset;
  return null;
}

/** Constants only: texts, numbers, NULL, TRUE, FALSE, and typed texts such as b'1' or DATE '2020-01-01'. */
function readDefault(reader: AttributeReader): string | null {
  const {tokens, column} = reader;
  const notConstant = 'a column whose default is not a constant is added';
  reader.hasDefault = true;
  if (!reader.isAdded && isExpression(tokens, reader.at)) return skipExpression(reader);
  let sign = '';
  if (['-', '+'].includes(tokens[reader.at]?.keyword ?? ''))
    sign = tokens[reader.at++]!.keyword === '-' ? '-' : '';
  const token = tokens[reader.at++];
  if (token === undefined) return notConstant;
  if (token.kind === 'text') column.defaultText = token.value;
  else if (token.keyword === 'NULL') column.defaultText = null;
  else if (token.keyword === 'TRUE' || token.keyword === 'FALSE')
    column.defaultText = token.keyword === 'TRUE' ? '1' : '0';
  else if (/^\d/.test(token.value) || token.keyword === '.')
    column.defaultText = sign + readNumber(reader, token);
  else return notConstant;
  // Two texts in a row are one; rather than join them they are refused.
  return tokens[reader.at]?.kind === 'text' ? notConstant : null;
}

/** A function or an expression between parentheses: it counts for rows to come. */
function isExpression(tokens: Token[], at: number): boolean {
  const {kind, keyword} = tokens[at] ?? {kind: 'mark', keyword: ''};
  if (keyword === '(') return true;
  return kind === 'word' && /^(CURRENT_TIMESTAMP|NOW|LOCALTIME|LOCALTIMESTAMP)$/.test(keyword);
}

function skipExpression(reader: AttributeReader): null {
  if (reader.tokens[reader.at]!.keyword !== '(') reader.at++;
  if (reader.tokens[reader.at]?.keyword === '(') skipParentheses(reader);
  return null;
}

/** `1.50` comes as the tokens 1 . 50, `1e-3` as 1e - 3. */
function readNumber(reader: AttributeReader, first: Token): string {
  let text = first.value;
  let end = first.end;
  while (
    reader.tokens[reader.at]?.at === end &&
    /^[\w.+-]+$/.test(reader.tokens[reader.at]!.value)
  ) {
    const token = reader.tokens[reader.at++]!;
    text += token.value;
    end = token.end;
  }
  return text;
}

/** ON UPDATE CURRENT_TIMESTAMP[(n)]: what it writes is in the row events. */
function readOnUpdate(reader: AttributeReader): string | null {
  reader.at += 2;
  if (reader.tokens[reader.at]?.keyword !== '(') return null;
  while (reader.at < reader.tokens.length && reader.tokens[reader.at++]!.keyword !== ')');
  return null;
}
