// Taking a task that runs here into a stack (`pulumi import`): its inputs are read from the task file of its state folder.
// Secrets are in no file: each stands there, and in the imported program, as the variable that a runtime would read it from.
import {readFileSync} from 'node:fs';
import {isAbsolute, join} from 'node:path';
import {taskNamePattern} from '../runtime/spec/limits.ts';
import {defaultStateDir} from '../runtime/task/control.ts';
import type {Properties} from './inputs.ts';
import {read} from './lifecycle.ts';

/** The task with `id`, its name or the absolute path of its state folder; null when none is deployed there. */
export async function importTask(
  id: string,
  signal: AbortSignal,
): Promise<{inputs: Properties; properties: Properties} | null> {
  const isFolder = isAbsolute(id);
  if (!isFolder && !taskNamePattern.test(id)) return null;
  const taskFile = readTaskOf(isFolder ? id : defaultStateDir(id));
  if (taskFile === null) return null;
  const inputs: Properties = isFolder
    ? {...taskFile, deploy: {...(taskFile['deploy'] as object | undefined), stateDir: id}}
    : taskFile;
  return await read(String(inputs['name']), inputs, signal);
}

function readTaskOf(stateDir: string): Properties | null {
  try {
    return JSON.parse(readFileSync(join(stateDir, 'task.json'), 'utf8')) as Properties;
  } catch {
    return null;
  }
}
