// Waiting that can be cancelled, and retrying with bounds in count and time.
import {setTimeout as sleep} from 'node:timers/promises';
import {isTrouble} from './errors.ts';

/** Waits `ms`; rejects with the signal's reason when it is aborted first. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await sleep(ms, undefined, {signal});
  } catch {
    signal.throwIfAborted();
  }
}

export interface RetryBounds {
  /** Tries in all, the first included. */
  countMax: number;
  /** No new try starts later than this after the first. */
  elapsedMsMax: number;
  /** A longer or shorter time for some errors. */
  elapsedMsMaxOf?: (error: unknown) => number;
  /** First pause; doubles each time. */
  firstMs: number;
  /** Longest pause. */
  pauseMsMax: number;
}

/**
 * Runs `attempt` until it succeeds, meets something other than trouble, or `bounds` end.
 * `onRetry` hears each failure before its pause and may give a longer pause (Retry-After).
 */
export async function retry<T>(
  bounds: RetryBounds,
  signal: AbortSignal,
  attempt: (count: number) => Promise<T>,
  onRetry: (error: unknown, pauseMs: number, count: number) => number | void = () => undefined,
): Promise<T> {
  const startedMs = performance.now();
  for (let count = 1; ; count++) {
    try {
      return await attempt(count);
    } catch (error) {
      const elapsedMs = performance.now() - startedMs;
      if (signal.aborted || !isTrouble(error)) throw error;
      const elapsedMsMax = bounds.elapsedMsMaxOf?.(error) ?? bounds.elapsedMsMax;
      if (count >= bounds.countMax || elapsedMs >= elapsedMsMax) throw error;
      // Half to full pause: clients that failed together do not come back together.
      const fullMs = Math.min(bounds.pauseMsMax, bounds.firstMs * 2 ** (count - 1));
      const pauseMs = fullMs / 2 + (Math.random() * fullMs) / 2;
      await wait(Math.max(pauseMs, onRetry(error, pauseMs, count) ?? 0), signal);
    }
  }
}
