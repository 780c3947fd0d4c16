import test from 'ava';
import {createLatency} from '../../../runtime/task/latency.ts';

const nowMs = 1_790_000_000_000;
const agoMicros = (ms: number) => (nowMs - ms) * 1000;

test('quantiles weigh batches by their changes and spread them between oldest and newest', t => {
  const latency = createLatency(() => nowMs);
  t.is(latency.quantiles(), null);
  latency.note(agoMicros(100), agoMicros(100), 990);
  latency.note(agoMicros(5000), agoMicros(5000), 10);
  t.deepEqual(latency.quantiles(), {p50Ms: 100, p99Ms: 100});
  latency.note(agoMicros(900), agoMicros(100), 10_000);
  t.deepEqual(latency.quantiles(), {p50Ms: 450, p99Ms: 850});
});

test('transactions without a commit time are left out, and old batches are forgotten', t => {
  const latency = createLatency(() => nowMs);
  latency.note(0, 0, 5);
  t.is(latency.quantiles(), null);
  latency.note(agoMicros(60_000), agoMicros(60_000), 1_000_000);
  for (let i = 0; i < 2000; i++) latency.note(agoMicros(20), agoMicros(20), 1);
  t.deepEqual(latency.quantiles(), {p50Ms: 20, p99Ms: 20});
});
