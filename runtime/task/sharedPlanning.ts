// Plans of many tasks that share sources: one connection a source, one task after the other on it. For previews of stacks,
// where fifty tasks on one server must not open fifty connections.
import {asSyncError, finding, type Finding} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {Task} from '../spec/task.ts';
import {SourceConnection, type SourceOptions} from '../source/connection.ts';
import {sourceOptions} from './connections.ts';
import {planOfTask, type TaskPlan} from './taskPlan.ts';

/** One source: its connection, or why there is none; and the last plan that was begun on it. */
interface Lane {
  opened: Promise<SourceConnection | Finding>;
  last: Promise<unknown>;
}

/** Connecting takes milliseconds; somebody waits for the preview. */
const connectMsMax = 4 * secondMs;

/** Plans tasks over shared connections until it is disposed of. */
export class SharedPlanning implements AsyncDisposable {
  readonly #lanes = new Map<string, Lane>();

  /**
   * The plan of `task`. A source that could not be reached is not asked again: the finding stands for all its tasks. Rejects
   * with the reason of `signal` when that is aborted first; what was begun ends by itself.
   */
  async plan(task: Task, secrets: Secrets, signal: AbortSignal): Promise<TaskPlan> {
    const lane = this.#laneOf(task, secrets);
    const work = lane.last.then(async () => {
      const opened = await lane.opened;
      signal.throwIfAborted();
      if (!(opened instanceof SourceConnection)) return unreachable(opened);
      return await planOfTask(task, secrets, signal, {connection: opened});
    });
    lane.last = work.catch(() => undefined);
    return await Promise.race([work, rejection(signal)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const {opened, last} of this.#lanes.values()) {
      await last;
      const connection = await opened;
      if (connection instanceof SourceConnection) await connection[Symbol.asyncDispose]();
    }
  }

  #laneOf(task: Task, secrets: Secrets): Lane {
    // Its attributes tell the running tasks of one source apart; a plan runs nothing, and tasks share it.
    const options = {...sourceOptions(task, secrets), attributes: {}};
    const key = JSON.stringify(options);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = {opened: open(options), last: Promise.resolve()};
    this.#lanes.set(key, lane);
    return lane;
  }
}

/** The signal of a connection holds for its whole life, so the bound of connecting ends with connecting. */
async function open(options: SourceOptions): Promise<SourceConnection | Finding> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), connectMsMax);
  try {
    return await SourceConnection.open(options, late.signal);
  } catch (error) {
    const where = {id: 'P01', where: 'source'};
    return late.signal.aborted
      ? finding('SYNC5052', {what: 'source', seconds: connectMsMax / secondMs}, where)
      : {...asSyncError(error).finding, ...where};
  } finally {
    clearTimeout(timer);
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
  });
}

function unreachable(found: Finding): TaskPlan {
  return {
    tables: [],
    findings: [found],
    rowsEstimated: 0,
    bytesEstimated: 0,
    loadSecondsEstimated: 0,
  };
}
