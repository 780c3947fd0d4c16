// Error codes of the spec room: what a task may not say.
import {entry} from './entry.ts';

export const specCodes = {
  SYNC1001: entry<{
    path: string;
    problem: string;
    observed?: string | null;
    fix?: string | null;
  }>({
    title: 'a setting of the task cannot be used',
    kind: 'mistake',
    cause: d =>
      (d.observed ?? null) === null
        ? `${d.path}: ${d.problem}.`
        : `${d.path}: ${d.problem}; it is ${d.observed}.`,
    fix: d => d.fix ?? `Change ${d.path}; docs/spec.md lists every setting with its range.`,
  }),
  SYNC1002: entry<{path: string; meant?: string | null}>({
    title: 'the task has a setting that does not exist',
    kind: 'mistake',
    cause: d => `${d.path} is not a setting of a task.`,
    fix: d =>
      (d.meant ?? null) === null
        ? `Remove ${d.path}, or correct its spelling; docs/spec.md lists every setting.`
        : `Write ${d.meant} instead of ${d.path}; docs/spec.md lists every setting.`,
  }),
  SYNC1003: entry<{path: string; problem: string}>({
    title: 'a task file cannot be used',
    kind: 'mistake',
    cause: d => `${d.path} ${d.problem}.`,
    fix: () => 'Give the path of a JSON file that holds one task.',
  }),
  SYNC1004: entry<{path: string; variable: string}>({
    title: 'a secret is not in the environment',
    kind: 'mistake',
    cause: d => `${d.path} names the environment variable ${d.variable}, which is not set.`,
    fix: d => `Set ${d.variable} where the runtime runs, or give the secret in another way.`,
  }),
  SYNC1005: entry<{path: string; value: string; instead: string}>({
    title: 'a setting is not available in this version',
    kind: 'mistake',
    cause: d => `${d.path} is ${d.value}, which this version accepts but cannot carry out.`,
    fix: d => d.instead,
  }),
  SYNC1006: entry<{command: string; problem: string}>({
    title: 'the command line cannot be used',
    kind: 'mistake',
    cause: d => `${d.command}: ${d.problem}.`,
    fix: d => `Run \`${d.command} --help\` and correct the call.`,
  }),
};
