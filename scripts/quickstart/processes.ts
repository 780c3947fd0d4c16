// The processes of the quick start that are its own: the embedded endpoint and the writer. Both outlive the command.
import {spawn} from 'node:child_process';
import {closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {checkoutDir} from '../setup/cache.mjs';
import {inPlace, isOurs, readJson, writeJson, type Connection} from './place.ts';

/** What `synctask endpoint` says when it accepts requests, its secret included. */
export type Target = Connection['target'];

interface Started {
  pid: number;
  /** A text that its command line holds. */
  mark: string;
}

const startMsMax = 30_000;
const stopMsMax = 30_000;
const pollMs = 100;

/** The embedded endpoint, started unless it runs; always on the same port and data. */
export async function startEndpoint(): Promise<Target> {
  const known = readJson<Target>('target.json');
  const running = readJson<Started>('endpoint.json');
  if (known !== null && running !== null && (await isOurs(running.pid, running.mark))) return known;
  const data = inPlace('endpoint');
  // Data whose key nobody knows any more can be read by nobody.
  if (known === null) rmSync(data, {recursive: true, force: true});
  const port = known === null ? '0' : new URL(known.endpoint).port;
  const argv = [join(checkoutDir, 'bin/synctask'), 'endpoint', '--data', data, '--port', port];
  const line = await startDetached('endpoint', argv, data, text => {
    const found = text.split('\n').find(each => each.startsWith('{'));
    return found ?? null;
  });
  const said = JSON.parse(line) as {
    endpoint: string;
    project: string;
    accessKeyId: string;
    generatedSecret?: string;
  };
  const {endpoint, project, accessKeyId} = said;
  const accessKeySecret = said.generatedSecret ?? known?.accessKeySecret;
  if (accessKeySecret === undefined) throw new Error('the endpoint did not say its secret');
  const target = {endpoint, project, accessKeyId, accessKeySecret};
  writeJson('target.json', target);
  return target;
}

/** The writer, started unless it runs. Gives its process id. */
export async function startWriter(): Promise<number> {
  const running = readJson<Started>('writer-process.json');
  if (running !== null && (await isOurs(running.pid, running.mark))) return running.pid;
  const program = fileURLToPath(new URL('writer.ts', import.meta.url));
  rmSync(inPlace('writer.json'), {force: true});
  await startDetached('writer-process', [process.execPath, program], program, () =>
    existsSync(inPlace('writer.json')) ? 'ready' : null,
  );
  return readJson<Started>('writer-process.json')!.pid;
}

/** Runs `action` while the writer rests. */
export async function whileWriterRests<T>(action: () => Promise<T>): Promise<T> {
  const pause = inPlace('pause');
  writeFileSync(pause, '');
  try {
    const untilMs = Date.now() + startMsMax;
    while (readJson<{paused: boolean}>('writer.json')?.paused !== true) {
      if (Date.now() > untilMs) throw new Error('the writer does not rest');
      await sleep(pollMs);
    }
    return await action();
  } finally {
    rmSync(pause, {force: true});
  }
}

/** Stops the endpoint and the writer. */
export async function stopProcesses(): Promise<void> {
  for (const name of ['writer-process', 'endpoint']) {
    const running = readJson<Started>(`${name}.json`);
    if (running === null || !(await isOurs(running.pid, running.mark))) continue;
    process.kill(running.pid, 'SIGTERM');
    const untilMs = Date.now() + stopMsMax;
    while (await isOurs(running.pid, running.mark)) {
      if (Date.now() > untilMs) process.kill(running.pid, 'SIGKILL');
      await sleep(pollMs);
    }
  }
}

/** Starts a program that outlives us and waits until `ready` finds what it looks for in the program's output. */
async function startDetached(
  name: string,
  argv: string[],
  mark: string,
  ready: (output: string) => string | null,
): Promise<string> {
  const output = inPlace(`${name}.out`);
  const out = openSync(output, 'w', 0o600);
  const log = openSync(inPlace(`${name}.log`), 'a', 0o600);
  const [command = '', ...args] = argv;
  const child = spawn(command, args, {detached: true, stdio: ['ignore', out, log], cwd: inPlace()});
  closeSync(out);
  closeSync(log);
  child.unref();
  writeJson(`${name}.json`, {pid: child.pid, mark});
  const untilMs = Date.now() + startMsMax;
  while (Date.now() < untilMs && child.exitCode === null && child.signalCode === null) {
    const found = ready(readFileSync(output, 'utf8'));
    if (found !== null) return found;
    await sleep(pollMs);
  }
  child.kill();
  throw new Error(`${name} did not start; see ${inPlace(`${name}.log`)}`);
}
