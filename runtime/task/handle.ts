// What the surroundings of a running task may do with it. The command line, the status server and tests see a task as this and nothing else.
import type {Status} from './progress.ts';

/** One running task. All calls return at once; `status()` tells when what was asked has come about. */
export interface TaskHandle {
  /** A fresh picture of the task; the caller may keep it. */
  status(): Status;
  /** Adds the hold `operator`. Harmless when it is there already. */
  pause(): void;
  /** Takes the hold `operator` away. Harmless when there is none. */
  resume(): void;
  /** Drains and stops. Harmless when the task stops already. */
  stop(): void;
}
