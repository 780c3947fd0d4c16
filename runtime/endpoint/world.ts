// Everything the endpoint's handlers share: the store, what is known of tables, sessions and jobs, the clock and the log.
import type {Log} from '../base/log.ts';
import type {Catalog} from './catalog.ts';
import type {Conduct} from './conduct.ts';
import type {EndpointFault} from './faults.ts';
import type {Flow} from './flow.ts';
import type {Instances} from './instances.ts';
import type {Limits} from './limits.ts';
import type {WaitingBounds} from './mayWait.ts';
import type {Pace} from './pace.ts';
import type {QuietIntake} from './quietIntake.ts';
import type {Sessions} from './sessions.ts';
import type {AccessKey} from './signature.ts';
import type {Store} from './store.ts';
import type {Threads} from './threads.ts';

export interface World {
  store: Store;
  /** Threads that move rows between wire and files. */
  threads: Threads;
  catalog: Catalog;
  sessions: Sessions;
  instances: Instances;
  key: AccessKey;
  limits: Limits;
  /** How much may wait to be taken in. */
  waitingBounds: WaitingBounds;
  quietIntake: QuietIntake;
  pace: Pace;
  flow: Flow;
  /** How kind it is; other than the kindest only in tests. */
  conduct: Conduct;
  /** Requests that shall go wrong; empty but in tests. */
  faults: EndpointFault[];
  log: Log;
  nowMs: () => number;
  /** Runs `use` after every earlier one of the same session. */
  inSession<T>(id: string, use: () => Promise<T>): Promise<T>;
}

/** One queue per name: each use waits for the earlier ones of its name. */
export function createQueues(): <T>(name: string, use: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, use) => {
    const run = (last.get(name) ?? Promise.resolve()).then(use, use);
    last.set(name, run);
    try {
      return await run;
    } finally {
      if (last.get(name) === run) last.delete(name);
    }
  };
}
