// Why the task does not move: a set of named holds, each with its reason. It moves when the set is empty.
import type {Hold} from './progress.ts';

export interface Holds {
  /** Adds the hold `reason`; details replace those of an earlier one. */
  add: (reason: string, details?: Record<string, string | number>) => void;
  remove: (reason: string) => void;
  /** Shows `reason` for the next `forMs`; the task moves on, only slower. */
  slow: (reason: string, forMs: number) => void;
  list: () => Hold[];
  /** Null when nothing holds; else a promise for that moment, rejected when `signal` is aborted. */
  clear: (signal: AbortSignal) => Promise<void> | null;
}

export function createHolds(): Holds {
  const held = new Map<string, Hold>();
  const slowUntilMs = new Map<string, number>();
  let waiting: PromiseWithResolvers<void> | null = null;
  return {
    add: (reason, details = {}) => void held.set(reason, {reason, ...details}),
    remove: reason => {
      if (!held.delete(reason)) return;
      if (held.size > 0) return;
      waiting?.resolve();
      waiting = null;
    },
    slow: (reason, forMs) => void slowUntilMs.set(reason, performance.now() + forMs),
    list: () => {
      const nowMs = performance.now();
      const slow = [...slowUntilMs].filter(([, untilMs]) => untilMs > nowMs);
      return [...held.values(), ...slow.map(([reason]) => ({reason}))];
    },
    clear: signal => {
      if (held.size === 0) return null;
      waiting ??= Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      const onAbort = () => ended.reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, {once: true});
      return Promise.race([waiting.promise, ended.promise]).finally(() =>
        signal.removeEventListener('abort', onAbort),
      );
    },
  };
}
