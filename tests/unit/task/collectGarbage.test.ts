// The collector that load workers call between socket reads.
import test from 'ava';
import {garbageCollector} from '../../../runtime/task/collectGarbage.ts';

test('buffers that nobody holds are given back when asked, long before the engine would', t => {
  const collect = garbageCollector();
  let peak = 0;
  for (let i = 0; i < 1000; i++) {
    Buffer.allocUnsafeSlow(64 * 1024).fill(i);
    if (i % 50 === 0) collect();
    peak = Math.max(peak, process.memoryUsage().arrayBuffers);
  }
  // 1,000 of them are 62.5 MiB.
  t.true(peak < 24 * 1024 * 1024, `${peak} bytes`);
});
