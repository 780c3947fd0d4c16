// From one shape of a target table to another, one statement at a time (rule C15). Each step says what the table is after
// it, so that a runtime that starts again finds which are done by looking at the table, and repeats none blindly.
import {changeTypeSql, renameColumnSql} from '../sink/alterTable.ts';
import {addColumnsSql, type TableDefinition, type TargetColumn} from '../sink/tables.ts';

export interface SchemaStep {
  sql: string;
  after: TableDefinition;
}

/** The statements that take `before` to `after`. Columns of both stand in the same places; more stand behind. */
export function schemaSteps(before: TableDefinition, after: TableDefinition): SchemaStep[] {
  const steps: SchemaStep[] = [];
  let columns = before.columns;
  const step = (sql: string, next: TargetColumn[]): void => {
    columns = next;
    steps.push({sql, after: {...after, columns}});
  };
  const change = (at: number, column: TargetColumn) =>
    columns.map((c, i) => (i === at ? column : c));
  const rename = (at: number, name: string): void =>
    step(renameColumnSql(after.name, columns[at]!.name, name), change(at, {...columns[at]!, name}));
  for (;;) {
    const waiting = columns.flatMap((column, i) =>
      isSame(column.name, after.columns[i]!.name) ? [] : [i],
    );
    if (waiting.length === 0) break;
    const isFree = (name: string) => !columns.some(column => isSame(column.name, name));
    const free = waiting.find(i => isFree(after.columns[i]!.name));
    // A circle of names is opened by one that no column has.
    if (free === undefined) rename(waiting[0]!, freeName(isFree));
    else rename(free, after.columns[free]!.name);
  }
  for (const [i, {type}] of columns.entries()) {
    const wanted = after.columns[i]!.type;
    if (type === wanted) continue;
    step(changeTypeSql(after.name, columns[i]!, wanted), change(i, {...columns[i]!, type: wanted}));
  }
  const added = after.columns.slice(before.columns.length);
  if (added.length > 0) step(addColumnsSql(after.name, added), [...columns, ...added]);
  return steps;
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function freeName(isFree: (name: string) => boolean): string {
  let number = 1;
  while (!isFree(`synctask_renamed_${number}`)) number++;
  return `synctask_renamed_${number}`;
}
