import {existsSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {
  announceRuntime,
  lastStatusFile,
  readLastStatus,
  retireRuntime,
} from '../../../runtime/cli/runtimeFiles.ts';
import {readRuntimeFile} from '../../../runtime/task/control.ts';
import {sampleStatus} from '../../support/standingTask.ts';

function stateDir(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-files-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  return dir;
}

const mine = {pid: process.pid, port: 4711, token: 'abc'};

test('runtime.json says where the runtime answers, to its user only', t => {
  const dir = stateDir(t);
  announceRuntime(dir, mine);
  t.deepEqual(readRuntimeFile(dir), mine);
  t.is(statSync(join(dir, 'runtime.json')).mode & 0o777, 0o600);
});

test('a runtime that ended leaves its last status and no address', t => {
  const dir = stateDir(t);
  announceRuntime(dir, mine);
  retireRuntime(dir, sampleStatus({state: 'stopped'}));
  t.is(readRuntimeFile(dir), null);
  t.is(readLastStatus(dir)?.state, 'stopped');
  t.is(statSync(join(dir, lastStatusFile)).mode & 0o777, 0o600);
});

test('a new runtime takes the last status of the one before away', t => {
  const dir = stateDir(t);
  announceRuntime(dir, mine);
  retireRuntime(dir, sampleStatus());
  announceRuntime(dir, mine);
  t.is(readLastStatus(dir), null);
});

test('a runtime that ends leaves the files of its successor alone', t => {
  const dir = stateDir(t);
  announceRuntime(dir, {...mine, pid: 1});
  retireRuntime(dir, sampleStatus());
  t.is(readRuntimeFile(dir)?.pid, 1);
  t.false(existsSync(join(dir, lastStatusFile)));
});

test('a file that is not JSON is as none', t => {
  const dir = stateDir(t);
  writeFileSync(join(dir, lastStatusFile), '{');
  t.is(readLastStatus(dir), null);
});
