// Assertions for bugs: what must hold unless our own code is wrong. Users' mistakes and trouble use `fail`.
import {fail} from './errors.ts';

/** Stops the task with SYNC9001 when `condition` is false; `what` states the fact that should hold. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw fail('SYNC9001', {what});
}

/** The value, or a SYNC9001 stop where it is null or undefined. */
export function must<T>(value: T | null | undefined, what: string): T {
  assert(value !== null && value !== undefined, what);
  return value;
}
