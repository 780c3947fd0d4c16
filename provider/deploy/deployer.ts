// What a place to run must be able to do. Each kind of `deploy` has one deployer; lifecycle.ts knows no other difference.
import type {Finding} from '../../runtime/base/errors.ts';
import type {Status} from '../../runtime/task/progress.ts';

/** One task to deploy. */
export interface Deployment {
  name: string;
  /** The task file: the task as JSON, with every secret as `{env: NAME}`. */
  taskFile: Record<string, unknown>;
  /** Values of those names, in clear. */
  environment: Record<string, string>;
}

/** A runtime as seen from outside. `restarting`: it crashed and its supervisor starts it again. `dead`: nobody does. */
export type DeployedState = Status['state'] | 'starting' | 'restarting' | 'dead' | 'not deployed';

export interface Deployed {
  stateDir: string | null;
  statusUrl: string | null;
  state: DeployedState;
  /** What the runtime said, while it runs or when it ended. */
  status: Status | null;
  /** How the last process ended, as a sentence without full stop: `it exited with 1 at …`. */
  last: string;
  /** Crashes and failed starts in a row. */
  crashes: number;
  /** Where it runs, for sentences: `/var/lib/synctask/shop`, `container synctask-shop`. */
  place: string;
  /** Its log file, or the command that shows the log. */
  log: string;
  /** What only this place can find wrong. */
  findings: Finding[];
}

export interface Deployer {
  /** Whether create takes over a runtime of this name that is there already, with the target tables it made. */
  adopts?: boolean;
  /** Starts the runtime and returns once something watches over it. Raises SYNC7007, SYNC7008. */
  create(deployment: Deployment, signal: AbortSignal): Promise<void>;
  /** Keeps the new task for the next start; with `restart` the runtime drains, stops and starts with it now. */
  update(deployment: Deployment, restart: boolean, signal: AbortSignal): Promise<void>;
  read(): Promise<Deployed>;
  /** Pauses or resumes without a restart; harmless when it is so already or nothing runs. */
  pause(paused: boolean): Promise<void>;
  /** Drains and stops; the state stays. Harmless when nothing runs. */
  stop(signal: AbortSignal): Promise<void>;
  /** Stops, and removes what this deployer made. */
  delete(signal: AbortSignal): Promise<void>;
  /** The last `lines` of the log; empty when there is none. No secret is in it. */
  logs(lines: number): Promise<string>;
}
