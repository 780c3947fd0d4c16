// Virtual time and the seeded chance of one simulated run. Everything that waits, waits here; nothing else moves.
import {setImmediate as turn} from 'node:timers/promises';

interface Sleeper {
  atMs: number;
  order: number;
  wake: () => void;
}

/** A promise that nobody resolves: what a process that was killed still waits for. */
export const never = new Promise<never>(() => undefined);

export class SimClock {
  nowMs = Date.UTC(2026, 10, 20);
  #sleepers: Sleeper[] = [];
  #order = 0;
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761) >>> 0;
  }

  /** A whole number below `n`. */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 4294967296) * n);
  }

  chance(share: number): boolean {
    return this.below(10_000) < share * 10_000;
  }

  sleep(ms: number): Promise<void> {
    return new Promise(wake => {
      this.#sleepers.push({atMs: this.nowMs + ms, order: this.#order++, wake});
    });
  }

  /** Wakes whoever is next and lets it run as far as it goes. False when nobody sleeps. */
  async step(): Promise<boolean> {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers)
      if (
        first === undefined ||
        sleeper.atMs < first.atMs ||
        (sleeper.atMs === first.atMs && sleeper.order < first.order)
      )
        first = sleeper;
    if (first === undefined) return false;
    this.#sleepers.splice(this.#sleepers.indexOf(first), 1);
    this.nowMs = Math.max(this.nowMs, first.atMs);
    first.wake();
    await turn();
    return true;
  }
}

/** One life of the runtime. What it asked for and was not answered when it died may have had its effect or not. */
export class Life {
  dead = false;
  readonly #clock: SimClock;
  readonly #underway = new Set<() => void>();
  /** Effects that come about in the order in which they were asked for. */
  readonly #inOrder = new Set<() => void>();
  #lastInOrderMs = 0;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Does `effect` some time from now and gives what it gives, unless the life ends first. */
  after<T>(effect: () => T): Promise<T> {
    return this.#later(this.#underway, this.#clock.nowMs + 1 + this.#clock.below(4), effect);
  }

  /** The same, never before what was asked for earlier. */
  afterInOrder<T>(effect: () => T): Promise<T> {
    const atMs = this.#clock.nowMs + 1 + this.#clock.below(4);
    this.#lastInOrderMs = Math.max(this.#lastInOrderMs, atMs);
    return this.#later(this.#inOrder, this.#lastInOrderMs, effect);
  }

  /** kill -9. */
  end(): void {
    this.dead = true;
    for (const effect of this.#underway) if (this.#clock.chance(0.5)) effect();
    for (const effect of this.#inOrder) {
      if (this.#clock.chance(0.5)) break;
      effect();
    }
  }

  async #later<T>(underway: Set<() => void>, atMs: number, effect: () => T): Promise<T> {
    if (this.dead) return never;
    const pending = () => {
      try {
        effect();
      } catch {
        // Nobody hears it any more.
      }
    };
    underway.add(pending);
    await this.#clock.sleep(atMs - this.#clock.nowMs);
    if (this.dead) return never;
    underway.delete(pending);
    return effect();
  }
}
