// What the surroundings of a running task may do with it. The command line, the status server and tests see a task as this and nothing else.
import type {Rates, Status} from './progress.ts';
import type {PhaseThrottle} from './throttle.ts';

/** The phases that have a throttle. */
export type ThrottledPhase = 'full' | 'incremental';
export type Throttles = Readonly<Record<ThrottledPhase, PhaseThrottle>>;

/** One running task. All calls return at once; `status()` tells when what was asked has come about. */
export interface TaskHandle {
  /** A fresh picture of the task; the caller may keep it. */
  status(): Status;
  /** Adds the hold `operator`. Harmless when it is there already. */
  pause(): void;
  /** Takes the hold `operator` away. Harmless when there is none. */
  resume(): void;
  /** Sends nothing more of these tables (`database.table`) while the others stream on; a restart keeps to it. Raises SYNC5080 for a table that the task does not have. */
  pauseTables(tables: readonly string[]): void;
  /** Lets these tables go on. Harmless for one that is not paused. */
  resumeTables(tables: readonly string[]): void;
  /** Sets the rates that are named; null takes a limit away. Until the runtime ends. */
  throttle(phase: ThrottledPhase, rates: Partial<Rates>): void;
  /** Drains, then loads these tables (`database.table`) again while the others stream on. Raises SYNC5045 for a task that loads nothing, SYNC5080 for a table that it does not have. */
  reload(tables: readonly string[] | 'all'): Promise<void>;
  /** Drains and stops. Harmless when the task stops already. */
  stop(): void;
}
