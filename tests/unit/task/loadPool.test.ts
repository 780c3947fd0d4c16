import test from 'ava';
import type {LoadJob, LoadWorkerData} from '../../../runtime/task/loadJob.ts';
import {LoadPool} from '../../../runtime/task/loadPool.ts';

test('a pool that is closed refuses jobs and snapshots instead of keeping them waiting', async t => {
  const pool = new LoadPool({} as LoadWorkerData, 1);
  await pool[Symbol.asyncDispose]();
  await t.throwsAsync(pool.run({} as LoadJob), {code: 'SYNC5041'});
  await t.throwsAsync(pool.stepSnapshot('connect'), {code: 'SYNC5041'});
});
