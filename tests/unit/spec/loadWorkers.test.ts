// The number of load workers that a task gets.
import {availableParallelism} from 'node:os';
import test from 'ava';
import {loadWorkers} from '../../../runtime/spec/loadWorkers.ts';
import type {Task} from '../../../runtime/spec/task.ts';

const full = (workers: number | null) => ({full: {workers}}) as Pick<Task, 'full'>;

test('a task that names no workers gets one a core, at least two and at most four', t => {
  t.is(loadWorkers(full(null)), Math.min(4, Math.max(2, availableParallelism())));
});

test('a number of workers in the task is taken as it is', t => {
  t.deepEqual(
    [1, 3, 64].map(workers => loadWorkers(full(workers))),
    [1, 3, 64],
  );
});
