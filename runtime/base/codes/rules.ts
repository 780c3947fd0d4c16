// Error codes of the rules room: what a row filter may not say, and what a list of operations means.
import {entry} from './entry.ts';

export const rulesCodes = {
  SYNC1101: entry<{problem: string; offset: number; near: string}>({
    title: 'a row filter cannot be read',
    kind: 'mistake',
    cause: d => `At character ${d.offset + 1}, near "${d.near}": ${d.problem}.`,
    fix: () => 'Correct the filter; docs/filters-and-transforms.md has the grammar.',
  }),
  SYNC1102: entry<{column: string; offset: number; table: string}>({
    title: 'a row filter names a column that is not there',
    kind: 'mistake',
    cause: d => `Character ${d.offset + 1} names ${d.column}, which ${d.table} does not have.`,
    fix: () =>
      'Correct the name; text stands between single quotes, names stand bare or in backquotes.',
  }),
  SYNC1103: entry<{construct: string; offset: number; reason: string; instead: string}>({
    title: 'a row filter is not surely judged as MySQL judges it',
    kind: 'mistake',
    cause: d => `${d.construct} at character ${d.offset + 1}: ${d.reason}.`,
    fix: d => d.instead,
  }),
  SYNC1104: entry<{construct: string; offset: number}>({
    title: 'a row filter depends on more than the row',
    kind: 'mistake',
    cause: d =>
      `${d.construct} at character ${d.offset + 1} has another value when the same change is read again.`,
    fix: () => 'Write a constant, or compare columns of the same row.',
  }),
  SYNC1105: entry<{table: string; missing: string[]}>({
    title: 'the target will not hold the present state',
    kind: 'mistake',
    cause: d => `operations of ${d.table} leaves out ${d.missing.join(' and ')}.`,
    fix: () => 'Leave operations out to follow everything, or read the target as a history.',
  }),
};
