// What classifying a statement of the binlog takes and gives.
import type {ColumnChange} from '../codec/alterColumns.ts';
import type {DdlKind} from '../spec/objects.ts';
import type {Token} from './sqlTokens.ts';

export interface Statement {
  /**
   * `begin`: a transaction begins or goes on. `harmless`: ends its transaction and changes nothing we follow.
   * `alter`: one followed table gets other columns, and its rows stay what they are. `reload`: rows of followed tables
   * change without row events, or a name means another table from here on. `create`: a table that the task wants is there.
   * `rollback-to`: the rows of the transaction since a savepoint stand in the binlog and are undone.
   */
  kind:
    | 'begin'
    | 'commit'
    | 'rollback'
    | 'savepoint'
    | 'rollback-to'
    | 'harmless'
    | 'alter'
    | 'reload'
    | 'create'
    | 'unsupported'
    | 'xa';
  /** The followed tables it concerns; name `*`: all of that database. Of `create`, the new table. */
  tables: TableName[];
  /** What `alter` does to the columns. A text column has no charset where the table's default counts. */
  changes: ColumnChange[];
  /** The kinds of change that an `alter` or `reload` holds, as the setting `ddl` names them. */
  ddl: DdlKind[];
  /** It ran in strict mode: MySQL refuses an ALTER that would cut a value. */
  isStrict: boolean;
  /** Of `create`: the statement fills the table too, in the transaction that it begins. */
  fills: boolean;
  /** What a `reload` does, or why it is `unsupported`, as a phrase; empty otherwise. */
  reason: string;
}

export interface TableName {
  database: string;
  name: string;
}

/** Whether a table is followed; with null, whether any table of the database is. */
export type IsSelected = (database: string, table: string | null) => boolean;

/** Whether the task wants a table that it does not follow yet. */
export type IsWanted = (database: string, table: string) => boolean;

/** The name of the key we use of a followed table, so that dropping another index is harmless; null: unknown. */
export type KeyNameOf = (database: string, table: string) => string | null;

/** What statements mean differently from server to server. */
export interface StatementTraits {
  /** JSON is LONGTEXT, and some statements have words of their own. */
  isMariadb: boolean;
  /** Without explicit_defaults_for_timestamp a TIMESTAMP that says nothing of NULL is filled with a time (before 8.0). */
  fillsTimestamps: boolean;
}

/** MySQL from 8.0 on. */
export const plainTraits: StatementTraits = {isMariadb: false, fillsTimestamps: false};

/** A statement being classified. */
export interface StatementContext {
  sql: string;
  tokens: Token[];
  defaultDatabase: string;
  isSelected: IsSelected;
  isWanted: IsWanted;
  keyNameOf: KeyNameOf;
  traits: StatementTraits;
}

/** A statement of `kind` that concerns nothing. */
export function plainStatement(kind: Statement['kind']): Statement {
  return {kind, tables: [], changes: [], ddl: [], isStrict: false, fills: false, reason: ''};
}

/** Nothing we follow is changed. */
export function harmless(): Statement {
  return plainStatement('harmless');
}

/** Rows of `tables` change without row events, or their names mean other tables: `reason` says how. */
export function reload(tables: TableName[], ddl: DdlKind[], reason: string): Statement {
  return {...plainStatement('reload'), tables, ddl, reason};
}

/** The task has to stop: `reason` says what cannot be followed. */
export function unsupported(tables: TableName[], reason: string): Statement {
  return {...plainStatement('unsupported'), tables, reason};
}

/** `name` or `database.name` at token `at`, and the index of the token after it. */
export function readTableName(
  context: StatementContext,
  at: number,
): {table: TableName; next: number} | null {
  const {tokens, defaultDatabase} = context;
  const first = nameAt(tokens, at);
  if (first === null) return null;
  const second = tokens[at + 1]?.keyword === '.' ? nameAt(tokens, at + 2) : null;
  if (second === null) return {table: {database: defaultDatabase, name: first}, next: at + 1};
  return {table: {database: first, name: second}, next: at + 3};
}

/** The index after `IF EXISTS` or `IF NOT EXISTS` at token `at`; `at` where there is none. */
export function afterIf(tokens: readonly Token[], at: number): number {
  if (tokens[at]?.keyword !== 'IF') return at;
  const exists = tokens[at + 1]?.keyword === 'NOT' ? at + 2 : at + 1;
  return tokens[exists]?.keyword === 'EXISTS' ? exists + 1 : at;
}

function nameAt(tokens: Token[], at: number): string | null {
  const token = tokens[at];
  return token !== undefined && (token.kind === 'word' || token.kind === 'name')
    ? token.value
    : null;
}
