// The whole full load of a task as users run it, the built package in a process of its own: ledger, sessions, zstd, commit.
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {buildPackage} from '../../scripts/setup/build.mjs';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import type {TestServer} from '../support/mysql.ts';
import {usageOf} from './binlogReaders.ts';
import {startDiscardingSink} from './discardingSink.ts';

/** What one load took. */
export interface LoadMeasure {
  /** From the first chunk's planning to the last commit. */
  loadSeconds: number;
  /** From the start of the process to its end: prechecks and tables too. */
  wholeSeconds: number;
  cpuSeconds: number;
  peakMebibytes: number;
}

export interface LoadOptions {
  database: string;
  /** As a task names them, with settings or without. */
  tables: (string | Record<string, unknown>)[];
  /** Throw blocks away instead of storing them. */
  discards: boolean;
  workers: number | null;
}

const built = fileURLToPath(new URL('../../dist/runtime/main.js', import.meta.url));
const sources = fileURLToPath(new URL('../../runtime/main.ts', import.meta.url));
let runtime = sources;
const key = {project: 'bench_project', accessKeyId: 'id', accessKeySecret: 'secret'};
const lookMs = 20;
const arenas = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/** Builds the package, so that what is measured is what users run; says so when it cannot. */
export async function prepareRuntime(): Promise<void> {
  try {
    await buildPackage(process.execPath);
    runtime = built;
  } catch (error) {
    console.log(`measured from the sources, because ${String(error).slice(0, 300)}`);
  }
}

/** Loads `tables` once into a fresh target; throws with the runtime's last words when it does not end well. */
export async function runLoad(server: TestServer, options: LoadOptions): Promise<LoadMeasure> {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-bench-'));
  const endpoint = await startEndpoint({dataDir: join(dir, 'endpoint'), port: 0, ...key});
  const sink = options.discards ? await startDiscardingSink(endpoint.endpoint) : null;
  try {
    const taskFile = join(dir, 'task.json');
    const target = sink?.endpoint ?? endpoint.endpoint;
    const task = {
      name: `bench-${process.pid}`,
      source: {host: server.host, port: server.port, user: server.user, tls: {mode: 'disabled'}},
      sourcePassword: server.password,
      target: {
        endpoint: target,
        project: key.project,
        accessKeyId: key.accessKeyId,
        ...(sink === null ? {} : {tunnelEndpoint: target.replace(/\/api$/, '')}),
      },
      targetAccessKeySecret: key.accessKeySecret,
      objects: [{database: options.database, tables: options.tables}],
      phases: ['schema', 'full'],
      ...(options.workers === null ? {} : {full: {workers: options.workers}}),
    };
    writeFileSync(taskFile, JSON.stringify(task), {mode: 0o600});
    return await runOnce(taskFile, join(dir, 'state'));
  } finally {
    await sink?.close();
    await endpoint.close();
    rmSync(dir, {recursive: true, force: true});
  }
}

async function runOnce(taskFile: string, stateDir: string): Promise<LoadMeasure> {
  const startedMs = performance.now();
  // What the launcher says and sets: it starts the sources in a checkout, and we want what a package has.
  const start = ['--max-semi-space-size=4', runtime, 'run', taskFile, '--state', stateDir];
  const child = spawn(process.execPath, start, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {...process.env, ...arenas},
  });
  let said = '';
  child.stderr.on('data', text => (said += String(text)));
  let used = usageOf(child.pid!);
  const look = setInterval(() => {
    const now = usageOf(child.pid!);
    if (now.peakMebibytes > 0) used = now;
  }, lookMs);
  const code = await new Promise(resolve => child.on('exit', resolve));
  clearInterval(look);
  const wholeSeconds = (performance.now() - startedMs) / 1000;
  const log = readLog(stateDir);
  if (code !== 0) throw new Error(`the runtime ended with ${String(code)}: ${said.slice(-2000)}`);
  const at = (message: string) => Date.parse(log.find(line => line.msg === message)?.time ?? '');
  const loadSeconds = (at('the full load is done') - at('the full load begins')) / 1000;
  return {loadSeconds, wholeSeconds, ...used};
}

function readLog(stateDir: string): {time: string; msg: string}[] {
  const text = readFileSync(join(stateDir, 'runtime.log'), 'utf8');
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as {time: string; msg: string});
}
