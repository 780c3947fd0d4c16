// Limits on how often something is done to one table (protocol section 18): a call beyond them is refused with 429 and its code,
// and the time to wait. Counted on the endpoint's clock; the counts are of this process only.
import {minuteMs, secondMs} from '../base/sizes.ts';
import {OdpsError} from './odpsError.ts';
import type {Limits} from './limits.ts';

export type Paced = 'upload' | 'download' | 'commit';

/** Counts one call on a table; throws FlowExceeded when it is one too many. */
export type Pace = (what: Paced, tableId: string) => void;

/** Tables whose times are kept at most; the longest unused are forgotten first. */
const tablesMax = 20_000;

/** A pace by `limits` on the clock `nowMs`. */
export function createPace(limits: Limits, nowMs: () => number): Pace {
  const windows: Record<Paced, {count: number; ms: number}> = {
    upload: {count: limits.uploadsMax, ms: 5 * minuteMs},
    download: {count: limits.downloadsMax, ms: 5 * minuteMs},
    commit: {count: limits.commitsMax, ms: 15 * secondMs},
  };
  const times = new Map<string, number[]>();
  return (what, tableId) => {
    const {count, ms} = windows[what];
    const key = `${what} ${tableId}`;
    const now = nowMs();
    const recent = (times.get(key) ?? []).filter(at => at > now - ms);
    times.delete(key);
    if (times.size >= tablesMax) times.delete(times.keys().next().value!);
    times.set(key, recent);
    if (recent.length >= count) {
      const seconds = Math.max(1, Math.ceil((recent[0]! + ms - now) / secondMs));
      const text = `The table had ${recent.length} calls of kind ${what} in ${ms / secondMs} s; wait ${seconds} s`;
      throw new OdpsError('FlowExceeded', 429, text, seconds);
    }
    recent.push(now);
  };
}
