import test from 'ava';
import {createPace, keepQuiet, noteBody, noteThrottled} from '../../../runtime/sink/pace.ts';

const {signal} = new AbortController();

test('the speed of a connection is the mean of its last long bodies', t => {
  const pace = createPace();
  noteBody(pace, 1000, 1);
  t.is(pace.bytesPerSecond, null);
  noteBody(pace, 1_000_000, 100);
  t.is(pace.bytesPerSecond, 10_000_000);
  noteBody(pace, 1_000_000, 10);
  t.is(pace.bytesPerSecond, 21_250_000);
});

test('a pause asked of one request is kept by all of its side, and can be cancelled', async t => {
  const pace = createPace();
  noteThrottled(pace, 'tunnel', 60_000);
  noteThrottled(pace, 'tunnel', 1);
  await keepQuiet(pace, 'rest', signal);
  const cancelled = AbortSignal.abort(new Error('stop'));
  await t.throwsAsync(keepQuiet(pace, 'tunnel', cancelled), {message: 'stop'});
  const short = createPace();
  noteThrottled(short, 'rest', 5);
  await keepQuiet(short, 'rest', signal);
  t.true(performance.now() >= short.quietUntilMs.rest);
});
