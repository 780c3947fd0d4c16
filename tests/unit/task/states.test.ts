import test from 'ava';
import {next, step} from '../../../runtime/task/states.ts';

test('a task goes from prechecking through loading to following and ends stopped', t => {
  const way = (['planned', 'prepared', 'loaded', 'stop', 'drained'] as const).reduce<
    Parameters<typeof step>[0][]
  >((states, signal) => [...states, step(states.at(-1)!, signal)], ['prechecking']);
  t.deepEqual(way, ['prechecking', 'preparing', 'loading', 'following', 'stopping', 'stopped']);
});

test('every state can fail or be stopped unless it is an end', t => {
  for (const state of ['prechecking', 'preparing', 'loading', 'following', 'stopping'] as const) {
    t.is(next[state].fail, 'failed');
    t.is(next[state].stop, 'stopping');
  }
});

test('what cannot happen is a bug', t => {
  t.like(
    t.throws(() => step('done', 'loaded')),
    {code: 'SYNC9001'},
  );
});
