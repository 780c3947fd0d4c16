// A task of the binlog bench: the runtime as users start it, with the embedded endpoint and, where asked, a tunnel that
// throws rows away. It can be stopped before changes are written and caught up from there as often as one likes.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {fetchStatus} from '../../runtime/task/control.ts';
import type {Status} from '../../runtime/task/progress.ts';
import type {TestServer} from '../support/mysql.ts';
import {usageOf} from './binlogReaders.ts';
import {startDiscardingTunnel} from './discardingTunnel.ts';

/** The endpoint's project and key. */
export const benchKey = {
  project: 'bench',
  accessKeyId: 'benchId',
  accessKeySecret: 'benchSecret',
};
const launcher = new URL('../../bin/synctask', import.meta.url).pathname;
/** Each look costs both sides about a millisecond. */
const lookMs = 50;
const waitMsMax = 300_000;

export interface BenchRuntime {
  pid: number;
  status: () => Promise<Status | null>;
  /** Waits for a status. */
  until: (what: string, condition: (status: Status) => boolean) => Promise<Status>;
  stop: () => Promise<void>;
}

export class BenchTask implements AsyncDisposable {
  readonly endpoint: string;
  readonly #dir: string;
  readonly #end: (() => Promise<unknown>)[];

  private constructor(dir: string, endpoint: string, end: (() => Promise<unknown>)[]) {
    this.#dir = dir;
    this.endpoint = endpoint;
    this.#end = end;
  }

  /** Makes target tables for `tables` of `database`; its runtime has followed and was stopped. */
  static async open(
    server: TestServer,
    database: string,
    discards: boolean,
    incremental: Record<string, unknown>,
    tables: (string | Record<string, unknown>)[] = ['*'],
  ): Promise<BenchTask> {
    const dir = mkdtempSync(join(tmpdir(), 'synctask-bench-'));
    const key = benchKey;
    const endpoint = await startEndpoint(dir);
    const tunnel = discards ? await startDiscardingTunnel() : null;
    const {host, port, syncUser, syncPassword} = server;
    const target = {
      endpoint: endpoint.endpoint,
      project: key.project,
      accessKeyId: key.accessKeyId,
      ...(tunnel === null ? {} : {tunnelEndpoint: tunnel.endpoint}),
    };
    const task = {
      name: `bench-${database.replaceAll('_', '-')}${tables[0] === '*' ? '' : '-ruled'}`,
      // As the readers beside it: without TLS.
      source: {host, port, user: syncUser, tls: {mode: 'disabled'}},
      sourcePassword: syncPassword,
      target,
      targetAccessKeySecret: key.accessKeySecret,
      objects: [{database, tables}],
      phases: ['schema', 'full', 'incremental'],
      incremental,
    };
    writeFileSync(join(dir, 'task.json'), JSON.stringify(task), {mode: 0o600});
    const opened = new BenchTask(dir, endpoint.endpoint, [
      endpoint.stop,
      async () => tunnel?.[Symbol.asyncDispose](),
    ]);
    const first = opened.start();
    await first.until('following', status => status.state === 'following');
    await first.stop();
    cpSync(join(dir, 'state'), join(dir, 'begun'), {recursive: true});
    return opened;
  }

