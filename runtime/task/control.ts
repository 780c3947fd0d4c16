// How other processes reach a running task: `runtime.json` in its state folder names port and token of its loopback server.
// Used by the command line and the provider; the server side is status/server.ts.
import {readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {codes} from '../base/codes.ts';
import {fail, SyncError, type Finding} from '../base/errors.ts';
import type {Status} from './progress.ts';

/** A local answer takes milliseconds; a runtime that needs longer is stuck or gone. */
const answerMsMax = 10_000;

export type ControlCall = 'pause' | 'resume' | 'stop' | 'throttle' | 'reload';

export interface RuntimeFile {
  pid: number;
  port: number;
  token: string;
}

/** Where the state of task `name` lies unless the user says otherwise. */
export function defaultStateDir(name: string): string {
  return join(stateHome(), name);
}

/** Folder of all tasks' state folders: `${XDG_STATE_HOME:-~/.local/state}/synctask`. */
export function stateHome(): string {
  return join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'synctask');
}

/** The runtime's file, or null when no runtime has written one (or it stopped cleanly). */
export function readRuntimeFile(stateDir: string): RuntimeFile | null {
  try {
    return JSON.parse(readFileSync(join(stateDir, 'runtime.json'), 'utf8')) as RuntimeFile;
  } catch {
    return null;
  }
}

/** Whether a process with this pid lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The status of the runtime of `stateDir`; null when none answers. */
export async function fetchStatus(stateDir: string): Promise<Status | null> {
  const runtime = readRuntimeFile(stateDir);
  if (runtime === null || !isAlive(runtime.pid)) return null;
  try {
    const answer = await fetch(`http://127.0.0.1:${runtime.port}/status`, {
      signal: AbortSignal.timeout(answerMsMax),
    });
    return answer.ok ? ((await answer.json()) as Status) : null;
  } catch {
    return null;
  }
}

/** Sends one control call. Raises SYNC5001 when no runtime answers for `stateDir`, what it says when it refuses, SYNC5002 when it says nothing. */
export async function sendControl(
  stateDir: string,
  call: ControlCall,
  options: Readonly<Record<string, string>> = {},
): Promise<void> {
  const runtime = readRuntimeFile(stateDir);
  if (runtime === null || !isAlive(runtime.pid)) throw fail('SYNC5001', {stateDir});
  let answer: Response;
  try {
    answer = await fetch(
      `http://127.0.0.1:${runtime.port}/control/${call}?${new URLSearchParams(options)}`,
      {
        method: 'POST',
        headers: {authorization: `Bearer ${runtime.token}`},
        signal: AbortSignal.timeout(answerMsMax),
      },
    );
  } catch (error) {
    throw fail('SYNC5001', {stateDir}, error);
  }
  if (!answer.ok) throw await refusalOf(call, answer);
}

async function refusalOf(call: ControlCall, answer: Response): Promise<SyncError> {
  if (answer.headers.get('content-type')?.startsWith('application/json') !== true)
    return fail('SYNC5002', {call, status: answer.status});
  const {finding} = (await answer.json()) as {finding: Finding};
  return new SyncError(finding, codes[finding.code].kind);
}
