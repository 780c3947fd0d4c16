// What a statement of the binlog means to the tables we follow (rules C15, C16). Conservative: a statement that is not
// understood and names a followed table is `unsupported`, and the task stops with its code; one that does something to
// the rows or the name of a known table asks for a reload. Format: MySQL manual, "SQL Statements".
import {classifyAlter} from './alterTable.ts';
import {tokenize, type Token} from './sqlTokens.ts';
import {
  afterIf,
  harmless,
  plainStatement,
  plainTraits,
  readTableName,
  reload,
  unsupported,
  type IsSelected,
  type IsWanted,
  type KeyNameOf,
  type Statement,
  type StatementContext,
  type StatementTraits,
  type TableName,
} from './statement.ts';

export type {
  IsSelected,
  IsWanted,
  KeyNameOf,
  Statement,
  StatementTraits,
  TableName,
} from './statement.ts';

/** Classifies one statement of a Query event. `sqlMode` is the event's, null when it says none. */
export function classifyStatement(
  sql: string,
  defaultDatabase: string,
  isSelected: IsSelected,
  sqlMode: number | null = null,
  keyNameOf: KeyNameOf = () => null,
  isWanted: IsWanted = () => false,
  traits: StatementTraits = plainTraits,
): Statement {
  const all = tokenize(sql, sqlMode);
  if (all === null) return unsupported([], 'a statement whose quotes or comments do not end');
  const tokens = withoutSettings(all);
  const context = {sql, tokens, defaultDatabase, isSelected, isWanted, keyNameOf, traits};
  const words = tokens.slice(0, 3).map(token => token.keyword);
  const transaction = classifyTransaction(words);
  if (transaction !== null) return plainStatement(transaction);
  const classify = classifiers[words[0] ?? ''] ?? classifyByMention;
  return {...classify(context), isStrict: ((sqlMode ?? 0) & strictModes) !== 0};
}

/** MariaDB: SET STATEMENT variable = value, … FOR the statement that counts. */
function withoutSettings(tokens: Token[]): Token[] {
  if (tokens[0]?.keyword !== 'SET' || tokens[1]?.keyword !== 'STATEMENT') return tokens;
  let depth = 0;
  const at = tokens.findIndex(({keyword}) => {
    if (keyword === '(') depth++;
    if (keyword === ')') depth--;
    return keyword === 'FOR' && depth === 0;
  });
  // Without it the words stand for anything that they name.
  return at < 0 ? tokens.slice(1) : withoutSettings(tokens.slice(at + 1));
}

/** STRICT_TRANS_TABLES and STRICT_ALL_TABLES. */
const strictModes = 0x400000 | 0x800000;

function classifyTransaction([first, second, third]: string[]): Statement['kind'] | null {
  if (first === 'BEGIN') return 'begin';
  if (first === 'START' && second === 'TRANSACTION') return 'begin';
  if (first === 'COMMIT') return 'commit';
  if (first === 'SAVEPOINT' || first === 'RELEASE') return 'savepoint';
  if (first === 'ROLLBACK')
    return second === 'TO' || (second === 'WORK' && third === 'TO') ? 'rollback-to' : 'rollback';
  return first === 'XA' ? 'xa' : null;
}

type Classify = (context: StatementContext) => Statement;

/** By first word. Statements about accounts, plugins, statistics and the like change no rows. */
const classifiers: Record<string, Classify> = {
  ALTER: classifyAlterStatement,
  CREATE: classifyCreate,
  DROP: classifyDrop,
  RENAME: classifyRename,
  TRUNCATE: classifyTruncate,
  ...Object.fromEntries(
    (
      'GRANT REVOKE SET FLUSH ANALYZE OPTIMIZE CHECK CHECKSUM REPAIR INSTALL UNINSTALL KILL CACHE RESET ' +
      'SHUTDOWN RESTART CLONE LOCK UNLOCK USE EXPLAIN DESCRIBE SHOW HELP PURGE CHANGE STOP'
    )
      .split(' ')
      .map(word => [word, harmless]),
  ),
};