  /** Forgets what was done since `open`. */
  rewind(): void {
    rmSync(join(this.#dir, 'state'), {recursive: true});
    cpSync(join(this.#dir, 'begun'), join(this.#dir, 'state'), {recursive: true});
  }

  start(): BenchRuntime {
    const state = join(this.#dir, 'state');
    const child = spawn(
      launcher,
      ['run', join(this.#dir, 'task.json'), '--state', state, '--status-port', '0'],
      {stdio: ['ignore', 'ignore', 'inherit'], env: process.env},
    );
    const exit = new Promise<void>(resolve => child.on('exit', () => resolve()));
    const until: BenchRuntime['until'] = async (what, condition) => {
      const startedMs = performance.now();
      for (;;) {
        const status = await fetchStatus(state);
        if (status !== null && condition(status)) return status;
        if (child.exitCode !== null || performance.now() - startedMs > waitMsMax)
          throw new Error(
            `${what}: ${readFileSync(join(state, 'runtime.log'), 'utf8').slice(-2000)}`,
          );
        await sleep(lookMs);
      }
    };
    return {
      pid: child.pid!,
      status: () => fetchStatus(state),
      until,
      stop: async () => {
        child.kill('SIGTERM');
        await exit;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#end) await end();
    rmSync(this.#dir, {recursive: true, force: true});
  }
}

/** The endpoint as users start it, in a process of its own. */
async function startEndpoint(dir: string): Promise<{endpoint: string; stop: () => Promise<void>}> {
  const {project, accessKeyId, accessKeySecret} = benchKey;
  const child = spawn(
    launcher,
    ['endpoint', '--data', join(dir, 'endpoint'), '--port', '0', '--project', project],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
      },
    },
  );
  const exit = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const {endpoint} = JSON.parse(line) as {endpoint: string};
  return {
    endpoint,
    stop: async () => {
      child.kill('SIGTERM');
      await exit;
    },
  };
}

/** What one catch-up reached. */
export interface CatchUp {
  /** Changes a second from when the task follows until the last is committed. */
  rowsPerSecond: number;
  /** The same from the first commit to the last but one: without the start, and with as much under way at either end. */
  steadyRowsPerSecond: number;
  /** From process start to the last commit. */
  seconds: number;
  /** While it follows, without the start. */
  cpuSeconds: number;
  peakMebibytes: number;
}

/** Lets the task follow everything that was written since, once. */
export async function catchUp(task: BenchTask, rows: number): Promise<CatchUp> {
  task.rewind();
  const startedMs = performance.now();
  const runtime = task.start();
  await runtime.until('following', ({state}) => state === 'following');
  const followsMs = performance.now();
  const before = usageOf(runtime.pid);
  const commits: Commit[] = [];
  await runtime.until('caught up', ({tables}) => {
    const committed = rowsOf(tables);
    if (committed > (commits.at(-1)?.rows ?? 0))
      commits.push({rows: committed, atMs: performance.now()});
    return committed >= rows;
  });
  const endedMs = performance.now();
  const used = usageOf(runtime.pid);
  await runtime.stop();
  return {
    rowsPerSecond: (rows / (endedMs - followsMs)) * 1000,
    steadyRowsPerSecond: steadyRate(commits) ?? (rows / (endedMs - followsMs)) * 1000,
    seconds: (endedMs - startedMs) / 1000,
    peakMebibytes: used.peakMebibytes,
    cpuSeconds: used.cpuSeconds - before.cpuSeconds,
  };
}

/** All rows that were committed at a moment. */
interface Commit {
  rows: number;
  atMs: number;
}

/** null where there were too few commits to leave two out. */
function steadyRate(commits: Commit[]): number | null {
  const [first, last] = [commits[0], commits.at(-2)];
  if (first === undefined || last === undefined || commits.length < 4) return null;
  return ((last.rows - first.rows) / (last.atMs - first.atMs)) * 1000;
}

function rowsOf(tables: Status['tables']): number {
  return tables.reduce((sum, table) => sum + table.rowsFollowed, 0);
}

/** Follows while `write` writes, and gives the quantiles from commit at the source to visible at the target. */
export async function followLive(
  task: BenchTask,
  write: () => Promise<number>,
): Promise<{rows: number; latency: Status['latency']; peakMebibytes: number}> {
  const runtime = task.start();
  await runtime.until('following', ({state}) => state === 'following');
  const rows = await write();
  const {latency} = await runtime.until('all visible', ({tables}) => rowsOf(tables) >= rows);
  const {peakMebibytes} = usageOf(runtime.pid);
  await runtime.stop();
  return {rows, latency, peakMebibytes};
}
