// deploy: {kind: 'process'}: the runtime as a process of this machine under a supervisor of its own (supervisor.ts).
// Owns starting and stopping the two and reading how they are; what they do inside the state folder is theirs.
import {spawn} from 'node:child_process';
import {closeSync, existsSync, openSync, readFileSync} from 'node:fs';
import {extname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {fail, finding} from '../../runtime/base/errors.ts';
import {minuteMs, secondMs} from '../../runtime/base/sizes.ts';
import {wait} from '../../runtime/base/wait.ts';
import {
  defaultStateDir,
  fetchStatus,
  readRuntimeFile,
  sendControl,
} from '../../runtime/task/control.ts';
import type {Deployed, DeployedState, Deployer, Deployment} from './deployer.ts';
import {identify, lives, type ProcessIdentity} from './processIdentity.ts';
import type {DeploySpec} from '../../runtime/places/deploySpec.ts';
import {
  prepareFolder,
  readDeployed,
  readLastStatus,
  readSupervisor,
  removeFolder,
  writeTask,
  type SupervisorFile,
} from './stateFolder.ts';

type ProcessSpec = Extract<DeploySpec, {kind: 'process'}>;

/** A supervisor reports as soon as its modules are loaded. */
const startSecondsMax = 30;
/** A drain commits what was read. A runtime that needs longer is killed: its ledger makes that harmless. */
const drainMsMax = 2 * minuteMs;
const killMsMax = 10 * secondMs;
const lookMs = 50;

/** The deployer of the process of task `name`. */
export function processDeployer(name: string, spec: ProcessSpec): Deployer {
  const stateDir = spec.stateDir ?? defaultStateDir(name);
  return {
    async create(deployment, signal) {
      refuseForeign(stateDir, deployment.name);
      await start(stateDir, spec, deployment, signal);
    },
    async update(deployment, restart, signal) {
      refuseForeign(stateDir, deployment.name);
      if (restart) await start(stateDir, spec, deployment, signal);
      else writeTask(stateDir, deployment.taskFile);
    },
    read: () => read(stateDir),
    async pause(paused) {
      if (readRuntimeFile(stateDir) === null) return;
      await sendControl(stateDir, paused ? 'pause' : 'resume');
    },
    stop: signal => stop(stateDir, signal),
    async delete(signal) {
      await stop(stateDir, signal);
      removeFolder(stateDir);
    },
    logs: async lines => readTail(join(stateDir, 'runtime.log'), lines),
  };
}

function readTail(path: string, lines: number): string {
  if (!existsSync(path)) return '';
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/** One folder holds one task. The same task is taken over: its last create may have ended half-way. */
function refuseForeign(stateDir: string, name: string): void {
  const deployed = readDeployed(stateDir);
  const file = readSupervisor(stateDir);
  if (deployed === null || file === null || deployed.task === name) return;
  if (lives(file.supervisor) || lives(file.runtime))
    throw fail('SYNC7008', {stateDir, name: deployed.task, pid: file.supervisor.pid});
}

/** Stops what runs here before: an earlier version of the task, or the rest of a create that ended half-way. */
async function start(
  stateDir: string,
  spec: ProcessSpec,
  deployment: Deployment,
  signal: AbortSignal,
): Promise<void> {
  await stop(stateDir, signal);
  prepareFolder(stateDir, deployment.name);
  writeTask(stateDir, deployment.taskFile);
  const log = openSync(join(stateDir, 'supervisor.log'), 'a', 0o600);
  const path = new URL(`./supervisor${extname(import.meta.url)}`, import.meta.url);
  const args = [fileURLToPath(path), stateDir, String(spec.statusPort)];
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: stateDir,
    env: {...runtimeEnvironment(), ...deployment.environment},
  });
  closeSync(log);
  let failed = false;
  child.once('error', () => (failed = true));
  child.unref();
  const isReady = () => readSupervisor(stateDir)?.supervisor.pid === child.pid;
  const isOver = () => failed || child.exitCode !== null;
  await until(() => isReady() || isOver(), startSecondsMax * secondMs, signal);
  if (!isReady()) throw fail('SYNC7007', {stateDir, seconds: startSecondsMax});
}

/** Our environment without what belongs to Pulumi: passphrases, access tokens, the stack's settings. */
function runtimeEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([key]) => !key.startsWith('PULUMI_'));
  return Object.fromEntries(kept);
}

async function stop(stateDir: string, signal: AbortSignal): Promise<void> {
  const file = readSupervisor(stateDir);
  if (file === null) return;
  // A supervisor passes TERM on and waits; where it was killed, its runtime is told itself.
  const isOver = () => !lives(file.supervisor) && !lives(latestRuntime(stateDir, file));
  if (isOver()) return;
  send('SIGTERM', lives(file.supervisor) ? file.supervisor : latestRuntime(stateDir, file));
  if (await until(isOver, drainMsMax, signal)) return;
  send('SIGKILL', file.supervisor);
  send('SIGKILL', latestRuntime(stateDir, file));
  await until(isOver, killMsMax, signal);
}

/** A supervisor may have started another runtime since we read its file. */
function latestRuntime(stateDir: string, file: SupervisorFile): ProcessIdentity | null {
  return readSupervisor(stateDir)?.runtime ?? file.runtime;
}

function send(name: 'SIGTERM' | 'SIGKILL', to: ProcessIdentity | null): void {
  if (to === null || !lives(to)) return;
  try {
    process.kill(to.pid, name);
  } catch {
    // It ended between the two lines.
  }
}

/** Whether `isSo` came true within `ms`. */
async function until(isSo: () => boolean, ms: number, signal: AbortSignal): Promise<boolean> {
  const endMs = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > endMs) return false;
    await wait(lookMs, signal);
  }
  return true;
}

async function read(stateDir: string): Promise<Deployed> {
  const running = await fetchStatus(stateDir);
  const file = readSupervisor(stateDir);
  const status = running ?? readLastStatus(stateDir);
  const state = stateOf(running?.state ?? null, file);
  const log = join(stateDir, 'runtime.log');
  const last = file?.last ?? 'no process was ever seen';
  const port = running === null ? null : (readRuntimeFile(stateDir)?.port ?? null);
  const findings =
    state === 'dead' || state === 'failed' || state === 'stopped'
      ? [finding('SYNC7004', {place: stateDir, state, last, log})]
      : [];
  return {
    stateDir,
    statusUrl: port === null ? null : `http://127.0.0.1:${port}`,
    state,
    status,
    last,
    crashes: file?.crashes ?? 0,
    place: stateDir,
    log,
    findings,
  };
}

function stateOf(running: DeployedState | null, file: SupervisorFile | null): DeployedState {
  if (file === null) return running ?? 'dead';
  if (file.ended !== null) return file.ended;
  const watched = identify(file.supervisor.pid)?.started === file.supervisor.started;
  // A runtime whose supervisor was killed works, but nobody would start it again: `pulumi up` puts that right.
  if (!watched) return 'dead';
  // `failed` and `stopped` are about to end; whether they come again is the supervisor's to say.
  const isEnding = running === 'failed' || running === 'stopped';
  if (running !== null && !isEnding) return running;
  return file.crashes > 0 || isEnding ? 'restarting' : 'starting';
}
