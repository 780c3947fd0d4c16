// How many chunks are read at the same time where the task does not say.
import {availableParallelism} from 'node:os';
import {loadWorkersAutoMax, loadWorkersAutoMin} from './limits.ts';
import type {Task} from './task.ts';

/** `full.workers`, or as many as this machine has cores, within bounds that a source bears. */
export function loadWorkers({full}: Pick<Task, 'full'>): number {
  if (full.workers !== null) return full.workers;
  return Math.min(loadWorkersAutoMax, Math.max(loadWorkersAutoMin, availableParallelism()));
}
