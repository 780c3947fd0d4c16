// What a table's settings say of a schema change: carried out, left, or the task stops (objects[].tables[].ddl, otherDdl).
import {fail} from '../base/errors.ts';
import type {Statement} from '../source/ddl.ts';
import {selectTable} from '../source/selection.ts';
import type {DdlKind} from '../spec/objects.ts';
import type {Task} from '../spec/task.ts';

/** Kinds that can be left: the rows that follow are those of the same table, and the target holds them. */
const ignorable: ReadonlySet<DdlKind> = new Set<DdlKind>([
  'add-column',
  'drop-column',
  'rename-column',
  'modify-column',
  'truncate-table',
  'drop-table',
  'change-partition',
]);

/** The kinds of `statement` that leave the target of `database`.`table` as it is. SYNC5081 where one stops the task. */
export function ignoredKinds(
  task: Task,
  {database, table}: {database: string; table: string},
  statement: Statement,
  sql: string,
): ReadonlySet<DdlKind> {
  const {ddl, otherDdl} = settingsOf(task, database, table);
  const isListed = (kind: DdlKind) => ddl === 'all' || (ddl !== 'none' && ddl.includes(kind));
  const others = statement.ddl.filter(kind => !isListed(kind));
  if (otherDdl === 'ignore' && others.every(kind => ignorable.has(kind))) return new Set(others);
  if (others.length === 0) return new Set();
  const object = `${database}.${table}`;
  const kinds = others.join(', ');
  throw fail('SYNC5081', {table: object, statement: quoted(sql), kinds}, undefined, {object});
}

/** Raises SYNC5082 where the table may not be loaded anew. */
export function assertReloads(
  task: Task,
  {database, table}: {database: string; table: string},
  sql: string,
  reason: string,
): void {
  const loads = task.phases.includes('full') && task.phases.includes('schema');
  const isAllowed = settingsOf(task, database, table).reload === 'auto';
  if (loads && isAllowed) return;
  const why = loads ? "its setting reload is 'never'" : 'the task has no phases schema and full';
  const object = `${database}.${table}`;
  const statement = quoted(sql);
  throw fail('SYNC5082', {table: object, statement, reason, why}, undefined, {object});
}

function settingsOf(task: Task, database: string, table: string) {
  const {objectIndex, tableIndex} = selectTable(task.objects, database, table)!;
  return task.objects[objectIndex]!.tables[tableIndex]!;
}

/** A statement as messages quote it. */
function quoted(sql: string): string {
  return JSON.stringify(sql.slice(0, 200));
}
