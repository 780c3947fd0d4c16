// What a client learns from its calls about the service: how fast bodies travel, and until when it asked for quiet.
// One throttled request holds the others of its side back too: a quota is shared, and asking again only spends it.
import {KiB} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';

/** Shorter bodies say more about the round trip than about the wire. */
const bodyBytesMin = 64 * KiB;
/** Given to the connection at once; the next ones follow when the system has taken these. */
const partBytes = 128 * KiB;
/** Weight of the newest body in the mean: the last dozen decides. */
const newestWeight = 1 / 8;

export interface Pace {
  /** Bytes a second of one connection, a moving mean; null until a body was long enough to tell. */
  bytesPerSecond: number | null;
  /** What a DDL statement took, a moving mean; 0 before the first. */
  ddlMs: number;
  /** `performance.now()` until which no request of a side is begun. */
  quietUntilMs: {rest: number; tunnel: number};
}

export function createPace(): Pace {
  return {bytesPerSecond: null, ddlMs: 0, quietUntilMs: {rest: 0, tunnel: 0}};
}

/**
 * The body of one attempt, part by part. Notes in `pace` how fast the connection took it, from when it was there: what the
 * target does with a body before it answers takes as long for fewer bytes, so it says nothing about the wire.
 */
export async function* pacedBody(pace: Pace, pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  const startedMs = performance.now();
  let bytes = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += partBytes) {
      const part = piece.subarray(at, at + partBytes);
      yield part;
      bytes += part.length;
    }
  }
  noteBody(pace, bytes, performance.now() - startedMs);
}

/** Notes that a connection took a body of `bytes` in `ms`. */
export function noteBody(pace: Pace, bytes: number, ms: number): void {
  if (bytes < bodyBytesMin) return;
  const speed = (bytes * 1000) / Math.max(ms, 1);
  const before = pace.bytesPerSecond ?? speed;
  pace.bytesPerSecond = before + (speed - before) * newestWeight;
}

/** Notes that a DDL statement ended after `ms`. */
export function noteDdl(pace: Pace, ms: number): void {
  pace.ddlMs = pace.ddlMs === 0 ? ms : pace.ddlMs + (ms - pace.ddlMs) * newestWeight;
}

/** Notes that the service throttled a request of `side` and asked for a pause of `ms`. */
export function noteThrottled(pace: Pace, side: 'rest' | 'tunnel', ms: number): void {
  const until = performance.now() + ms;
  pace.quietUntilMs[side] = Math.max(pace.quietUntilMs[side], until);
}

/** Waits out the pause that the service asked for; at once when there is none. */
export async function keepQuiet(
  pace: Pace,
  side: 'rest' | 'tunnel',
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const ms = pace.quietUntilMs[side] - performance.now();
    if (ms <= 0) return;
    await wait(ms, signal);
  }
}