/** Objects of CREATE, ALTER and DROP whose statements change no rows of tables. */
const otherObjects = new Set(
  (
    'VIEW TRIGGER PROCEDURE FUNCTION EVENT USER ROLE SERVER TABLESPACE LOGFILE RESOURCE REFERENCE INSTANCE ' +
    'LIBRARY SEQUENCE'
  ).split(' '),
);
const rowObjects = new Set(['TABLE', 'INDEX', 'DATABASE', 'SCHEMA']);

/** Index of the token that says what kind of object is meant; -1 when none does. */
function objectAt(tokens: Token[]): number {
  return tokens.findIndex(
    token =>
      token.kind === 'word' && (otherObjects.has(token.keyword) || rowObjects.has(token.keyword)),
  );
}

function classifyAlterStatement(context: StatementContext): Statement {
  const at = objectAt(context.tokens);
  const object = context.tokens[at]?.keyword;
  if (object === 'TABLE') return classifyAlter(context, at + 1);
  // A database's defaults count for tables made later.
  if (object === 'DATABASE' || object === 'SCHEMA') return harmless();
  return object === undefined || object === 'INDEX' ? classifyByMention(context) : harmless();
}

function classifyCreate(context: StatementContext): Statement {
  const {tokens} = context;
  const at = objectAt(tokens);
  const object = tokens[at]?.keyword;
  if (object === 'TABLE') return classifyCreateTable(context, at);
  if (object === 'INDEX') return classifyCreateIndex(context, at);
  return object === undefined ? classifyByMention(context) : harmless();
}

function classifyCreateTable(context: StatementContext, objectIndex: number): Statement {
  const {tokens, isSelected} = context;
  const before = tokens.slice(0, objectIndex).map(token => token.keyword);
  if (before.includes('TEMPORARY')) return harmless();
  const ifNotExists = tokens[objectIndex + 1]?.keyword === 'IF';
  const named = readTableName(context, afterIf(tokens, objectIndex + 1));
  if (named === null) return classifyByMention(context);
  const {table, next} = named;
  if (isSelected(table.database, table.name)) {
    const fills = tokens
      .slice(next)
      .some(({keyword}) => ['SELECT', 'TABLE', 'VALUES'].includes(keyword));
    // A followed table is there, so IF NOT EXISTS does nothing.
    if (ifNotExists && !fills && !before.includes('REPLACE')) return harmless();
    return reload([table], ['create-table'], 'a followed table is created again');
  }
  // CREATE TABLE … SELECT in row format: the rows follow in the same transaction (correctness fact e).
  const ending = tokens.slice(-2).map(token => token.keyword);
  const fills = ending[0] === 'START' && ending[1] === 'TRANSACTION';
  if (context.isWanted(table.database, table.name))
    return {...plainStatement('create'), tables: [table], ddl: ['create-table'], fills};
  return plainStatement(fills ? 'begin' : 'harmless');
}

function classifyCreateIndex(context: StatementContext, objectIndex: number): Statement {
  const {tokens, isSelected} = context;
  const on = tokens.findIndex((token, i) => i > objectIndex && token.keyword === 'ON');
  const named = on < 0 ? null : readTableName(context, on + 1);
  if (named === null) return classifyByMention(context);
  const {table} = named;
  const isUnique = tokens.slice(0, objectIndex).some(token => token.keyword === 'UNIQUE');
  if (!isUnique || !isSelected(table.database, table.name)) return harmless();
  // Beside a primary key no other is chosen.
  if (context.keyNameOf(table.database, table.name) === 'PRIMARY') return harmless();
  return reload([table], ['change-key'], 'a unique index is added');
}

