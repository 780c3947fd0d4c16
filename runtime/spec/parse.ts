// From unknown to Task: findings by property path instead of exceptions of the schema library.
import {readFileSync} from 'node:fs';
import {z} from 'zod';
import {fail, finding, type Finding} from '../base/errors.ts';
import {formatPath} from './path.ts';
import {taskSpec, type Task} from './task.ts';
import {unavailableSettings} from './unavailable.ts';

export {formatPath};

export type Parsed = {task: Task; findings: []} | {task: null; findings: Finding[]};

/** Parses a task. Findings (SYNC1001, SYNC1002, SYNC1005) name the path of each refused value; of those that may be secrets the value is not quoted. */
export function parseTask(input: unknown): Parsed {
  const result = taskSpec.safeParse(input);
  if (result.success) {
    const task = deepFreeze(result.data) as Task;
    const findings = unavailableSettings(task);
    return findings.length === 0 ? {task, findings: []} : {task: null, findings};
  }
  return {task: null, findings: result.error.issues.flatMap(issue => issueFindings(issue, input))};
}

/** Reads and parses a task file. Raises SYNC1003 for a file that is not JSON; findings as parseTask. */
export function readTaskFile(path: string): Parsed {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fail(
      'SYNC1003',
      {path, problem: `cannot be read (${(error as NodeJS.ErrnoException).code})`},
      error,
    );
  }
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw fail('SYNC1003', {path, problem: 'is not JSON'}, error);
  }
  return parseTask(input);
}

function issueFindings(issue: z.core.$ZodIssue, input: unknown): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => {
      const path = formatPath([...issue.path, key]);
      return finding('SYNC1002', {path}, {where: path});
    });
  }
  if (issue.code === 'invalid_union') {
    // The branch that got furthest says the most: the one with the deepest first issue.
    const branches = issue.errors.filter(branch => branch.length > 0);
    const deepest = branches.toSorted((a, b) => b[0]!.path.length - a[0]!.path.length)[0];
    if (deepest !== undefined && deepest[0]!.path.length > 0)
      return deepest.flatMap(inner =>
        issueFindings({...inner, path: [...issue.path, ...inner.path]}, input),
      );
  }
  const path = formatPath(issue.path) || 'task';
  return [finding('SYNC1001', {path, problem: problemOf(issue, input)}, {where: path})];
}

function problemOf(issue: z.core.$ZodIssue, input: unknown): string {
  const missing = issue.code === 'invalid_type' && valueAt(input, issue.path) === undefined;
  return missing ? 'is required' : issue.message.replace(/^Invalid input: /, '');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    input,
  );
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
