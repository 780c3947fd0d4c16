// How large chunks are, by statistics and by what was measured.
import test from 'ava';
import {chunkSizes} from '../../../runtime/task/chunkSizes.ts';
import {createThrottle} from '../../../runtime/task/throttle.ts';
import {tablePlan} from '../../support/tablePlan.ts';

const MiB = 1024 * 1024;
const unlimited = createThrottle({
  queriesPerSecond: null,
  rowsPerSecond: null,
  mebibytesPerSecond: null,
});

function sizesOf(rowsEstimated: number, bytesEstimated: number) {
  const plan = tablePlan('t', [['id', 'BIGINT']], ['id']);
  return chunkSizes({source: {...plan.source, rowsEstimated, bytesEstimated}}, unlimited, 2);
}

test('a chunk of ordinary rows has at least thousands of them, whatever the statistics say', t => {
  t.is(sizesOf(0, 0).rowsPlanned > 5000, true);
  t.is(sizesOf(100, 16_384).rowsPlanned > 5000, true);
  t.false(sizesOf(100, 16_384).isAlone());
});

test('a table of hundreds of millions of rows has thousands of chunks, not more', t => {
  const sizes = sizesOf(500_000_000, 500_000_000 * 200);
  t.is(sizes.rowsPlanned, Math.floor((128 * MiB) / 200));
  t.true(sizesOf(1e11, 1e13).rowsPlanned * 12_000 >= 1e11);
});

test('a chunk of rows of many mebibytes has a few of them, read by one worker at a time', t => {
  const sizes = sizesOf(1000, 1000 * 20 * MiB);
  t.is(sizes.rowsPlanned, 6);
  t.true(sizes.isAlone());
  sizes.learn(6, 120 * MiB, 3000);
  t.true(sizes.rowsMax() <= 13);
});

test('long rows that the statistics do not know of are met by measure', t => {
  const sizes = sizesOf(1000, 1000 * 200);
  t.false(sizes.isAlone());
  sizes.learn(10, 160 * MiB, 4000);
  t.true(sizes.isAlone());
});
