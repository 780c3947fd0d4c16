// Which partition of `_log` a row change belongs to: parts of its event time in the task's zone (design section 6).
import {fail} from '../base/errors.ts';
import type {PartitionPart, TablePlan} from '../codec/plan.ts';

/** Event times outside this window are a wrong clock or a session's SET timestamp (rule C20, fact c). */
const pastDaysMax = 400;
const futureDaysMax = 1;
const daySeconds = 86_400;

/** The partition spec of an event time, `year=2026,month=11`; remembers the last minute, which is nearly always asked again. */
export type PartitionNamer = (utcSeconds: number) => string;

/** `startedSeconds` is the task's start, Unix seconds. The namer raises SYNC5021 for a time outside the window of rule C20. */
export function partitionNamer(plan: TablePlan, startedSeconds: number): PartitionNamer {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: plan.partitionTimeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  let lastMinute = -1;
  let lastSpec = '';
  return utcSeconds => {
    const minute = Math.floor(utcSeconds / 60);
    if (minute === lastMinute) return lastSpec;
    if (
      utcSeconds < startedSeconds - pastDaysMax * daySeconds ||
      utcSeconds > Math.max(startedSeconds, Date.now() / 1000) + futureDaysMax * daySeconds
    ) {
      const table = `${plan.source.database}.${plan.source.name}`;
      throw fail('SYNC5021', {table, time: new Date(utcSeconds * 1000).toISOString()}, undefined, {
        object: table,
      });
    }
    const parts = new Map<string, string>(
      format.formatToParts(utcSeconds * 1000).map(part => [part.type, part.value]),
    );
    lastMinute = minute;
    lastSpec = plan.partitionBy
      .map((part: PartitionPart, i) => `${plan.logNames.partitions[i]}=${parts.get(part)}`)
      .join(',');
    return lastSpec;
  };
}
