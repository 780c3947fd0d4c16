// synctask stop: asks a running task to drain and waits until its process is gone.
import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {fail} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {isAlive, readRuntimeFile, sendControl} from '../task/control.ts';
import {findStateDir} from './findTask.ts';

/** Text of `synctask stop --help`. */
export const usage = `
Usage: synctask stop [NAME | --state DIR]

Drains a running task, which commits what it has read, and waits until its process is gone.
A later \`synctask run\` resumes where it stopped. An interrupt (Ctrl-C) ends the waiting, not the draining.
NAME may be left out where just one task is known.

Options:
  --state DIR   state folder of the task, instead of its NAME
`;

const lookMs = 100;
/** How often the waiting says that it waits. */
const reportMs = 10 * secondMs;

/** 0 when the process is gone; 1 when the waiting was interrupted before. */
export async function run(args: string[]): Promise<number> {
  const options = {state: {type: 'string'}} as const;
  const {values, positionals} = parseArgs({args, options, allowPositionals: true});
  const stateDir = findStateDir('stop', positionals, values.state);
  const runtime = readRuntimeFile(stateDir);
  if (runtime === null) throw fail('SYNC5001', {stateDir});
  await sendControl(stateDir, 'stop');

  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  for (let waitedMs = 0; isRunning(runtime.pid); waitedMs += lookMs) {
    if (waitedMs > 0 && waitedMs % reportMs === 0)
      process.stderr.write(`still draining after ${waitedMs / secondMs} s\n`);
    await wait(lookMs, interrupted.signal).catch(() => undefined);
    if (interrupted.signal.aborted) {
      process.stderr.write('no longer waiting; the task goes on draining\n');
      return 1;
    }
  }
  process.stdout.write('stopped\n');
  return 0;
}

/** A process that ended and whose parent has not asked for its exit code (a zombie) runs no more. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    // /proc/PID/stat: the state follows the name, which stands in parentheses and may hold any character.
    return !/\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return isAlive(pid);
  }
}
