// The state folder of a deployed process: which files in it are the deployer's, and what of it a delete removes.
// `deployed.json` remembers how the folder was found; `supervisor.json` is written by the supervisor; all files are 0600.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import type {Status} from '../../runtime/task/progress.ts';
import type {ProcessIdentity} from './processIdentity.ts';

/** How the folder was found at the first deployment: it decides what a delete removes. */
export type FolderOrigin = 'made' | 'empty' | 'used';

export interface Deployed {
  task: string;
  folder: FolderOrigin;
}

/** What the supervisor tells. */
export interface SupervisorFile {
  supervisor: ProcessIdentity;
  /** The runtime it started last. */
  runtime: ProcessIdentity | null;
  /** null while it watches; else how it ended. */
  ended: 'done' | 'stopped' | 'failed' | null;
  /** Crashes since the last healthy stretch. */
  crashes: number;
  /** `it exited with 1 at 2026-11-22T18:00:00.000Z` */
  last: string;
  /** Port the runtime answered on, kept over restarts; 0 before the first. */
  port: number;
}

const ownFiles = [
  'task.json',
  'deployed.json',
  'supervisor.json',
  'supervisor.log',
  'runtime.log',
  'runtime.log.1',
];

/** Makes the folder if missing and remembers how it was found. A folder deployed before keeps its first origin. */
export function prepareFolder(stateDir: string, task: string): void {
  const earlier = readJson<Deployed>(stateDir, 'deployed.json');
  const folder = earlier?.folder ?? originOf(stateDir);
  mkdirSync(stateDir, {recursive: true, mode: 0o700});
  writeJson(stateDir, 'deployed.json', {task, folder} satisfies Deployed);
}

/** Removes the folder if we made it, its content if it was empty, and else our own files only. */
export function removeFolder(stateDir: string): void {
  const deployed = readJson<Deployed>(stateDir, 'deployed.json');
  if (deployed === null) return;
  if (deployed.folder === 'made') rmSync(stateDir, {recursive: true, force: true});
  else if (deployed.folder === 'empty')
    for (const file of readdirSync(stateDir))
      rmSync(join(stateDir, file), {recursive: true, force: true});
  else for (const file of ownFiles) rmSync(join(stateDir, file), {force: true});
}

export function readDeployed(stateDir: string): Deployed | null {
  return readJson<Deployed>(stateDir, 'deployed.json');
}

export function readSupervisor(stateDir: string): SupervisorFile | null {
  return readJson<SupervisorFile>(stateDir, 'supervisor.json');
}

export function writeSupervisor(stateDir: string, file: SupervisorFile): void {
  writeJson(stateDir, 'supervisor.json', file);
}

export function writeTask(stateDir: string, task: Record<string, unknown>): void {
  writeJson(stateDir, 'task.json', task);
}

/** What the runtime said when it ended; null while one runs and when the last was killed. */
export function readLastStatus(stateDir: string): Status | null {
  return readJson<Status>(stateDir, 'lastStatus.json');
}

function originOf(stateDir: string): FolderOrigin {
  try {
    return readdirSync(stateDir).length === 0 ? 'empty' : 'used';
  } catch {
    return 'made';
  }
}

/** One log is kept beside the current one; a log is moved aside at a start when it is above this. */
export function turnLog(stateDir: string, file: string, bytesMax: number): void {
  const path = join(stateDir, file);
  try {
    if (statSync(path).size > bytesMax) renameSync(path, `${path}.1`);
  } catch {
    // No log yet.
  }
}

function readJson<T>(stateDir: string, file: string): T | null {
  try {
    return JSON.parse(readFileSync(join(stateDir, file), 'utf8')) as T;
  } catch {
    return null;
  }
}

/** Written beside and renamed, so that a reader never sees a half. */
function writeJson(stateDir: string, file: string, value: unknown): void {
  const path = join(stateDir, file);
  writeFileSync(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`, {mode: 0o600});
  renameSync(`${path}.new`, path);
}
