import test from 'ava';
import {fail} from '../../../runtime/base/errors.ts';
import {retry, wait, type RetryBounds} from '../../../runtime/base/wait.ts';

const bounds: RetryBounds = {countMax: 3, elapsedMsMax: 60_000, firstMs: 1, pauseMsMax: 2};
const trouble = () =>
  fail('SYNC4002', {operation: 'x', code: 'NoSuchUpload', requestId: null, message: ''});
const {signal} = new AbortController();

test('a wait ends with the reason of its signal', async t => {
  const stopper = new AbortController();
  const waiting = wait(60_000, stopper.signal);
  stopper.abort(new Error('told to stop'));
  await t.throwsAsync(waiting, {message: 'told to stop'});
});

test('a signal that is aborted already refuses the wait', async t => {
  await t.throwsAsync(wait(1, AbortSignal.abort(new Error('over'))), {message: 'over'});
});

test('trouble is tried again, and the tries are counted', async t => {
  const counts: number[] = [];
  const result = await retry(bounds, signal, count => {
    counts.push(count);
    return count < 3 ? Promise.reject(trouble()) : Promise.resolve('done');
  });
  t.is(result, 'done');
  t.deepEqual(counts, [1, 2, 3]);
});

test('after the last try its own error is raised', async t => {
  const errors = [trouble(), trouble(), trouble()];
  const error = await t.throwsAsync(
    retry(bounds, signal, count => Promise.reject(errors[count - 1]!)),
  );
  t.is(error, errors[2]!);
});

test('a mistake is not tried again', async t => {
  let tries = 0;
  const mistaken = retry(bounds, signal, () => {
    tries++;
    return Promise.reject(fail('SYNC1002', {path: 'x'}));
  });
  await t.throwsAsync(mistaken, {code: 'SYNC1002'});
  t.is(tries, 1);
});

test('no try starts after the time has ended', async t => {
  let tries = 0;
  const late = retry({...bounds, elapsedMsMax: 0}, signal, () => {
    tries++;
    return Promise.reject(trouble());
  });
  await t.throwsAsync(late, {code: 'SYNC4002'});
  t.is(tries, 1);
});

test('a stop ends the retries', async t => {
  const stopper = new AbortController();
  const stopped = retry(bounds, stopper.signal, () => {
    stopper.abort();
    return Promise.reject(trouble());
  });
  await t.throwsAsync(stopped, {code: 'SYNC4002'});
});

test('each failure is told before its pause', async t => {
  const told: [unknown, number][] = [];
  await t.throwsAsync(
    retry(
      bounds,
      signal,
      () => Promise.reject(trouble()),
      (error, pauseMs, count) => {
        t.true(pauseMs > 0 && pauseMs <= bounds.pauseMsMax);
        told.push([(error as {code: string}).code, count]);
      },
    ),
  );
  t.deepEqual(told, [
    ['SYNC4002', 1],
    ['SYNC4002', 2],
  ]);
});
