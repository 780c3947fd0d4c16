import test from 'ava';
import type {SourceTable} from '../../../runtime/codec/sourceTable.ts';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {judgeFiles} from '../../../runtime/source/precheckFiles.ts';
import {taskWith} from '../../support/taskInput.ts';

const table = (rowBytes: number) =>
  ({database: 'd', name: 't', rowsEstimated: 1000, bytesEstimated: 1000 * rowBytes}) as SourceTable;
const judged = (partitionBy: string[], changesPerSecond: number, tables = 1) => {
  const {task} = parseTask(taskWith(['log', 'partitionBy'], partitionBy));
  const many = Array.from({length: tables}, () => table(200));
  return judgeFiles(many, task!, changesPerSecond).map(({code, fix}) => `${code} ${fix}`);
};
const hourly = ['year', 'month', 'day', 'hour'];

test('partitions that the changes do not fill are told with those that they would', t => {
  // 200 bytes, 50 changes a second: 34 MiB an hour, 824 MiB a day.
  t.deepEqual(judged(hourly, 50), ["SYNC2337 Set log.partitionBy: ['year', 'month', 'day']."]);
  t.deepEqual(judged([...hourly, 'minute'], 500), [
    "SYNC2337 Set log.partitionBy: ['year', 'month', 'day', 'hour'].",
  ]);
});

test('nothing is said where they are filled, or nothing would fill them', t => {
  t.deepEqual(judged(hourly, 500), []);
  t.deepEqual(judged(hourly, 0.00001), []);
  t.deepEqual(judged(['year'], 0.001), []);
  t.deepEqual(judged([], 50), []);
});

test('many tables share the rate', t => {
  t.deepEqual(judged(hourly, 500), []);
  t.is(judged(hourly, 500, 100).length, 1);
});
