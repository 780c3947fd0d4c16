// Which tables a task's objects mean: plain names, globs with * ? [ and /regular expressions/. A plain name wins over
// patterns, then the first entry that matches. Patterns never mean the helper tables of online schema change tools.
import {fail} from '../base/errors.ts';

/** The part of one entry of `objects` that selects tables. */
export interface ObjectSelection {
  database: string;
  tables: ReadonlyArray<string | {name: string}>;
  exclude: readonly string[];
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
  const entries = compile(objects).filter(
    entry => entry.database === database && !entry.excludes.some(test => test(table)),
  );
  const plain = entries.find(entry => entry.plain === table);
  if (plain !== undefined) return plain.at;
  if (helperTable.test(table)) return null;
  return entries.find(entry => entry.plain === null && entry.matches(table))?.at ?? null;
}

/** Whether the text selects by pattern rather than by name. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text) || isRegularExpression(text);
}

/** The table that a helper table of an online schema change is made for; null for any other name. */
export function helperTableOf(table: string): string | null {
  return helperTable.exec(table)?.[1] ?? null;
}

/** Tests names against one pattern or name. */
export function compilePattern(text: string): (name: string) => boolean {
  if (isRegularExpression(text)) {
    const expression = regularExpression(text);
    return name => expression.test(name);
  }
  if (!isPattern(text)) return name => name === text;
  const expression = regularExpression(`/^${globSource(text)}$/`);
  return name => expression.test(name);
}

interface Entry {
  at: SelectedAt;
  database: string;
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
    return object.tables.map((table, tableIndex) => {
      const name = tableNameOf(table);
      return {
        at: {objectIndex, tableIndex},
        database: object.database,
        plain: isPattern(name) ? null : name,
        matches: compilePattern(name),
        excludes,
      };
    });
  });
  compiled.set(objects, entries);
  return entries;
}

/** The name or pattern of an entry of `tables`. */
export function tableNameOf(table: string | {name: string}): string {
  return typeof table === 'string' ? table : table.name;
}

function isRegularExpression(text: string): boolean {
  return text.length > 2 && text.startsWith('/') && text.endsWith('/');
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text.slice(1, -1), 'u');
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw fail('SYNC2202', {pattern: text, problem}, error);
  }
}

/** `*` any characters, `?` one, `[a-c]` and `[!a-c]` one of them; everything else is itself. */
function globSource(glob: string): string {
  return glob.replace(
    /\*|\?|\[(!?)([^\]]+)\]|[^*?[]+|\[/gu,
    (part, negated: string, set: string) => {
      if (part === '*') return '.*';
      if (part === '?') return '.';
      if (set !== undefined)
        return `[${negated === '!' ? '^' : ''}${set.replace(/[\\^[]/gu, '\\$&')}]`;
      return part.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
    },
  );
}
