// The query of POST /control/throttle: a phase, and rates above 0 or `none`.
import type {ThrottledPhase} from '../task/handle.ts';
import type {Rates} from '../task/progress.ts';

const rateNames: Readonly<Record<ThrottledPhase, readonly (keyof Rates)[]>> = {
  full: ['queriesPerSecond', 'rowsPerSecond', 'mebibytesPerSecond'],
  incremental: ['rowsPerSecond', 'mebibytesPerSecond'],
};

/** What is asked for, or why it cannot be done as a sentence. */
export function readRates(
  query: URLSearchParams,
): {phase: ThrottledPhase; rates: Partial<Rates>} | string {
  const phase = query.get('phase');
  if (phase !== 'full' && phase !== 'incremental') return 'phase must be full or incremental.';
  const rates: Partial<Rates> = {};
  for (const [name, value] of query) {
    if (name === 'phase') continue;
    const known = rateNames[phase].find(candidate => candidate === name);
    if (known === undefined) return `${phase} has the rates ${rateNames[phase].join(', ')}.`;
    const rate = value === 'none' ? null : Number(value);
    if (rate !== null && !(rate > 0 && rate < Infinity))
      return `${name} must be a number above 0, or none.`;
    rates[known] = rate;
  }
  return Object.keys(rates).length === 0 ? 'A rate is missing.' : {phase, rates};
}
