// What a table's columns are after an ALTER TABLE, in MySQL's own order: columns that are left, renamed or changed in place;
// then those that have a place of their own go there one by one, in the statement's order, new ones among them. Format: sql/sql_table.cc, mysql_prepare_alter_table.
import type {SourceColumn} from './sourceTable.ts';

/** Where a column stands after a statement; `stay`: where it was, or last when it is new. */
export type ColumnPlace = 'stay' | 'first' | {after: string};

/** One thing that ALTER TABLE does to the columns. */
export type ColumnChange =
  | {what: 'add'; column: SourceColumn; place: ColumnPlace}
  | {what: 'drop'; name: string}
  | {what: 'rename'; name: string; to: string}
  | {what: 'change'; name: string; column: SourceColumn; place: ColumnPlace};

/** A column after the statement. */
export interface AlteredColumn {
  column: SourceColumn;
  /** Its name before; null: it is new. */
  from: string | null;
}

/** The columns after `changes`; null where the changes are not of this table: `before` is another version of it. */
export function alterColumns(
  before: readonly SourceColumn[],
  changes: readonly ColumnChange[],
): AlteredColumn[] | null {
  const isKnown = (name: string) => before.some(column => isSame(column.name, name));
  if (changes.some(change => change.what !== 'add' && !isKnown(change.name))) return null;
  const after: AlteredColumn[] = [];
  for (const column of before) {
    const change = changes.find(
      ({what, ...of}) => what !== 'add' && 'name' in of && isSame(of.name, column.name),
    );
    if (change === undefined) after.push({column, from: column.name});
    else if (change.what === 'rename')
      after.push({column: {...column, name: change.to}, from: column.name});
    else if (change.what === 'change') after.push({column: change.column, from: column.name});
  }
  for (const change of changes) {
    if (change.what !== 'add' && change.what !== 'change') continue;
    const {place, column} = change;
    let moved: AlteredColumn = {column, from: null};
    if (change.what === 'change') {
      if (place === 'stay') continue;
      const from = after.findIndex(({column: found}) => found === column);
      if (from === -1) return null;
      moved = after.splice(from, 1)[0]!;
    }
    const at = indexOf(after, place);
    if (at === null) return null;
    after.splice(at, 0, moved);
  }
  const names = new Set(after.map(({column}) => column.name.toLowerCase()));
  return names.size === after.length ? after : null;
}

/** MySQL's names of columns have no case. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function indexOf(columns: readonly AlteredColumn[], place: ColumnPlace): number | null {
  if (place === 'stay') return columns.length;
  if (place === 'first') return 0;
  const before = columns.findIndex(({column}) => isSame(column.name, place.after));
  return before === -1 ? null : before + 1;
}
