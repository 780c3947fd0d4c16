// Error codes of the rules room: what filters, transforms and scripts may not say, and what a list of operations means.
import {entry} from './entry.ts';

export const rulesCodes = {
  SYNC1101: entry<{problem: string; offset: number; near: string}>({
    title: 'an expression cannot be read',
    kind: 'mistake',
    cause: d => `At character ${d.offset + 1}, near "${d.near}": ${d.problem}.`,
    fix: () => 'Correct it; docs/filters-and-transforms.md has the grammar.',
  }),
  SYNC1102: entry<{column: string; offset: number; table: string}>({
    title: 'an expression names a column that is not there',
    kind: 'mistake',
    cause: d => `Character ${d.offset + 1} names ${d.column}, which ${d.table} does not have.`,
    fix: () =>
      'Correct the name; text stands between single quotes, names stand bare or in backquotes.',
  }),
  SYNC1103: entry<{construct: string; offset: number; reason: string; instead: string}>({
    title: 'an expression is not surely read as MySQL reads it',
    kind: 'mistake',
    cause: d => `${d.construct} at character ${d.offset + 1}: ${d.reason}.`,
    fix: d => d.instead,
  }),
  SYNC1104: entry<{construct: string; offset: number}>({
    title: 'an expression depends on more than the row',
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
  SYNC1106: entry<{name: string; offset: number; near: string | null}>({
    title: 'there is no such function',
    kind: 'mistake',
    cause: d => `Character ${d.offset + 1} calls ${d.name}, which is no function of expressions.`,
    fix: d =>
      d.near === null
        ? 'Choose one of those that docs/filters-and-transforms.md lists.'
        : `Write ${d.near}, or choose another that docs/filters-and-transforms.md lists.`,
  }),
  SYNC1107: entry<{table: string; column: string}>({
    title: 'a transform changes a column of the key',
    kind: 'mistake',
    cause: d => `${d.column} belongs to the key by which base and log of ${d.table} are merged.`,
    fix: d =>
      `Give the transform another column, a new one for example, and leave ${d.column} as it is.`,
  }),
  SYNC1108: entry<{table: string; column: string}>({
    title: 'a transform changes a column that is left out',
    kind: 'mistake',
    cause: d => `columns of ${d.table} leaves ${d.column} out, and a transform sets it.`,
    fix: d => `Remove the transform, or synchronize ${d.column}.`,
  }),
  SYNC1109: entry<{column: string; key: string}>({
    title: 'a hash names a key that is not given',
    kind: 'mistake',
    cause: d => `The hash of ${d.column} asks for the key ${d.key}, which hashKeys does not have.`,
    fix: d => `Add hashKeys.${d.key}: {"env": "NAME"}.`,
  }),
};
