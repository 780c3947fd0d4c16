import test from 'ava';
import {createHolds} from '../../../runtime/task/holds.ts';

test('nothing holds until a reason is given, and reasons are listed with their details', t => {
  const holds = createHolds();
  t.is(holds.clear(new AbortController().signal), null);
  holds.add('operator');
  holds.add('source-connection', {attempt: 2});
  t.deepEqual(holds.list(), [{reason: 'operator'}, {reason: 'source-connection', attempt: 2}]);
});

test('it moves again when the last reason is gone', async t => {
  const holds = createHolds();
  holds.add('operator');
  holds.add('spool');
  let moved = false;
  const clear = holds.clear(new AbortController().signal)!.then(() => (moved = true));
  holds.remove('operator');
  await Promise.resolve();
  t.false(moved);
  holds.remove('spool');
  await clear;
  t.true(moved);
});

test('a wait for a hold ends with its signal', async t => {
  const holds = createHolds();
  holds.add('operator');
  const controller = new AbortController();
  const clear = holds.clear(controller.signal)!;
  controller.abort(new Error('enough'));
  await t.throwsAsync(clear, {message: 'enough'});
});

test('a slow-down is listed for its time and holds nothing', t => {
  const holds = createHolds();
  holds.slow('throttle-full', 60_000);
  holds.slow('throttle-incremental', 0);
  t.deepEqual(holds.list(), [{reason: 'throttle-full'}]);
  t.is(holds.clear(new AbortController().signal), null);
});
