// The states of a task and what moves it between them: a total table, so that the compiler finds a missing cell.
// A pause is a hold, not a state (holds.ts).
import {assert} from '../base/assert.ts';
import type {TaskState} from './progress.ts';

/** again: the task drained and begins anew, to load tables again. planned: prechecks passed. prepared: target tables are there. loaded: every base is committed and its log has caught up. */
export type Signal =
  'planned' | 'prepared' | 'loaded' | 'joined' | 'ended' | 'again' | 'stop' | 'drained' | 'fail';

/** null: cannot happen. */
export const next: Record<TaskState, Record<Signal, TaskState | null>> = {
  prechecking: row({again: 'prechecking', planned: 'preparing', stop: 'stopping', fail: 'failed'}),
  preparing: row({
    again: 'prechecking',
    planned: 'preparing',
    prepared: 'loading',
    stop: 'stopping',
    fail: 'failed',
  }),
  loading: row({
    again: 'prechecking',
    loaded: 'following',
    ended: 'done',
    stop: 'stopping',
    fail: 'failed',
  }),
  following: row({
    again: 'prechecking',
    joined: 'loading',
    ended: 'done',
    stop: 'stopping',
    fail: 'failed',
  }),
  stopping: row({
    stop: 'stopping',
    drained: 'stopped',
    ended: 'done',
    fail: 'failed',
    loaded: 'stopping',
    planned: 'stopping',
    prepared: 'stopping',
  }),
  stopped: row({stop: 'stopped'}),
  failed: row({stop: 'failed', fail: 'failed'}),
  done: row({stop: 'done'}),
};

/** The state after `signal`. */
export function step(state: TaskState, signal: Signal): TaskState {
  const after = next[state][signal];
  assert(after !== null, `${signal} cannot happen in state ${state}`);
  return after;
}

function row(cells: Partial<Record<Signal, TaskState>>): Record<Signal, TaskState | null> {
  const none = {
    planned: null,
    prepared: null,
    loaded: null,
    joined: null,
    ended: null,
    again: null,
    stop: null,
    drained: null,
    fail: null,
  };
  return {...none, ...cells};
}
