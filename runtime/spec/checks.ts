// The ids of the prechecks, and which findings a task may acknowledge (docs/prechecks.md has the same table).

/** Errors that warn of a risk and lose no row by themselves: acknowledged, they are warnings. */
export const acknowledgeable: ReadonlySet<string> = new Set([
  'P02',
  'P10',
  'P11',
  'P21',
  'P25',
  'P29',
  'P33',
]);

/** Checks that find warnings only; acknowledging says that the finding is known. */
const warningsOnly: ReadonlySet<string> = new Set([
  'P06',
  'P09',
  'P13',
  'P17',
  'P18',
  'P20',
  'P23',
  'P28',
  'P37',
  'P39',
  'P44',
  'P45',
  'P46',
]);

/** Checks with errors that lose or double rows, or without which nothing runs, beside warnings. */
const mixed: ReadonlySet<string> = new Set(['P01', 'P14', 'P24', 'P36', 'P38', 'P42']);

/** Every other check there is. */
const firm: ReadonlySet<string> = new Set(
  'P03 P04 P05 P07 P12 P15 P16 P19 P22 P26 P31 P34 P35 P40 P41'.split(' '),
);

/** What is wrong with an entry of `acknowledge`; null when nothing is. */
export function acknowledgeProblem(text: string): string | null {
  const [, id] = /^(P\d{2})(?::[^:]+)?$/.exec(text) ?? [];
  if (id === undefined) return 'must read P20 or P20:database.table';
  if (firm.has(id))
    return `must not name ${id}: its findings lose rows, double them, or keep the task from running`;
  const isKnown = acknowledgeable.has(id) || warningsOnly.has(id) || mixed.has(id);
  return isKnown ? null : `must name a check, and there is no ${id}`;
}
