// What an edit of `objects` does, table by table: entries are matched by database and name, not by their place in the list.
// Patterns are compared as written; which tables they match is known to the runtime alone.
import type {ObjectSpec, TableSpec, Task} from '../runtime/spec/task.ts';
import {isDeepStrictEqual} from 'node:util';
import type {Edit, EditKind} from './edits.ts';

interface Entry {
  path: string;
  object: string;
  table: TableSpec;
}

/** Edits between two lists of objects; paths are those of the new list, or of the old one for what was taken out. */
export function objectEdits(olds: Task['objects'], news: Task['objects']): Edit[] {
  return [
    ...matched(databases(olds), databases(news), databaseEdits),
    ...matched(entries(olds), entries(news), tableEdits),
  ];
}

const loadsAnew =
  'it loads anew while the others stream on; its old tables stay, renamed _g1, _g2, … where the new ones take their names';

/** Settings of a table by what changing them does. Rows loaded under the old value cannot be told from new ones. */
const tableRules: Record<keyof TableSpec, {kind: EditKind; why: string}> = {
  name: {kind: 'backfill', why: 'another table'},
  as: {kind: 'backfill', why: loadsAnew},
  where: {kind: 'backfill', why: loadsAnew},
  columns: {kind: 'backfill', why: loadsAnew},
  operations: {kind: 'restart', why: 'it holds for changes from now on'},
  ddl: {kind: 'restart', why: 'it holds for schema changes from now on'},
  otherDdl: {kind: 'restart', why: 'it holds for schema changes from now on'},
  reload: {kind: 'restart', why: 'it holds for schema changes from now on'},
  transforms: {kind: 'backfill', why: loadsAnew},
};

function tableEdits(old: Entry | undefined, now: Entry | undefined): Edit[] {
  if (old === undefined)
    return [
      {
        ...edit(now!, '', 'backfill', 'added: it loads now while the other tables stream on'),
        change: 'added',
      },
    ];
  if (now === undefined)
    return [
      {
        ...edit(old, '', 'restart', 'taken out: no longer followed, its target tables stay'),
        change: 'removed',
      },
    ];
  return (Object.keys(tableRules) as (keyof TableSpec)[]).flatMap(key => {
    if (isDeepStrictEqual(old.table[key], now.table[key])) return [];
    if (key === 'columns') return columnEdits(old, now);
    return [edit(now, `.${key}`, tableRules[key].kind, tableRules[key].why)];
  });
}

function columnEdits(old: Entry, now: Entry): Edit[] {
  const keys = Object.keys(now.table.columns) as (keyof TableSpec['columns'])[];
  return keys
    .filter(key => !isDeepStrictEqual(old.table.columns[key], now.table.columns[key]))
    .map(key => edit(now, `.columns.${key}`, tableRules.columns.kind, tableRules.columns.why));
}

interface Database {
  path: string;
  object: string;
  spec: ObjectSpec;
}

function databaseEdits(old: Database | undefined, now: Database | undefined): Edit[] {
  if (old === undefined || now === undefined) return [];
  const edits: Edit[] = [];
  if (old.spec.as !== now.spec.as)
    edits.push(edit(now, '.as', tableRules.as.kind, tableRules.as.why));
  if (!isDeepStrictEqual(old.spec.exclude, now.spec.exclude))
    edits.push(
      edit(now, '.exclude', 'backfill', 'tables let in load now, tables shut out are left'),
    );
  if (old.spec.newTables !== now.spec.newTables)
    edits.push(edit(now, '.newTables', 'restart', 'it holds for tables created from now on'));
  return edits;
}

function databases(objects: Task['objects']): Map<string, Database> {
  return unique(objects.map((spec, i) => ({path: `objects[${i}]`, object: spec.database, spec})));
}

function entries(objects: Task['objects']): Map<string, Entry> {
  return unique(
    objects.flatMap((spec, i) =>
      spec.tables.map((table, j) => ({
        path: `objects[${i}].tables[${j}]`,
        object: `${spec.database}.${table.name}`,
        table,
      })),
    ),
  );
}

/** By object; one that is named twice gets a number, so that none hides another. */
function unique<T extends {object: string}>(list: T[]): Map<string, T> {
  const found = new Map<string, T>();
  for (const item of list) {
    let key = item.object;
    for (let count = 2; found.has(key); count++) key = `${item.object} #${count}`;
    found.set(key, item);
  }
  return found;
}

function matched<T>(
  olds: Map<string, T>,
  news: Map<string, T>,
  compare: (old: T | undefined, now: T | undefined) => Edit[],
): Edit[] {
  const keys = new Set([...news.keys(), ...olds.keys()]);
  return [...keys].flatMap(key => compare(olds.get(key), news.get(key)));
}

function edit(
  at: {path: string; object: string},
  suffix: string,
  kind: EditKind,
  why: string,
): Edit {
  return {path: `${at.path}${suffix}`, kind, why, object: at.object, change: 'changed'};
}