function classifyDrop(context: StatementContext): Statement {
  const {tokens, isSelected} = context;
  const at = objectAt(tokens);
  const object = tokens[at]?.keyword;
  // TABLES is a synonym that only DROP knows.
  const tablesAt = tokens.findIndex(token => token.keyword === 'TABLES');
  if (object === 'TABLE' || tablesAt === 1)
    return classifyDropTable(context, Math.max(at, tablesAt));
  if (object === 'INDEX') return classifyDropIndex(context, at);
  if (object !== 'DATABASE' && object !== 'SCHEMA')
    return object === undefined ? classifyByMention(context) : harmless();
  const name = tokens[afterIf(tokens, at + 1)]?.value ?? '';
  if (!isSelected(name, null)) return harmless();
  const tables = [{database: name, name: '*'}];
  return reload(tables, ['drop-table'], 'a database with followed tables is dropped');
}

function classifyDropTable(context: StatementContext, objectIndex: number): Statement {
  const {tokens} = context;
  if (tokens[1]?.keyword === 'TEMPORARY') return harmless();
  const dropped = selectedAmong(context, afterIf(tokens, objectIndex + 1));
  if (dropped.length === 0) return harmless();
  return reload(dropped, ['drop-table'], 'a followed table is dropped');
}

function classifyDropIndex(context: StatementContext, objectIndex: number): Statement {
  const {tokens, isSelected, keyNameOf} = context;
  const nameIndex = afterIf(tokens, objectIndex + 1);
  const name = tokens[nameIndex]?.value ?? '';
  const named =
    tokens[nameIndex + 1]?.keyword === 'ON' ? readTableName(context, nameIndex + 2) : null;
  if (named === null) return classifyByMention(context);
  const {table} = named;
  if (!isSelected(table.database, table.name)) return harmless();
  const key = keyNameOf(table.database, table.name);
  if (key !== null && key.toLowerCase() !== name.toLowerCase()) return harmless();
  return reload([table], ['change-key'], `index ${name} is dropped`);
}

function classifyRename(context: StatementContext): Statement {
  const object = context.tokens[1]?.keyword;
  if (object === 'USER') return harmless();
  if (object !== 'TABLE' && object !== 'TABLES') return classifyByMention(context);
  const renamed = selectedAmong(context, 2);
  if (renamed.length > 0) return reload(renamed, ['rename-table'], 'a followed table is renamed');
  const wanted = namesFrom(context, 2).find(({database, name}) => context.isWanted(database, name));
  if (wanted === undefined) return harmless();
  return {...plainStatement('create'), tables: [wanted], ddl: ['create-table']};
}

function classifyTruncate(context: StatementContext): Statement {
  const named = readTableName(context, context.tokens[1]?.keyword === 'TABLE' ? 2 : 1);
  if (named === null) return classifyByMention(context);
  const {table} = named;
  if (!context.isSelected(table.database, table.name)) return harmless();
  return reload([table], ['truncate-table'], 'a followed table is truncated');
}

/** Any statement not understood: it is about whatever it names. Rows changed by statement come here too. */
function classifyByMention(context: StatementContext): Statement {
  const named = selectedAmong(context, 0);
  if (named.length === 0) return harmless();
  return unsupported(named, 'a statement that we do not follow names a followed table');
}

/** The followed tables that the tokens from `first` on may name. */
function selectedAmong(context: StatementContext, first: number): TableName[] {
  return namesFrom(context, first).filter(({database, name}) => context.isSelected(database, name));
}

/** What the tokens from `first` on may name. What stands after a dot is not a table by itself, nor is TO. */
function namesFrom(context: StatementContext, first: number): TableName[] {
  const found = new Map<string, TableName>();
  for (let at = first; at < context.tokens.length; at++) {
    const isName = context.tokens[at - 1]?.keyword !== '.' && context.tokens[at]!.keyword !== 'TO';
    const named = isName ? readTableName(context, at) : null;
    if (named === null) continue;
    const {table} = named;
    found.set(JSON.stringify([table.database, table.name]), table);
  }
  return [...found.values()];
}
