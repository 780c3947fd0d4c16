// A rate limit as virtual scheduling: a paced amount moves the time at which the next one is free. That time lives in
// shared memory, so that the load's worker threads keep one limit together. Counts nothing that the limit does not name.

import {MiB} from '../base/sizes.ts';
import type {Rates} from './progress.ts';

/** Bursts of this length pass at full speed after a quiet time; longer ones would be seen by the source. */
const burstMs = 250;
/** Waits below this are left to the next amount. */
const waitMsMin = 20;

/** One limit, as it crosses to worker threads. Both halves are shared memory: a change is felt by all at once. */
export interface ThrottleLimit {
  /** 0 for no limit. */
  perSecond: Float64Array;
  /** Microseconds since the epoch at which the limit is free again. */
  freeAt: BigInt64Array;
}

/** The limits of one phase. */
export interface PhaseThrottle {
  queries: ThrottleLimit;
  rows: ThrottleLimit;
  bytes: ThrottleLimit;
}

/** Limits from a task's setting. */
export function createThrottle(rates: Partial<Rates>): PhaseThrottle {
  const throttle = {queries: newLimit(), rows: newLimit(), bytes: newLimit()};
  changeThrottle(throttle, rates);
  return throttle;
}

/** Sets the rates that `rates` names; the others stay. */
export function changeThrottle(throttle: PhaseThrottle, rates: Partial<Rates>): void {
  const {queriesPerSecond, rowsPerSecond, mebibytesPerSecond} = rates;
  setRate(throttle.queries, queriesPerSecond);
  setRate(throttle.rows, rowsPerSecond);
  setRate(throttle.bytes, mebibytesPerSecond && mebibytesPerSecond * MiB);
}

/** What one of a conductor and `pods` load pods may take of `rates`. Queries are counted by the conductor for all. */
export function shareOfRates(rates: Rates, pods: number): Rates {
  const share = (rate: number | null) => rate && rate / (1 + pods);
  const {queriesPerSecond, rowsPerSecond, mebibytesPerSecond} = rates;
  return {
    queriesPerSecond,
    rowsPerSecond: share(rowsPerSecond),
    mebibytesPerSecond: share(mebibytesPerSecond),
  };
}

/** The rates as they are now. */
export function ratesOf({queries, rows, bytes}: PhaseThrottle): Rates {
  const rate = (limit: ThrottleLimit, unit = 1) =>
    limit.perSecond[0] === 0 ? null : limit.perSecond[0]! / unit;
  return {
    queriesPerSecond: rate(queries),
    rowsPerSecond: rate(rows),
    mebibytesPerSecond: rate(bytes, MiB),
  };
}

/** Units a second that `limit` lets pass; Infinity without a limit. */
export function rateOf(limit: ThrottleLimit): number {
  return limit.perSecond[0]! || Infinity;
}

/** Whether rows or bytes are limited. */
export function isPaced(throttle: PhaseThrottle): boolean {
  return throttle.rows.perSecond[0]! > 0 || throttle.bytes.perSecond[0]! > 0;
}

function newLimit(): ThrottleLimit {
  return {
    perSecond: new Float64Array(new SharedArrayBuffer(8)),
    freeAt: new BigInt64Array(new SharedArrayBuffer(8)),
  };
}

/** A new rate counts from now on: what was booked at the old one is forgotten. */
function setRate(limit: ThrottleLimit, perSecond: number | null | undefined): void {
  if (perSecond === undefined) return;
  limit.perSecond[0] = perSecond ?? 0;
  Atomics.store(limit.freeAt, 0, 0n);
}

/** Books `amount` and gives the milliseconds to wait before the next; 0 when there is nothing to wait for. */
export function book(limit: ThrottleLimit, amount: number, nowMs = clockMs()): number {
  const perSecond = limit.perSecond[0]!;
  if (perSecond === 0 || amount <= 0) return 0;
  const now = BigInt(Math.round(nowMs * 1000));
  const cost = BigInt(Math.round((amount / perSecond) * 1e6));
  const earliest = now - BigInt(burstMs * 1000);
  for (;;) {
    const before = Atomics.load(limit.freeAt, 0);
    const after = (before > earliest ? before : earliest) + cost;
    if (Atomics.compareExchange(limit.freeAt, 0, before, after) !== before) continue;
    const waitMs = Number(after - now) / 1000;
    return waitMs >= waitMsMin ? waitMs : 0;
  }
}

/** Books amounts on all limits; gives the longest wait in milliseconds. */
export function bookAll(
  throttle: PhaseThrottle,
  amounts: {queries?: number; rows?: number; bytes?: number},
): number {
  return Math.max(
    book(throttle.queries, amounts.queries ?? 0),
    book(throttle.rows, amounts.rows ?? 0),
    book(throttle.bytes, amounts.bytes ?? 0),
  );
}

/** The same clock in every thread of a process, and never set back. */
function clockMs(): number {
  return performance.timeOrigin + performance.now();
}
