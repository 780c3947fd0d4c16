// What is wrong with a value and how to write it, in our words: from one issue of the schema library and the value found
// there. Values that may be secrets are never quoted, nor is what stands inside a list or an object.
import type {z} from 'zod';
import {nearName} from './nearName.ts';

export interface IssueText {
  /** Says `path` and then this. */
  problem: string;
  /** The value as text; null when it is missing or may be a secret. */
  observed: string | null;
  /** How to write it; null when the problem says so. */
  fix: string | null;
}

/** A finding quotes no more of a value than this. */
const quotedCharactersMax = 80;
const secretPath =
  /^(sourcePassword|sourceTlsKey|targetAccessKeySecret|targetSecurityToken|alertWebhooks|hashKeys)\b/;

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** Problem, value and fix of `issue`, found at `path`. */
export function issueText(issue: z.core.$ZodIssue, path: string, value: unknown): IssueText {
  const observed = value === undefined ? null : quoteValue(path, value);
  if (issue.code === 'invalid_type' && value === undefined)
    return {problem: 'is required', observed, fix: `Add ${path}; it has no default.`};
  const problem = problemOf(issue);
  const fix = givenFix(issue) ?? fixOf(issue, path, value) ?? changeTo(path, problem);
  return {problem, observed, fix};
}

/** The fix that a check of ours gave with its issue. */
function givenFix(issue: z.core.$ZodIssue): string | null {
  const params = issue.code === 'custom' ? issue.params : undefined;
  return typeof params?.['fix'] === 'string' ? params['fix'] : null;
}

/** What must be says what to do. */
function changeTo(path: string, problem: string): string | null {
  return problem.startsWith('must ') ? `Change ${path}: it ${problem}.` : null;
}

/** The value as a finding may show it. */
export function quoteValue(path: string, value: unknown): string | null {
  if (secretPath.test(path)) return null;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value).replaceAll(/\/\/[^/@"]*@/g, '//…@');
  return text.length <= quotedCharactersMax ? text : `${text.slice(0, quotedCharactersMax)}…`;
}

function problemOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return sizeProblem(issue.origin, Number(issue.minimum), issue.inclusive !== false, 'least');
    case 'too_big':
      return sizeProblem(issue.origin, Number(issue.maximum), issue.inclusive !== false, 'most');
    case 'invalid_key':
      return 'has a key that is empty or longer than 64 characters';
    default:
      return issue.message.replace(/^Invalid input: /, '');
  }
}

function sizeProblem(
  origin: string,
  bound: number,
  inclusive: boolean,
  side: 'least' | 'most',
): string {
  if (origin === 'string' && bound === 1) return 'must not be empty';
  if (origin === 'string') return `must have at ${side} ${bound} characters`;
  if (origin === 'array')
    return `must have at ${side} ${bound} ${bound === 1 ? 'entry' : 'entries'}`;
  if (!inclusive) return side === 'least' ? `must be above ${bound}` : `must be below ${bound}`;
  return `must be at ${side} ${bound}`;
}

function fixOf(issue: z.core.$ZodIssue, path: string, value: unknown): string | null {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const near = nearName(value, issue.values.map(String));
    return near === null ? null : `Write ${path}: '${near}'.`;
  }
  if (issue.code !== 'invalid_type' || secretPath.test(path)) return null;
  const isNumber = issue.expected === 'number' || (issue.expected as string) === 'int';
  if (isNumber && typeof value === 'string') {
    if (/^-?\d+(\.\d+)?$/.test(value)) return `Write ${path}: ${value}, without quotes.`;
    const [, number] = /^(\d+(?:\.\d+)?)\s*[A-Za-z/%]+$/.exec(value) ?? [];
    if (number !== undefined)
      return `Write ${path} as a number alone: its unit is the one in its name.`;
  }
  if (issue.expected === 'boolean' && typeof value === 'string') {
    const word = /^(true|yes|on|1)$/i.test(value) ? 'true' : 'false';
    return `Write ${path}: ${word}, without quotes.`;
  }
  if (issue.expected === 'array' && typeof value !== 'object')
    return `Write ${path} as a list: ${JSON.stringify(entriesOf(value))}.`;
  return null;
}

function entriesOf(value: unknown): unknown[] {
  return typeof value === 'string' ? value.split(',').map(entry => entry.trim()) : [value];
}
