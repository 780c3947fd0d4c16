// synctask load-pod: helps the full load of a task that runs elsewhere, until that is over. It has no state folder.
import {isIP} from 'node:net';
import {parseArgs} from 'node:util';
import {openLog} from '../base/log.ts';
import {rememberSecret} from '../base/secretTexts.ts';
import {loadTokenName} from '../places/loadJob.ts';
import {loadPodsMax} from '../spec/limits.ts';
import {loadWorkers} from '../spec/loadWorkers.ts';
import {limitHeaps} from '../task/heapLimits.ts';
import {runLoadPod} from '../task/loadPod.ts';
import {createThrottle, shareOfRates} from '../task/throttle.ts';
import {takeSecrets} from './secretsFolder.ts';
import {formatFindings, openTaskFile} from './taskFile.ts';
import {readPort, usageError} from './usageError.ts';

/** Text of `synctask load-pod --help`. */
export const usage = `
Usage: synctask load-pod TASK.json --conductor HOST:PORT --pods N [--secrets DIR]

Reads chunks for the full load of a task that runs elsewhere with --load-port and --load-pods, and sends them to
its target, until the load is over: then it ends with 0. It keeps nothing; ended at any moment, what it was
reading is read by another. Both sides need the same SYNCTASK_LOAD_TOKEN, as a variable or a file of --secrets.

Options:
  --conductor HOST:PORT   where the runtime of the task listens
  --pods N                how many of these run: limits of the load are divided by them and the runtime
  --secrets DIR           folder with one file a secret, named like the variable that the task file names
`;

const tokenCharactersMin = 32;

/** Helps until the load is over: 0, or 2 for a refused file. */
export async function run(args: string[]): Promise<number> {
  limitHeaps();
  const options = {
    conductor: {type: 'string', default: ''},
    pods: {type: 'string', default: ''},
    secrets: {type: 'string'},
  } as const;
  const {values, positionals} = parseArgs({args, options, allowPositionals: true});
  const [, host = '', portText = ''] = /^(.+):(\d+)$/.exec(values.conductor) ?? [];
  if (host === '' || (host.includes(':') && isIP(host) === 0))
    throw usageError('load-pod', '--conductor is not HOST:PORT');
  const port = readPort('load-pod', '--conductor', portText);
  const pods = readPods('load-pod', '--pods', values.pods);
  if (values.secrets !== undefined) takeSecrets(values.secrets);
  const token = readToken('load-pod');
  const {task, secrets, findings} = openTaskFile('load-pod', positionals);
  if (task === null) {
    process.stderr.write(formatFindings(findings));
    return 2;
  }
  const log = openLog(2).child({task: task.name, environment: task.environment});
  const throttle = createThrottle(shareOfRates(task.full.throttle, pods));
  const stopper = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stopper.abort());
  const place = {host, port, token, log};
  await runLoadPod({task, secrets, throttle}, loadWorkers(task), place, stopper.signal);
  // Ended before the load is: whoever started it starts it again.
  return stopper.signal.aborted ? 1 : 0;
}

/** Reads a number of load pods. Raises SYNC1006. */
export function readPods(command: string, option: string, text: string): number {
  const pods = Number(text);
  if (!/^\d{1,4}$/.test(text) || pods < 1 || pods > loadPodsMax)
    throw usageError(command, `${option} is not a number from 1 to ${loadPodsMax}`);
  return pods;
}

/** The token of the environment. Raises SYNC1006 where it is missing or could be guessed. */
export function readToken(command: string): string {
  const token = process.env[loadTokenName] ?? '';
  if (token.length < tokenCharactersMin)
    throw usageError(command, `${loadTokenName} has less than ${tokenCharactersMin} characters`);
  rememberSecret(token);
  return token;
}
