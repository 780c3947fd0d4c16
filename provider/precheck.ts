// Live prechecks from where Pulumi runs: all findings at once, before anything is stopped or made.
import {formatFinding} from '../runtime/base/errors.ts';
import {resolveSecrets} from '../runtime/spec/secrets.ts';
import type {Task} from '../runtime/spec/task.ts';
import {readUid} from '../runtime/task/knownPlans.ts';
import type {TaskPlan} from '../runtime/task/taskPlan.ts';

/** The live plan. Raises one error that holds every finding, if one of them is an error that the task does not acknowledge. */
export async function precheck(
  task: Task,
  ownTables: readonly string[],
  stateDir: string | null,
  signal: AbortSignal,
): Promise<TaskPlan> {
  // Loaded here, not at the top: MySQL and HTTP clients are no part of a preview.
  const {blocking} = await import('../runtime/task/precheckTask.ts');
  const {planOfTask} = await import('../runtime/task/taskPlan.ts');
  const ownUid = stateDir === null ? null : readUid(stateDir);
  const plan = await planOfTask(task, resolveSecrets(task), signal, {ownTables, ownUid});
  const errors = blocking(plan.findings);
  if (errors.length > 0)
    throw new Error(
      [`prechecks of ${task.name} found:`, ...errors.map(formatFinding)].join('\n\n'),
    );
  return plan;
}
