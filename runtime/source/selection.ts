// Which tables a task's objects mean: plain names, globs with * ? [ and /regular expressions/. A plain name wins over
// patterns, then the first entry that matches. Patterns never mean the helper tables of online schema change tools.
import {compilePattern, isPattern} from '../spec/pattern.ts';
import {shardOf, type Shard} from '../spec/shard.ts';

/** The part of one entry of `objects` that selects tables. */
export interface ObjectSelection {
  database: string;
  tables: ReadonlyArray<string | {name: string}>;
  exclude: readonly string[];
  /** Only tables of this share, the same for every entry; absent: all. */
  shard?: Shard;
}

/** Where in `objects` a table is selected. */
export interface SelectedAt {
  objectIndex: number;
  tableIndex: number;
}

/** gh-ost: _t_gho, _t_ghc, _t_del; pt-online-schema-change: _t_new, _t_old. The name between is the table's. */
const helperTable = /^_+(.+)_(gho|ghc|del|new|old)$/;

/** The entry that selects `database`.`table`, or null. */
export function selectTable(
  objects: readonly ObjectSelection[],
  database: string,
  table: string,
): SelectedAt | null {
  const shard = objects[0]?.shard;
  if (shard !== undefined && shardOf(database, table, shard.count) !== shard.index) return null;
  const entries = compile(objects).filter(
    entry => entry.ofDatabase(database) && !entry.excludes.some(test => test(table)),
  );
  const plain = entries.find(entry => entry.plain === table);
  if (plain !== undefined) return plain.at;
  if (helperTable.test(table)) return null;
  return entries.find(entry => entry.plain === null && entry.matches(table))?.at ?? null;
}

/** The table that a helper table of an online schema change is made for; null for any other name. */
export function helperTableOf(table: string): string | null {
  return helperTable.exec(table)?.[1] ?? null;
}

/** The server's own databases, which patterns never mean. */
const systemDatabases: ReadonlySet<string> = new Set([
  'information_schema',
  'mysql',
  'performance_schema',
  'sys',
]);

/** Those of `names` that an entry of `objects` means. */
export function selectDatabases(
  objects: readonly Pick<ObjectSelection, 'database'>[],
  names: readonly string[],
): string[] {
  const tests = objects.map(({database}) => matchesDatabase(database));
  return names.filter(name => tests.some(test => test(name)));
}

/** Tests names of databases against a name or pattern. */
export function matchesDatabase(text: string): (name: string) => boolean {
  const matches = compilePattern(text);
  return isPattern(text) ? name => !systemDatabases.has(name) && matches(name) : matches;
}

interface Entry {
  at: SelectedAt;
  ofDatabase: (name: string) => boolean;
  /** A database named plainly wins over one that a pattern means. */
  isPlainDatabase: boolean;
  plain: string | null;
  matches: (name: string) => boolean;
  excludes: Array<(name: string) => boolean>;
}

const compiled = new WeakMap<readonly ObjectSelection[], Entry[]>();

function compile(objects: readonly ObjectSelection[]): Entry[] {
  const known = compiled.get(objects);
  if (known !== undefined) return known;
  const entries = objects.flatMap((object, objectIndex) => {
    const excludes = object.exclude.map(compilePattern);
    const ofDatabase = matchesDatabase(object.database);
    const isPlainDatabase = !isPattern(object.database);
    return object.tables.map((table, tableIndex) => {
      const name = tableNameOf(table);
      return {
        at: {objectIndex, tableIndex},
        ofDatabase,
        isPlainDatabase,
        plain: isPattern(name) ? null : name,
        matches: compilePattern(name),
        excludes,
      };
    });
  });
  entries.sort((a, b) => Number(b.isPlainDatabase) - Number(a.isPlainDatabase));
  compiled.set(objects, entries);
  return entries;
}

/** The name or pattern of an entry of `tables`. */
export function tableNameOf(table: string | {name: string}): string {
  return typeof table === 'string' ? table : table.name;
}
