// Code of our own bugs. The task stops, the position is kept.
import {entry} from './entry.ts';

export const bugCodes = {
  SYNC9001: entry<{what: string}>({
    title: 'an internal assertion does not hold',
    kind: 'bug',
    cause: d =>
      `The runtime expected: ${d.what}. It stopped rather than guess; the position is kept.`,
    fix: () => 'Report this with the log of the task; resume is safe once the bug is fixed.',
  }),
  SYNC9002: entry<{what: string}>({
    title: 'an error without a code reached the edge',
    kind: 'bug',
    cause: d => `Something that no adapter classified was thrown: ${d.what}`,
    fix: () => 'Report this with the log of the task.',
  }),
};
