// Live prechecks from where Pulumi runs: all findings at once, before anything is stopped or made.
import {formatFinding, sortFindings, type Finding} from '../runtime/base/errors.ts';
import {resolveSecrets} from '../runtime/spec/secrets.ts';
import type {Task} from '../runtime/spec/task.ts';

/** Raises one error that holds every finding, if one of them is an error that the task does not acknowledge. */
export async function precheck(
  task: Task,
  ownTables: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  // Loaded here, not at the top: MySQL and HTTP clients are no part of a preview.
  const {precheckTask} = await import('../runtime/task/precheckTask.ts');
  const {findings} = await precheckTask(task, resolveSecrets(task), signal, ownTables);
  const blocking = sortFindings(findings).filter(found => blocks(found, task.acknowledge));
  if (blocking.length > 0)
    throw new Error(
      [`prechecks of ${task.name} found:`, ...blocking.map(formatFinding)].join('\n\n'),
    );
}

/** An error, unless acknowledged by its id or by `id:object`. */
function blocks(found: Finding, acknowledged: readonly string[]): boolean {
  if (found.severity !== 'error') return false;
  if (found.id === null) return true;
  return !acknowledged.includes(found.id) && !acknowledged.includes(`${found.id}:${found.object}`);
}
