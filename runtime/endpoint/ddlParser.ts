// Parses MaxCompute DDL (protocol section 17) to ddl.ts. What begins like DDL and is none it knows is an ODPS-0130161.
import {isSyncError} from '../base/errors.ts';
import {parseOdpsType, type OdpsType} from '../codec/odpsType.ts';
import type {
  ColumnChange,
  ColumnDefinition,
  CreateTable,
  Ddl,
  PartitionPairs,
  TableName,
} from './ddl.ts';
import {parseError, sqlError, type Token} from './sqlTokens.ts';

/** Walks the tokens of one statement. */
export interface Cursor {
  sql: string;
  tokens: Token[];
  at: number;
}

/** The statement as DDL; null when it is something else (a query, INSERT, UPDATE …). */
export function parseDdl(sql: string, tokens: Token[]): Ddl | null {
  const cursor = {sql, tokens, at: 0};
  const ddl = statement(cursor);
  if (ddl !== null && cursor.at < tokens.length) throw wrong(cursor, 'end of statement');
  return ddl;
}

function statement(cursor: Cursor): Ddl | null {
  if (takeWords(cursor, 'CREATE', 'TABLE')) return createTable(cursor);
  if (takeWords(cursor, 'CREATE', 'EXTERNAL'))
    throw refused(cursor, 'external tables are not supported');
  if (takeWords(cursor, 'CREATE', 'SCHEMA')) {
    const ifNotExists = takeWords(cursor, 'IF', 'NOT', 'EXISTS');
    return {kind: 'createSchema', name: schemaName(cursor), ifNotExists};
  }
  if (takeWords(cursor, 'DROP', 'TABLE')) {
    const ifExists = takeWords(cursor, 'IF', 'EXISTS');
    const table = tableName(cursor);
    takeWords(cursor, 'PURGE');
    return {kind: 'drop', table, ifExists};
  }
  if (takeWords(cursor, 'DROP', 'SCHEMA')) {
    const ifExists = takeWords(cursor, 'IF', 'EXISTS');
    return {kind: 'dropSchema', name: schemaName(cursor), ifExists};
  }
  if (takeWords(cursor, 'TRUNCATE', 'TABLE')) {
    const table = tableName(cursor);
    const partition = takeWords(cursor, 'PARTITION') ? partitionPairs(cursor) : null;
    return {kind: 'truncate', table, partition};
  }
  if (takeWords(cursor, 'ALTER', 'TABLE')) return alterTable(cursor);
  if (takeWords(cursor, 'SHOW')) return show(cursor);
  if (takeWords(cursor, 'DESC') || takeWords(cursor, 'DESCRIBE')) {
    takeWords(cursor, 'EXTENDED');
    takeWords(cursor, 'TABLE');
    const table = tableName(cursor);
    const partition = takeWords(cursor, 'PARTITION') ? partitionPairs(cursor) : null;
    return {kind: 'describe', table, partition};
  }
  return null;
}

function createTable(cursor: Cursor): CreateTable {
  const create: CreateTable = {
    kind: 'create',
    ifNotExists: takeWords(cursor, 'IF', 'NOT', 'EXISTS'),
    table: tableName(cursor),
    columns: [],
    partitionKeys: [],
    primaryKey: [],
    comment: '',
    lifecycleDays: null,
    properties: {},
    query: null,
    like: null,
  };
  if (takeWords(cursor, 'LIKE')) create.like = tableName(cursor);
  else if (takeMark(cursor, '(')) columnsAndKey(cursor, create);
  while (cursor.at < cursor.tokens.length && create.query === null) clause(cursor, create);
  return create;
}

function columnsAndKey(cursor: Cursor, create: CreateTable): void {
  do {
    if (takeWords(cursor, 'PRIMARY', 'KEY')) {
      expectMark(cursor, '(');
      create.primaryKey = names(cursor);
      for (const words of [['DISABLE'], ['NOVALIDATE'], ['NORELY']]) takeWords(cursor, ...words);
    } else {
      const column = columnDefinition(cursor);
      if (takeWords(cursor, 'PRIMARY', 'KEY')) create.primaryKey.push(column.name);
      create.columns.push(column);
    }
  } while (takeMark(cursor, ','));
  expectMark(cursor, ')');
}

