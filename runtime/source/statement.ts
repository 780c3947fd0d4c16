// What classifying a statement of the binlog takes and gives.
import type {AddedColumn} from './columnDefinition.ts';
import type {Token} from './sqlTokens.ts';

export interface Statement {
  /** `begin`: a transaction begins or goes on. `harmless`: ends its transaction and changes nothing we follow. */
  kind:
    | 'begin'
    | 'commit'
    | 'rollback'
    | 'savepoint'
    | 'harmless'
    | 'add-column'
    | 'unsupported'
    | 'xa';
  /** The followed tables it concerns; name `*`: all of that database. */
  tables: TableName[];
  /** The columns of `add-column`, in order. */
  columns: AddedColumn[];
  /** Why it is `unsupported`, as a phrase; empty otherwise. */
  reason: string;
}

export interface TableName {
  database: string;
  name: string;
}

/** Whether a table is followed; with null, whether any table of the database is. */
export type IsSelected = (database: string, table: string | null) => boolean;

/** The name of the key we use of a followed table, so that dropping another index is harmless; null: unknown. */
export type KeyNameOf = (database: string, table: string) => string | null;

/** A statement being classified. */
export interface StatementContext {
  sql: string;
  tokens: Token[];
  defaultDatabase: string;
  isSelected: IsSelected;
  keyNameOf: KeyNameOf;
}

/** Nothing we follow is changed. */
export function harmless(): Statement {
  return {kind: 'harmless', tables: [], columns: [], reason: ''};
}

/** The task has to stop: `reason` says what cannot be followed. */
export function unsupported(tables: TableName[], reason: string): Statement {
  return {kind: 'unsupported', tables, columns: [], reason};
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

function nameAt(tokens: Token[], at: number): string | null {
  const token = tokens[at];
  return token !== undefined && (token.kind === 'word' || token.kind === 'name')
    ? token.value
    : null;
}
