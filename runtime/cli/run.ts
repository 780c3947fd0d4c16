// synctask run: one task in the foreground, with its log, its status server and its progress on stdout.
// TERM and INT drain; a second one ends the process at once, which the checkpoint survives.
import {mkdirSync} from 'node:fs';
import {isIP} from 'node:net';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {openLog, type Log} from '../base/log.ts';
import {defaultStateDir} from '../task/control.ts';
import {parseShard, shardsMax, shareOfTask} from '../spec/shard.ts';
import type {Task} from '../spec/task.ts';
import type {TaskHandle} from '../task/handle.ts';
import {limitHeaps} from '../task/heapLimits.ts';
import {LoadHelpers} from '../task/loadHelpers.ts';
import {runTask} from '../task/runTask.ts';
import {Surroundings} from './surroundings.ts';
import {readPods, readToken} from './loadPod.ts';
import {takeSecrets} from './secretsFolder.ts';
import {formatFindings, openTaskFile} from './taskFile.ts';
import {readPort, usageError} from './usageError.ts';

/** Text of `synctask run --help`. */
export const usage = `
Usage: synctask run TASK.json [--state DIR] [--status-port N] [--status-host ADDRESS]
                    [--secrets DIR] [--log FILE] [--shard I/N] [--load-port N --load-pods N]

Runs one task in the foreground: prechecks, creates tables, loads, follows. Started again, it resumes.
TERM and INT (Ctrl-C) drain and stop with exit code 0; a second one ends at once with 1. It also ends with 0
when the chosen phases are done. The state folder holds the checkpoint, the log (runtime.log) and, while the
task runs, runtime.json with the port and the token of the status server.

Options:
  --state DIR        state folder (default: \${XDG_STATE_HOME:-~/.local/state}/synctask/<name>)
  --status-port N    port of the status page (default: a free one)
  --status-host A    address it listens on: 127.0.0.1 (default), or 0.0.0.0 inside a container
  --secrets DIR      folder with one file a secret, named like the variable that the task file names
  --log FILE         the log, - for stderr (default: runtime.log in the state folder)
  --shard I/N        run only share I (from 0) of N of the tables; each share has a state folder of its own
  --load-port N      port on which load pods connect (synctask load-pod) that take chunks of the full load
  --load-pods N      how many they are; both sides need the same SYNCTASK_LOAD_TOKEN
`;

/** npm passes Ctrl-C on although the terminal sends it too: two INT within this time are one. */
const sameInterruptMs = 300;

/** Runs the task to its end: 0 when stopped or done, 2 when the file is refused; raises what failed. */
export async function run(args: string[]): Promise<number> {
  limitHeaps();
  const options = {
    state: {type: 'string'},
    'status-port': {type: 'string'},
    'status-host': {type: 'string', default: '127.0.0.1'},
    secrets: {type: 'string'},
    log: {type: 'string'},
    shard: {type: 'string'},
    'load-port': {type: 'string'},
    'load-pods': {type: 'string'},
  } as const;
  const {values, positionals} = parseArgs({args, options, allowPositionals: true});
  const port = readPort('run', '--status-port', values['status-port'] ?? '0');
  if (isIP(values['status-host']) === 0)
    throw usageError('run', '--status-host is not an IP address');
  if (values.secrets !== undefined) takeSecrets(values.secrets);
  const file = openTaskFile('run', positionals);
  if (file.task === null) {
    process.stderr.write(formatFindings(file.findings));
    return 2;
  }
  const task = shareAsked(file.task, values.shard, values.state);
  const stateDir = resolve(values.state ?? defaultStateDir(task.name));
  makeStateDir(stateDir);
  const {name, environment} = task;
  const logPath = values.log ?? join(stateDir, 'runtime.log');
  const log = openLog(logPath === '-' ? 2 : resolve(logPath)).child({task: name, environment});
  process.on('uncaughtExceptionMonitor', error => log.fatal({err: error}, 'uncaught'));

  // Filled once the task holds its lease: a runtime that is refused touches no file of the one that runs.
  const opened: Promise<Surroundings>[] = [];
  const onStart = (handle: TaskHandle): void => {
    stopOnSignals(handle, log);
    const surroundings = Surroundings.open(handle, stateDir, port, values['status-host']);
    // A port that cannot be had ends the task; the error itself is raised below, when the task has drained.
    surroundings.catch(() => handle.stop());
    opened.push(surroundings);
  };
  try {
    await using helpers = await openHelpers(values['load-port'], values['load-pods'], log);
    await runTask(task, file.secrets, {stateDir, log, onStart, helpers});
  } finally {
    for (const surroundings of opened) await (await surroundings)[Symbol.asyncDispose]();
  }
  return 0;
}

/** The share of `task` that is to run: all of it without the option. Shares must not meet in one default folder. */
function shareAsked(task: Task, option: string | undefined, state: string | undefined): Task {
  if (option === undefined) return task;
  const shard = parseShard(option);
  if (shard === null)
    throw usageError('run', `--shard is not a share such as 0/4, of at most ${shardsMax}`);
  if (state === undefined) throw usageError('run', '--shard wants a --state of its own');
  return shareOfTask(task, shard);
}

/** Where load pods connect; null without them. Any address of the machine: they prove themselves by the token. */
async function openHelpers(
  portText: string | undefined,
  podsText: string | undefined,
  log: Log,
): Promise<LoadHelpers | null> {
  if (portText === undefined && podsText === undefined) return null;
  const port = readPort('run', '--load-port', portText ?? '');
  const pods = readPods('run', '--load-pods', podsText ?? '');
  const token = readToken('run');
  try {
    return await LoadHelpers.open({host: '0.0.0.0', port, token, pods, log});
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    throw usageError('run', `--load-port ${port} cannot be listened on (${code})`, error);
  }
}

function makeStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, {recursive: true, mode: 0o700});
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    throw usageError('run', `the state folder ${stateDir} cannot be made (${code})`, error);
  }
}

function stopOnSignals(handle: TaskHandle, log: Log): void {
  let firstMs: number | null = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (firstMs === null) {
      firstMs = nowMs;
      log.info({signal}, 'draining');
      handle.stop();
    } else if (signal === 'SIGTERM' || nowMs - firstMs > sameInterruptMs) {
      log.warn({signal}, 'ended at once by a second signal');
      process.exit(1);
    }
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