function clause(cursor: Cursor, create: CreateTable): void {
  if (takeWords(cursor, 'COMMENT')) create.comment = text(cursor);
  else if (takeWords(cursor, 'PARTITIONED', 'BY')) {
    expectMark(cursor, '(');
    create.partitionKeys = columnList(cursor);
  } else if (takeWords(cursor, 'TBLPROPERTIES')) create.properties = properties(cursor);
  else if (takeWords(cursor, 'LIFECYCLE')) create.lifecycleDays = whole(cursor);
  else if (takeWords(cursor, 'CLUSTERED', 'BY') || takeWords(cursor, 'RANGE', 'CLUSTERED', 'BY')) {
    // Clustering is about storage; it changes no answer, so it is read and left.
    expectMark(cursor, '(');
    names(cursor);
    if (takeWords(cursor, 'SORTED', 'BY')) {
      expectMark(cursor, '(');
      names(cursor);
    }
    if (takeWords(cursor, 'INTO')) {
      whole(cursor);
      expectWords(cursor, 'BUCKETS');
    }
  } else if (takeWords(cursor, 'STORED', 'AS')) word(cursor);
  else if (takeWords(cursor, 'AS')) {
    const first = cursor.tokens[cursor.at];
    if (first === undefined) throw wrong(cursor, 'a query');
    create.query = cursor.sql.slice(first.start);
    cursor.at = cursor.tokens.length;
  } else throw wrong(cursor, 'a clause of CREATE TABLE');
}

function alterTable(cursor: Cursor): Ddl {
  const table = tableName(cursor);
  if (takeWords(cursor, 'ADD')) return alterAdd(cursor, table);
  if (takeWords(cursor, 'DROP')) return alterDrop(cursor, table);
  if (takeWords(cursor, 'PARTITION')) {
    const from = partitionPairs(cursor);
    expectWords(cursor, 'RENAME', 'TO', 'PARTITION');
    return {kind: 'renamePartition', table, from, to: partitionPairs(cursor)};
  }
  if (takeWords(cursor, 'RENAME', 'TO')) return {kind: 'rename', table, name: word(cursor)};
  if (takeWords(cursor, 'TOUCH')) {
    if (takeWords(cursor, 'PARTITION')) partitionPairs(cursor);
    return {kind: 'touch', table};
  }
  if (takeWords(cursor, 'SET', 'TBLPROPERTIES')) {
    return {kind: 'setProperties', table, properties: properties(cursor)};
  }
  if (takeWords(cursor, 'SET', 'LIFECYCLE')) {
    return {kind: 'setLifecycle', table, days: whole(cursor)};
  }
  if (takeWords(cursor, 'DISABLE', 'LIFECYCLE')) return {kind: 'setLifecycle', table, days: null};
  if (takeWords(cursor, 'SET', 'COMMENT')) {
    return {kind: 'setComment', table, comment: text(cursor)};
  }
  if (takeWords(cursor, 'CHANGE') || takeWords(cursor, 'ALTER')) {
    takeWords(cursor, 'COLUMN');
    return changeColumn(cursor, table);
  }
  throw wrong(cursor, 'a clause of ALTER TABLE');
}

function alterAdd(cursor: Cursor, table: TableName): Ddl {
  if (takeWords(cursor, 'COLUMNS') || takeWords(cursor, 'COLUMN')) {
    const ifNotExists = takeWords(cursor, 'IF', 'NOT', 'EXISTS');
    const columns = takeMark(cursor, '(') ? columnList(cursor) : [columnDefinition(cursor)];
    return {kind: 'addColumns', table, ifNotExists, columns};
  }
  const ifNotExists = takeWords(cursor, 'IF', 'NOT', 'EXISTS');
  return {kind: 'addPartitions', table, ifNotExists, partitions: partitionList(cursor)};
}

function alterDrop(cursor: Cursor, table: TableName): Ddl {
  if (takeWords(cursor, 'COLUMNS') || takeWords(cursor, 'COLUMN')) {
    const listed = takeMark(cursor, '(');
    const found = [word(cursor)];
    while (takeMark(cursor, ',')) found.push(word(cursor));
    if (listed) expectMark(cursor, ')');
    return {kind: 'dropColumns', table, names: found};
  }
  const ifExists = takeWords(cursor, 'IF', 'EXISTS');
  return {kind: 'dropPartitions', table, ifExists, partitions: partitionList(cursor)};
}

