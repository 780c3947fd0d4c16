// The process that watches over one runtime: `node supervisor.js STATE_DIR STATUS_PORT`, started detached by process.ts.
// It outlives Pulumi, starts a crashed runtime again, and on TERM lets it drain. Secrets reach it and the runtime by
// environment. It writes supervisor.json and supervisor.log; what the runtime prints goes straight into runtime.out and its
// log into runtime.log, so it lives on if the supervisor is killed.
import {spawn, type ChildProcess} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {createServer} from 'node:net';
import {extname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {must} from '../../runtime/base/assert.ts';
import {openLog} from '../../runtime/base/log.ts';
import {MiB} from '../../runtime/base/sizes.ts';
import {wait} from '../../runtime/base/wait.ts';
import {readRuntimeFile} from '../../runtime/task/control.ts';
import {afterExit, type Exit} from './afterExit.ts';
import {identify} from './processIdentity.ts';
import {
  readLastStatus,
  readSupervisor,
  turnLog,
  writeSupervisor,
  type SupervisorFile,
} from './stateFolder.ts';

const logBytesMax = 64 * MiB;

/** Runs until the runtime has ended for good or TERM has come. */
async function supervise(stateDir: string, wantedPort: number): Promise<void> {
  turnLog(stateDir, 'supervisor.log', logBytesMax);
  const log = openLog(join(stateDir, 'supervisor.log'));
  const file: SupervisorFile = {
    supervisor: must(identify(process.pid), 'this process lives'),
    runtime: null,
    ended: null,
    crashes: 0,
    last: 'it was just started',
    port: readSupervisor(stateDir)?.port ?? 0,
  };
  const told = new AbortController();
  let child: ChildProcess | null = null;
  const stop = (): void => {
    told.abort();
    child?.kill('SIGTERM');
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The terminal of whoever ran Pulumi is none of ours.
  process.on('SIGHUP', () => undefined);

  while (file.ended === null) {
    const startedMs = performance.now();
    const port = wantedPort > 0 ? wantedPort : await freePort(file.port);
    child = startRuntime(stateDir, port);
    const exited = exitOf(child);
    if (told.signal.aborted) child.kill('SIGTERM');
    file.runtime = child.pid === undefined ? null : identify(child.pid);
    writeSupervisor(stateDir, file);
    log.info({pid: child.pid}, 'runtime started');
    const {code, signal} = await exited;
    child = null;
    const exit: Exit = {code, signal, ranMs: performance.now() - startedMs};
    file.port = readRuntimeFile(stateDir)?.port ?? file.port;
    file.last = `it ${signal === null ? `exited with ${code}` : `was ended by ${signal}`} at ${new Date().toISOString()}`;
    const decision = afterExit(exit, readLastStatus(stateDir), file.crashes);
    log.info({...exit, ...decision}, 'runtime ended');
    if (told.signal.aborted) file.ended = 'stopped';
    else if (!decision.again) file.ended = decision.ended;
    else {
      file.crashes = decision.crashes;
      writeSupervisor(stateDir, file);
      await wait(decision.pauseMs, told.signal).catch(() => undefined);
      if (told.signal.aborted) file.ended = 'stopped';
    }
  }
  writeSupervisor(stateDir, file);
}

function startRuntime(stateDir: string, port: number): ChildProcess {
  for (const file of ['runtime.log', 'runtime.out']) turnLog(stateDir, file, logBytesMax);
  const log = openSync(join(stateDir, 'runtime.out'), 'a', 0o600);
  // The launcher that users run: it keeps memory small, and becomes the runtime under the same process id.
  const top = extname(import.meta.url) === '.ts' ? '../..' : '../../..';
  const launcher = fileURLToPath(new URL(`${top}/bin/synctask`, import.meta.url));
  const task = join(stateDir, 'task.json');
  const args = ['run', task, '--state', stateDir, '--status-port', String(port)];
  const env = {...process.env, SYNCTASK_NODE: process.execPath};
  const child = spawn(launcher, args, {stdio: ['ignore', log, log], cwd: stateDir, env});
  closeSync(log);
  return child;
}

function exitOf(child: ChildProcess): Promise<{code: number | null; signal: string | null}> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => resolve({code, signal}));
    // No process was made; as if it had crashed.
    child.once('error', () => resolve({code: null, signal: 'no process'}));
  });
}

/** `port` if it can be had, so that the status address stays; else 0. */
async function freePort(port: number): Promise<number> {
  if (port === 0) return 0;
  return await new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}

const [stateDir, port] = process.argv.slice(2);
await supervise(must(stateDir, 'the state folder is given'), Number(port ?? 0));
