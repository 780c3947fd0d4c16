// Prechecks of the machine that the runtime is to run on: P38 the state folder and its disk, P39 who runs there already.
// Makes nothing that stays: in a folder that exists a probe file is written, flushed and removed.
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {fail, finding, isSyncError, type Finding} from '../base/errors.ts';
import {MiB} from '../base/sizes.ts';
import type {Task} from '../spec/task.ts';
import {takeLease} from './lease.ts';

/**
 * Findings about `stateDir`, which may not exist yet; then the nearest folder above it counts. `isHeld`: by this very
 * runtime, so that its lease is no finding.
 */
export function precheckState(task: Task, stateDir: string, isHeld = false): Finding[] {
  const exists = isThere(stateDir);
  const folder = exists ? stateDir : nearestFolder(dirname(stateDir));
  const unusable = probe(folder, exists);
  if (unusable !== null)
    return [
      finding('SYNC5050', {path: folder, problem: unusable}, {id: 'P38', observed: unusable}),
    ];
  return [...checkDisk(task, folder), ...(exists && !isHeld ? checkLease(stateDir) : [])];
}

/** The system's word for why `folder` cannot be used; null when it can. */
function probe(folder: string, exists: boolean): string | null {
  try {
    if (!statSync(folder).isDirectory()) return 'it is no folder';
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (exists) writeProbe(join(folder, `.probe-${process.pid}`));
    return null;
  } catch (error) {
    return `the system says ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
  }
}

/** The ledger's promises rest on fsync: a file system that refuses it is noticed now. */
function writeProbe(path: string): void {
  try {
    const file = openSync(path, 'w', 0o600);
    try {
      writeSync(file, 'probe');
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } finally {
    rmSync(path, {force: true});
  }
}

function checkDisk(task: Task, folder: string): Finding[] {
  if (!task.phases.includes('incremental')) return [];
  const {bavail, bsize} = statfsSync(folder);
  const freeMebibytes = Math.floor((bavail * bsize) / MiB);
  const {spool, relayLog} = task.incremental;
  const neededMebibytes = spool.mebibytes + (relayLog?.mebibytes ?? 0);
  if (freeMebibytes >= neededMebibytes) return [];
  const place = {
    id: 'P38',
    severity: 'warning',
    where: 'incremental.spool.mebibytes',
    observed: `${freeMebibytes} MiB free`,
  } as const;
  return [finding('SYNC5051', {path: folder, freeMebibytes, neededMebibytes}, place)];
}

/** P39: a task that runs may be checked, so this is a warning; a second runtime would be refused. */
function checkLease(stateDir: string): Finding[] {
  if (!isThere(join(stateDir, 'lease.db'))) return [];
  try {
    takeLease(stateDir)[Symbol.dispose]();
    return [];
  } catch (error) {
    const coded = isSyncError(error) ? error : fail('SYNC5010', {stateDir}, error);
    const severity = coded.code === 'SYNC5010' ? 'warning' : 'error';
    return [{...coded.finding, id: 'P39', severity, observed: 'held'}];
  }
}

function isThere(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false}) !== undefined;
}

function nearestFolder(path: string): string {
  return isThere(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}
