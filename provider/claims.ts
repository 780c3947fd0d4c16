// Which task of this stack writes which target table, so that a preview finds two writers of one table.
// Offline: tables are compared by the names in the program; the live prechecks compare what patterns match.
import {finding, type Finding} from '../runtime/base/errors.ts';
import type {Task} from '../runtime/spec/task.ts';
import {unknownValue} from './unknowns.ts';

interface Claim {
  task: string;
  table: string;
}

/** Target tables by project, with the task that claimed each. One provider process serves one run of Pulumi. */
export type Claims = Map<string, Claim>;

/** Claims the target tables of `task` and returns a finding for each that another task has (SYNC7001). */
export function claimTargets(task: Task, claims: Claims): Finding[] {
  for (const [key, claim] of claims) if (claim.task === task.name) claims.delete(key);
  const {endpoint, project, schema} = task.target;
  if ([endpoint, project, schema, task.name].includes(unknownValue)) return [];
  const home = `${new URL(endpoint).host}/${project.toLowerCase()}/${schema?.toLowerCase() ?? ''}`;
  const findings: Finding[] = [];
  task.objects.forEach((object, i) =>
    object.tables.forEach((table, j) => {
      const target = targetOf(object, table);
      if (target === null) return;
      const key = `${home}/${target}`;
      const other = claims.get(key);
      if (other === undefined) claims.set(key, {task: task.name, table: target});
      else if (other.task !== task.name)
        findings.push(
          finding(
            'SYNC7001',
            {table: target, project, other: other.task},
            {where: `objects[${i}].tables[${j}]`, object: `${object.database}.${table.name}`},
          ),
        );
    }),
  );
  return findings;
}

/** The name that two tasks must not share; MaxCompute compares table names without case. A pattern stands for itself. */
function targetOf(
  object: Task['objects'][number],
  table: Task['objects'][number]['tables'][number],
): string | null {
  const parts = [object.as ?? '', table.as ?? table.name];
  if ([...parts, object.database].includes(unknownValue)) return null;
  const isPattern = /[*?[]/.test(table.name) || /^\/.*\/$/.test(table.name);
  const prefix = isPattern ? `${object.database}.` : '';
  return (
    prefix +
    parts
      .filter(part => part !== '')
      .join('_')
      .toLowerCase()
  );
}
