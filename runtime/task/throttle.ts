// A rate limit as virtual scheduling: a paced amount moves the time at which the next one is free. That time lives in
// shared memory, so that the load's worker threads keep one limit together. Counts nothing that the limit does not name.

/** Bursts of this length pass at full speed after a quiet time; longer ones would be seen by the source. */
const burstMs = 250;
/** Waits below this are left to the next amount. */
const waitMsMin = 20;

/** One limit, as it crosses to worker threads. */
export interface ThrottleLimit {
  perSecond: number;
  /** Microseconds since the epoch at which the limit is free again. */
  freeAt: BigInt64Array;
}

/** The limits of one phase; null where the task names none. */
export interface PhaseThrottle {
  queries: ThrottleLimit | null;
  rows: ThrottleLimit | null;
  bytes: ThrottleLimit | null;
}

/** Limits from a task's setting. */
export function createThrottle(setting: {
  queriesPerSecond: number | null;
  rowsPerSecond: number | null;
  mebibytesPerSecond: number | null;
}): PhaseThrottle {
  const {queriesPerSecond, rowsPerSecond, mebibytesPerSecond} = setting;
  return {
    queries: limitOf(queriesPerSecond),
    rows: limitOf(rowsPerSecond),
    bytes: limitOf(mebibytesPerSecond === null ? null : mebibytesPerSecond * 1024 ** 2),
  };
}

function limitOf(perSecond: number | null): ThrottleLimit | null {
  if (perSecond === null) return null;
  return {perSecond, freeAt: new BigInt64Array(new SharedArrayBuffer(8))};
}

/** Books `amount` and gives the milliseconds to wait before the next; 0 when there is nothing to wait for. */
export function book(limit: ThrottleLimit | null, amount: number, nowMs = clockMs()): number {
  if (limit === null || amount <= 0) return 0;
  const now = BigInt(Math.round(nowMs * 1000));
  const cost = BigInt(Math.round((amount / limit.perSecond) * 1e6));
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
