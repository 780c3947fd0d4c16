// A task file on the command line: one argument, parsed, with its secrets; or every reason why it is refused.
import {formatFinding, sortFindings, type Finding} from '../base/errors.ts';
import {readTaskFile} from '../spec/parse.ts';
import {resolveSecrets, type Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import {usageError} from './usageError.ts';

export type TaskFile =
  {task: Task; secrets: Secrets; findings: []} | {task: null; secrets: null; findings: Finding[]};

/** Reads the one positional argument as a task file. Raises SYNC1003 and SYNC1004; other refusals are findings. */
export function openTaskFile(command: string, positionals: string[]): TaskFile {
  const [path, ...more] = positionals;
  if (path === undefined) throw usageError(command, 'the path of a task file is missing');
  if (more.length > 0) throw usageError(command, `${JSON.stringify(more[0])} is one argument more`);
  const parsed = readTaskFile(path);
  if (parsed.task === null) return {task: null, secrets: null, findings: parsed.findings};
  return {task: parsed.task, secrets: resolveSecrets(parsed.task), findings: []};
}

/** All findings in five lines each, errors first. */
export function formatFindings(findings: readonly Finding[]): string {
  return sortFindings([...findings])
    .map(f => `${formatFinding(f)}\n`)
    .join('');
}
