import test from 'ava';
import {finding} from '../../../../runtime/base/errors.ts';
import type {Status} from '../../../../runtime/task/progress.ts';
import {afterExit, crashesMax} from '../../../../provider/deploy/afterExit.ts';

const exit = (code: number | null, signal: string | null = null, ranMs = 1000) => ({
  code,
  signal,
  ranMs,
});
const failed = (error: Status['error']) => ({state: 'failed', error}) as Status;

test('a runtime that is done or was drained is left', t => {
  t.deepEqual(afterExit(exit(0), {state: 'done'} as Status, 0), {again: false, ended: 'done'});
  t.deepEqual(afterExit(exit(0), {state: 'stopped'} as Status, 0), {
    again: false,
    ended: 'stopped',
  });
});

test('a refused task and a lease held elsewhere are not tried again', t => {
  t.deepEqual(afterExit(exit(2), null, 0), {again: false, ended: 'failed'});
  t.deepEqual(afterExit(exit(3), null, 0), {again: false, ended: 'failed'});
});

test('after a failure the kind of the last error decides', t => {
  const mistake = finding('SYNC1001', {path: 'x', problem: 'y'});
  const trouble = finding('SYNC7004', {
    place: '/s',
    state: 'dead',
    last: 'x',
    log: '/s/runtime.log',
  });
  const bug = finding('SYNC9001', {what: 'x'});
  t.like(afterExit(exit(1), failed(mistake), 0), {again: false, ended: 'failed'});
  t.like(afterExit(exit(1), failed(bug), 0), {again: false, ended: 'failed'});
  t.like(afterExit(exit(1), failed(trouble), 0), {again: true});
});

test('a runtime that was killed starts again, with pauses that double up to a bound', t => {
  const pauses = [0, 1, 2, 20].map(crashes => {
    const decision = afterExit(exit(null, 'SIGKILL'), null, crashes);
    return decision.again ? decision.pauseMs : null;
  });
  t.deepEqual(pauses, [500, 1000, 2000, 30_000]);
});

test('a crash after a healthy stretch is the first of a new row', t => {
  t.like(afterExit(exit(null, 'SIGKILL', 60_000), null, 30), {again: true, crashes: 1});
});

test('crashes without end are given up', t => {
  t.deepEqual(afterExit(exit(134), null, crashesMax), {again: false, ended: 'failed'});
});
