// Live prechecks at preview, for tasks with preflight 'live'. The engine checks one resource after the other, so they have a
// deadline, run once a set of inputs, and never stop a preview: `pulumi up` runs them again and does.
import {asSyncError, formatFinding} from '../runtime/base/errors.ts';
import {secondMs} from '../runtime/base/sizes.ts';
import {parseTask} from '../runtime/spec/parse.ts';
import {resolveSecrets} from '../runtime/spec/secrets.ts';
import type {Task} from '../runtime/spec/task.ts';
import type {Properties} from './inputs.ts';
import {unknownPaths} from './unknowns.ts';

const secondsMax = 5;

/** The engine checks a resource that is replaced twice. */
const answers = new Map<string, Promise<string[]>>();

/** What the prechecks of `inputs` say, as text for the user; nothing unless the task asks for it and all its inputs are known. */
export function preflight(inputs: Properties, isNew: boolean): Promise<string[]> {
  const {task} = parseTask(inputs);
  if (task?.preflight !== 'live' || unknownPaths(inputs).length > 0) return Promise.resolve([]);
  const key = JSON.stringify([inputs, isNew]);
  const known = answers.get(key) ?? ask(task, isNew);
  answers.set(key, known);
  return known;
}

async function ask(task: Task, isNew: boolean): Promise<string[]> {
  const signal = AbortSignal.timeout(secondsMax * secondMs);
  try {
    const {precheckTask} = await import('../runtime/task/precheckTask.ts');
    const {findings} = await precheckTask(task, resolveSecrets(task), signal);
    // Whose the tables in the way of an existing task are is known to its runtime alone.
    return findings.filter(({id}) => isNew || id !== 'P36').map(formatFinding);
  } catch (error) {
    if (signal.aborted) return [`prechecks of ${task.name} gave no answer in ${secondsMax} s`];
    return [formatFinding(asSyncError(error).finding)];
  }
}