/** `a b TYPE`, `a RENAME TO b`, `a COMMENT 'x'`, `a NULL`, `a TYPE`. */
function changeColumn(cursor: Cursor, table: TableName): Ddl {
  const name = word(cursor);
  const to: ColumnChange = {name: null, type: null, comment: null, nullable: false};
  if (takeWords(cursor, 'RENAME', 'TO')) to.name = word(cursor);
  else if (takeWords(cursor, 'NULL')) to.nullable = true;
  else if (takeWords(cursor, 'COMMENT')) to.comment = text(cursor);
  else {
    to.name = word(cursor);
    to.type = columnType(cursor);
    if (takeWords(cursor, 'COMMENT')) to.comment = text(cursor);
  }
  return {kind: 'changeColumn', table, name, to};
}

function show(cursor: Cursor): Ddl {
  if (takeWords(cursor, 'TABLES')) {
    const schema = takeWords(cursor, 'IN') ? schemaName(cursor) : null;
    const pattern = takeWords(cursor, 'LIKE') ? text(cursor) : null;
    return {kind: 'showTables', schema, pattern};
  }
  if (takeWords(cursor, 'PARTITIONS')) return {kind: 'showPartitions', table: tableName(cursor)};
  if (takeWords(cursor, 'CREATE', 'TABLE')) return {kind: 'showCreate', table: tableName(cursor)};
  if (takeWords(cursor, 'SCHEMAS')) {
    if (takeWords(cursor, 'IN')) word(cursor);
    return {kind: 'showSchemas'};
  }
  throw wrong(cursor, 'TABLES, PARTITIONS, SCHEMAS or CREATE TABLE');
}

function columnList(cursor: Cursor): ColumnDefinition[] {
  const columns = [columnDefinition(cursor)];
  while (takeMark(cursor, ',')) columns.push(columnDefinition(cursor));
  expectMark(cursor, ')');
  return columns;
}

function columnDefinition(cursor: Cursor): ColumnDefinition {
  const name = word(cursor);
  const column: ColumnDefinition = {
    name,
    type: columnType(cursor),
    comment: '',
    nullable: true,
    defaultValue: null,
  };
  for (;;) {
    if (takeWords(cursor, 'NOT', 'NULL')) column.nullable = false;
    else if (takeWords(cursor, 'NULL')) column.nullable = true;
    else if (takeWords(cursor, 'COMMENT')) column.comment = text(cursor);
    else if (takeWords(cursor, 'DEFAULT', 'NULL')) column.defaultValue = null;
    else if (takeWords(cursor, 'DEFAULT')) column.defaultValue = literal(cursor);
    else return column;
  }
}

/** A type ends where its brackets are closed. */
function columnType(cursor: Cursor): OdpsType {
  const first = cursor.tokens[cursor.at];
  if (first?.kind !== 'word') throw wrong(cursor, 'a type');
  let depth = 0;
  let end = first.end;
  do {
    end = cursor.tokens[cursor.at]!.end;
    cursor.at++;
    const next = cursor.tokens[cursor.at];
    if (next?.kind === 'mark' && (next.text === '<' || next.text === '(')) depth++;
    else if (next?.kind === 'mark' && (next.text === '>' || next.text === ')')) depth--;
    else if (depth === 0) break;
    if (depth < 0) break;
  } while (cursor.at < cursor.tokens.length);
  const written = cursor.sql.slice(first.start, end);
  try {
    return parseOdpsType(written);
  } catch (error) {
    if (!isSyncError(error)) throw error;
    throw sqlError('0130161', cursor.sql, first.start, 'Parse exception', `not a type: ${written}`);
  }
}

function partitionList(cursor: Cursor): PartitionPairs[] {
  const partitions: PartitionPairs[] = [];
  expectWords(cursor, 'PARTITION');
  do {
    partitions.push(partitionPairs(cursor));
    takeMark(cursor, ',');
  } while (takeWords(cursor, 'PARTITION'));
  return partitions;
}

