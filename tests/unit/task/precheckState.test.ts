import {chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {takeLease} from '../../../runtime/task/lease.ts';
import {precheckState} from '../../../runtime/task/precheckState.ts';
import {minimalTask, taskWith} from '../../support/taskInput.ts';

const task = parseTask(minimalTask()).task!;

function folder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-state-'));
  t.teardown(() => rmSync(dir, {recursive: true, force: true}));
  return dir;
}

test('a folder that can be written, or made, has no finding and keeps nothing of the check', t => {
  const dir = folder(t);
  const small = parseTask(taskWith(['incremental'], {spool: {mebibytes: 1}})).task!;
  t.deepEqual(precheckState(small, dir), []);
  t.deepEqual(precheckState(small, join(dir, 'not', 'yet', 'there')), []);
  t.deepEqual(readdirSync(dir), []);
});

test('a file in the place of the folder is P38', t => {
  const path = join(folder(t), 'file');
  writeFileSync(path, '');
  t.deepEqual(
    precheckState(task, path).map(f => [f.id, f.code, f.severity, f.observed]),
    [['P38', 'SYNC5050', 'error', 'it is no folder']],
  );
});

test('a folder without the right to write is P38', t => {
  const dir = folder(t);
  chmodSync(dir, 0o500);
  // The all-powerful user may write everywhere.
  const expected = process.getuid?.() === 0 ? [] : ['SYNC5050'];
  t.deepEqual(
    precheckState(task, dir)
      .map(f => f.code)
      .filter(code => code === 'SYNC5050'),
    expected,
  );
});

test('a spool larger than the free disk is a warning', t => {
  const large = parseTask(taskWith(['incremental'], {spool: {mebibytes: 2 ** 40}})).task!;
  t.deepEqual(
    precheckState(large, folder(t)).map(f => [f.id, f.code, f.severity, f.where]),
    [['P38', 'SYNC5051', 'warning', 'incremental.spool.mebibytes']],
  );
});

test('a runtime that holds the folder is a warning', t => {
  const dir = folder(t);
  const small = parseTask(taskWith(['incremental'], {spool: {mebibytes: 1}})).task!;
  using _lease = takeLease(dir);
  t.deepEqual(
    precheckState(small, dir).map(f => [f.id, f.code, f.severity]),
    [['P39', 'SYNC5010', 'warning']],
  );
});
