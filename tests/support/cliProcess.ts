// The synctask command as users start it: bin/synctask in a process of its own, with a home of its own.
import {spawn, type ChildProcess} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {checkoutDir} from '../../scripts/setup/cache.mjs';

/** What a process said and how it ended. */
export interface Ended {
  code: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

/** A process that runs. */
export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves when stdout has matched; rejects when it ends without. */
  says: (pattern: RegExp) => Promise<RegExpMatchArray>;
}

/** A folder for state and files, and the command in it; both end with the test. */
export function commandLine(t: ExecutionContext) {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-cli-'));
  const running = new Set<ChildProcess>();
  t.teardown(async () => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(dir, {recursive: true, force: true, maxRetries: 5});
  });
  const env = {...process.env, SYNCTASK_NODE: process.execPath, XDG_STATE_HOME: join(dir, 'state')};
  const startProgram = (argv: string[], more: NodeJS.ProcessEnv = {}): Started => {
    const [command = '', ...args] = argv;
    const child = spawn(command, args, {cwd: dir, env: {...env, ...more}});
    running.add(child);
    const started = watch(child);
    void started.ended.then(() => running.delete(child));
    return started;
  };
  const start = (args: string[], more: NodeJS.ProcessEnv = {}) =>
    startProgram([join(checkoutDir, 'bin/synctask'), ...args], more);
  const standing = async (stateDir: string, name = 'shop') => {
    const script = join(checkoutDir, 'tests/support/standingRuntime.ts');
    const runtime = startProgram([process.execPath, script, stateDir, name]);
    await runtime.says(/status page: /);
    return runtime;
  };
  return {
    dir,
    /** The state folder that NAME means. */
    stateDirOf: (name: string) => join(dir, 'state', 'synctask', name),
    start,
    run: (args: string[], more: NodeJS.ProcessEnv = {}) => start(args, more).ended,
    standing,
  };
}

function watch(child: ChildProcess): Started {
  let stdout = '';
  let stderr = '';
  const {promise: ended, resolve, reject} = Promise.withResolvers<Ended>();
  const waiting = new Set<() => void>();
  child.stdout?.on('data', part => {
    stdout += String(part);
    for (const look of waiting) look();
  });
  child.stderr?.on('data', part => (stderr += String(part)));
  child.on('error', reject);
  child.on('close', (code, signal) => resolve({code: code ?? signal!, stdout, stderr}));
  const says = (pattern: RegExp) =>
    new Promise<RegExpMatchArray>((found, missed) => {
      const look = () => {
        const match = stdout.match(pattern);
        if (match !== null) found(match);
      };
      waiting.add(look);
      look();
      void ended.then(() => missed(new Error(`ended without ${pattern}: ${stdout}${stderr}`)));
    });
  return {child, ended, says};
}