/** `(dt='1', hh=2)`. */
export function partitionPairs(cursor: Cursor): PartitionPairs {
  expectMark(cursor, '(');
  const pairs: PartitionPairs = [];
  do {
    const name = word(cursor);
    expectMark(cursor, '=');
    pairs.push([name, literal(cursor)]);
  } while (takeMark(cursor, ','));
  expectMark(cursor, ')');
  return pairs;
}

function properties(cursor: Cursor): Record<string, string> {
  expectMark(cursor, '(');
  const found: Record<string, string> = {};
  do {
    const key = text(cursor);
    expectMark(cursor, '=');
    found[key] = text(cursor);
  } while (takeMark(cursor, ','));
  expectMark(cursor, ')');
  return found;
}

/** `t`, `p.t` or `p.s.t`; words or names in backticks. */
export function tableName(cursor: Cursor): TableName {
  const start = cursor.tokens[cursor.at]?.start ?? cursor.sql.length;
  const parts = [word(cursor)];
  while (takeMark(cursor, '.')) parts.push(word(cursor));
  if (parts.length > 3) throw parseError(cursor.sql, start, `not a table name: ${parts.join('.')}`);
  const name = parts.at(-1)!;
  const schema = parts.length === 3 ? parts[1]! : null;
  return {name, schema, project: parts.length > 1 ? parts[0]! : null, start};
}

function schemaName(cursor: Cursor): string {
  const first = word(cursor);
  return takeMark(cursor, '.') ? word(cursor) : first;
}

function names(cursor: Cursor): string[] {
  const found: string[] = [];
  do {
    found.push(word(cursor));
    if (!takeWords(cursor, 'ASC')) takeWords(cursor, 'DESC');
  } while (takeMark(cursor, ','));
  expectMark(cursor, ')');
  return found;
}

/** A name, lower case. */
export function word(cursor: Cursor): string {
  const token = cursor.tokens[cursor.at];
  if (token?.kind !== 'word' && token?.kind !== 'quoted') throw wrong(cursor, 'a name');
  cursor.at++;
  return token.text.toLowerCase();
}

/** A text in quotes. */
export function text(cursor: Cursor): string {
  const token = cursor.tokens[cursor.at];
  if (token?.kind !== 'text') throw wrong(cursor, 'a text in quotes');
  cursor.at++;
  return token.text;
}

function literal(cursor: Cursor): string {
  const minus = takeMark(cursor, '-') ? '-' : '';
  const token = cursor.tokens[cursor.at];
  if (token === undefined || token.kind === 'mark') throw wrong(cursor, 'a value');
  cursor.at++;
  return minus + token.text;
}

function whole(cursor: Cursor): number {
  const token = cursor.tokens[cursor.at];
  if (token?.kind !== 'number' || !/^\d+$/.test(token.text)) throw wrong(cursor, 'a whole number');
  cursor.at++;
  return Number(token.text);
}

/** Takes these words when all of them follow. */
export function takeWords(cursor: Cursor, ...words: string[]): boolean {
  for (const [i, due] of words.entries()) {
    const token = cursor.tokens[cursor.at + i];
    if (token?.kind !== 'word' || token.text.toUpperCase() !== due) return false;
  }
  cursor.at += words.length;
  return true;
}

function expectWords(cursor: Cursor, ...words: string[]): void {
  if (!takeWords(cursor, ...words)) throw wrong(cursor, words.join(' '));
}

/** Takes this mark when it follows. */
export function takeMark(cursor: Cursor, mark: string): boolean {
  const token = cursor.tokens[cursor.at];
  if (token?.kind !== 'mark' || token.text !== mark) return false;
  cursor.at++;
  return true;
}

function expectMark(cursor: Cursor, mark: string): void {
  if (!takeMark(cursor, mark)) throw wrong(cursor, `"${mark}"`);
}

function refused(cursor: Cursor, what: string): Error {
  const {start} = cursor.tokens[cursor.at - 1]!;
  return sqlError('0130071', cursor.sql, start, 'Semantic analysis exception', what);
}

/** ODPS-0130161 at the cursor, where something else is due. */
export function wrong(cursor: Cursor, due: string): Error {
  const token = cursor.tokens[cursor.at];
  const found = token === undefined ? 'the end' : `"${token.text}"`;
  return parseError(cursor.sql, token?.start ?? cursor.sql.length, `${found} where ${due} is due`);
}
