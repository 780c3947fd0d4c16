// From unknown to Task: findings by property path instead of exceptions of the schema library.
import {readFileSync} from 'node:fs';
import type {z} from 'zod';
import {fail, finding, type Finding} from '../base/errors.ts';
import {conflicts} from './conflicts.ts';
import {issueText, quoteValue} from './issueText.ts';
import {jsonProblem} from './jsonProblem.ts';
import {meantSetting, settingPaths} from './knownSettings.ts';
import {formatPath} from './path.ts';
import {taskSpec, type Task} from './task.ts';
import {expressionFindings} from './transformSteps.ts';
import {unavailableSettings} from './unavailable.ts';

export {formatPath};

export type Parsed = {task: Task; findings: []} | {task: null; findings: Finding[]};

/**
 * Parses a task. Findings (SYNC1001, SYNC1002, SYNC1005) name the path of each refused value, all of them at once; a
 * value that may be a secret is not quoted.
 */
export function parseTask(input: unknown): Parsed {
  const result = taskSpec.safeParse(input);
  const refused = (result.error?.issues ?? []).flatMap(issue => issueFindings(issue, input));
  const told = new Set(refused.map(found => found.where));
  const unfit = conflicts(input)
    .map(({path, problem, fix}) => refusal(formatPath(path), problem, fix, valueAt(input, path)))
    .filter(found => !told.has(found.where));
  const findings = [...refused, ...unfit];
  if (!result.success) return {task: null, findings};
  const task = deepFreeze(result.data) as Task;
  findings.push(...unavailableSettings(task), ...expressionFindings(task.objects));
  return findings.length === 0 ? {task, findings: []} : {task: null, findings};
}

/** Reads and parses a task file. Raises SYNC1003 for a file that is not JSON; findings as parseTask. */
export function readTaskFile(path: string): Parsed {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    throw fail('SYNC1003', {path, problem: `cannot be read (${code})`}, error);
  }
  const problem = jsonProblem(text);
  if (problem !== null) throw fail('SYNC1003', {path, problem});
  return parseTask(JSON.parse(text));
}

function issueFindings(issue: z.core.$ZodIssue, input: unknown): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => {
      const path = formatPath([...issue.path, key]);
      const meant = meantSetting(path, (known ??= settingPaths(taskSpec)));
      return finding('SYNC1002', {path, meant}, {where: path});
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
  const at = placeOf(issue.path, input);
  const path = formatPath(at) || 'task';
  const value = valueAt(input, at);
  const {problem, observed, fix} = issueText(issue, path, value);
  return [finding('SYNC1001', {path, problem, observed, fix}, {where: path, observed})];
}

/** A table written as its name alone has no `name` to point at. */
function placeOf(path: PropertyKey[], input: unknown): PropertyKey[] {
  const parent = path.slice(0, -1);
  return path.at(-1) === 'name' && typeof valueAt(input, parent) === 'string' ? parent : path;
}

/** Paths of all settings, made at the first misspelt key. */
let known: string[] | null = null;

function refusal(path: string, problem: string, fix: string | null, value: unknown): Finding {
  const observed = value === undefined ? null : quoteValue(path, value);
  return finding('SYNC1001', {path, problem, observed, fix}, {where: path, observed});
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
