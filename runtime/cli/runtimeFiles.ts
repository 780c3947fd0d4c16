// The files by which a runtime is found: `runtime.json` while it lives, `lastStatus.json` when it has ended.
// Both are 0600 and written beside and renamed, so that a reader never sees a half.
import {readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {readRuntimeFile, type RuntimeFile} from '../task/control.ts';
import type {Status} from '../task/progress.ts';

/** The name of the file that keeps what an ended runtime said last. */
export const lastStatusFile = 'lastStatus.json';

/** Tells other processes of this user where the runtime answers; what an earlier one left is removed. */
export function announceRuntime(stateDir: string, runtime: RuntimeFile): void {
  rmSync(join(stateDir, lastStatusFile), {force: true});
  replaceFile(join(stateDir, 'runtime.json'), runtime);
}

/** The end of this runtime: its last status stays, its address goes, unless the next one has put its own there. */
export function retireRuntime(stateDir: string, last: Status): void {
  if (readRuntimeFile(stateDir)?.pid !== process.pid) return;
  replaceFile(join(stateDir, lastStatusFile), last);
  rmSync(join(stateDir, 'runtime.json'), {force: true});
}

/** What the last runtime of `stateDir` said when it ended; null when one runs or none ended cleanly. */
export function readLastStatus(stateDir: string): Status | null {
  try {
    return JSON.parse(readFileSync(join(stateDir, lastStatusFile), 'utf8')) as Status;
  } catch {
    return null;
  }
}

function replaceFile(path: string, value: unknown): void {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(value)}\n`, {mode: 0o600});
  renameSync(beside, path);
}
