// The limits are the process's: a process of their own shows what they do.
import {spawnSync} from 'node:child_process';
import test from 'ava';

const program = (limited: boolean) => `
  import {Worker} from 'node:worker_threads';
  const {limitHeaps} = await import(${JSON.stringify(new URL('../../../runtime/task/heapLimits.ts', import.meta.url).href)});
  if (${limited}) limitHeaps();
  const work = \`
    import {parentPort} from 'node:worker_threads';
    import {getHeapSpaceStatistics} from 'node:v8';
    let last = [];
    for (let i = 0; i < 500000; i++) { if (last.length > 50000) last = []; last.push({i}); }
    parentPort.postMessage(getHeapSpaceStatistics().find(space => space.space_name === 'new_space').space_size);
  \`;
  new Worker(work, {eval: true}).on('message', bytes => console.log(bytes));
`;

test('threads that start under the limits have a nursery of two mebibytes at most', t => {
  const nurseryBytes = (limited: boolean) => {
    const args = ['--max-semi-space-size=4', '--input-type=module', '-e', program(limited)];
    const {stdout, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8'});
    t.regex(stdout, /^\d+\n$/, stderr);
    return Number(stdout);
  };
  t.true(nurseryBytes(true) <= 2 * 1024 * 1024);
  t.true(nurseryBytes(false) > 2 * 1024 * 1024);
});
