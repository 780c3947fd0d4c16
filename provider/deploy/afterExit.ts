// What the supervisor does when a runtime has ended: start it again, or leave it.
// Told by the exit code (0 done or drained, 1 failure, 2 refused task, 3 another runtime holds the lease) and, for 1, by the kind
// of the error in the last status that the runtime left: a mistake or a bug comes again with the same task, trouble may not.
// No last status means that the process was killed or fell over: that is a crash.
import {codes} from '../../runtime/base/codes.ts';
import type {Status} from '../../runtime/task/progress.ts';
import {minuteMs, secondMs} from '../../runtime/base/sizes.ts';

export interface Exit {
  code: number | null;
  signal: string | null;
  /** How long the process lived. */
  ranMs: number;
}

export type Decision =
  | {again: true; pauseMs: number; crashes: number}
  | {again: false; ended: 'done' | 'stopped' | 'failed'};

/** First pause; it doubles with each crash. */
const pauseMsFirst = secondMs / 2;
const pauseMsMax = minuteMs / 2;
/** A runtime that lived this long was healthy: its crash is the first of a new row. */
const healthyMs = minuteMs / 2;
/** 50 crashes in a row with pauses up to 30 s are more than 20 minutes: no trouble of the moment. */
export const crashesMax = 50;

/** `crashes`: crashes in a row before this exit. */
export function afterExit(exit: Exit, last: Status | null, crashes: number): Decision {
  if (exit.code === 0) return {again: false, ended: last?.state === 'done' ? 'done' : 'stopped'};
  if (exit.code === 2 || exit.code === 3) return {again: false, ended: 'failed'};
  const kind = last?.error ? codes[last.error.code]?.kind : 'trouble';
  if (exit.code === 1 && kind !== 'trouble') return {again: false, ended: 'failed'};
  const row = exit.ranMs >= healthyMs ? 1 : crashes + 1;
  if (row > crashesMax) return {again: false, ended: 'failed'};
  return {again: true, crashes: row, pauseMs: Math.min(pauseMsMax, pauseMsFirst * 2 ** (row - 1))};
}
