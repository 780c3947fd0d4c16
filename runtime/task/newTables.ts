// Tables that were created after an entry of `objects` began and that only its patterns match: `newTables` says whether they
// join. An entry has begun once the task has any table of it; a table that is named plainly always joins.
import {finding, type Finding} from '../base/errors.ts';
import {selectTable} from '../source/selection.ts';
import {isPattern} from '../spec/pattern.ts';
import type {Task} from '../spec/task.ts';
import type {Planned, PlannedTable} from './planTask.ts';

/** One table of an earlier run. */
interface KnownTable {
  database: string;
  table: string;
}

/** `planned` without new tables that are not to join; those that ask are findings (P45). */
export function leaveNewTables(
  task: Task,
  planned: Planned,
  known: readonly KnownTable[],
): Planned {
  if (known.length === 0 || task.objects.every(object => object.newTables === 'add'))
    return planned;
  const isKnown = new Set(known.map(({database, table}) => `${database}.${table}`));
  const begun = new Set(
    known.map(({database, table}) => selectTable(task.objects, database, table)?.objectIndex),
  );
  const findings: Finding[] = [...planned.findings];
  const tables = planned.tables.filter(({plan, where}: PlannedTable) => {
    const {database, name} = plan.source;
    const {objectIndex, tableIndex} = selectTable(task.objects, database, name)!;
    const object = task.objects[objectIndex]!;
    const isMatched = isPattern(object.tables[tableIndex]!.name) || isPattern(object.database);
    const isNew = isMatched && begun.has(objectIndex) && !isKnown.has(`${database}.${name}`);
    if (!isNew || object.newTables === 'add') return true;
    const table = `${database}.${name}`;
    const place = {id: 'P45', severity: 'warning', where, object: table} as const;
    if (object.newTables === 'ask')
      findings.push(finding('SYNC5070', {table, entry: where}, place));
    return false;
  });
  return {tables, findings};
}
