// Runs the readers of the snapshot bench, ours and the peers, each as a process of its own, and takes their measure.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {bringGoProgram, bringJavaProgram} from '../../scripts/setup/foreign.mjs';
import {bringMysql} from '../../scripts/setup/mysql.mjs';
import type {TestServer} from '../support/mysql.ts';
import {usageOf} from './binlogReaders.ts';

/** What a thread of our own reader is told. */
export interface Plan {
  kind: 'drain' | 'ours';
  port: number;
  user: string;
  password: string;
  database: string;
  table: string;
  rows: number;
  workers: number;
}

/** Passes of one process; the first warms it up. */
const passes = 4;
const readerMsMax = 150_000;

export const readerNames = [
  'drain 1',
  'ours 1',
  'drain 2',
  'ours 2',
  'connectorj typed',
  'connectorj bytes',
  'go text',
  'go binary',
  'mysql --quick',
  'mysql2 naive',
  'debezium',
] as const;
export type ReaderName = (typeof readerNames)[number];

export interface Program {
  command: string;
  args: string[];
  /** Prints no lines of its own: the whole process is one pass. */
  silent?: boolean;
}

export type Readers = Map<ReaderName, Program | {missing: string}>;

/** What one process reached. */
export interface Measure {
  rowsPerSecond: number;
  /** Of the best pass where the program measures itself, else of the whole process divided by its passes. */
  clientMicrosPerRow: number;
  serverMicrosPerRow: number | null;
  peakMebibytes: number;
}

/** Builds what can be built. */
export async function bringReaders(): Promise<Readers> {
  const own = (file: string, ...args: string[]): Program => ({
    command: process.execPath,
    args: [fileURLToPath(new URL(file, import.meta.url)), ...args],
  });
  const guard = async (bring: () => Promise<Program | {missing: string}>) => {
    try {
      return await bring();
    } catch (error) {
      return {missing: String(error).split('\n').slice(0, 3).join(' ')};
    }
  };
  const java = await guard(() => bringJavaProgram('tests/bench/peers/snapshot/java'));
  const go = await guard(() => bringGoProgram('tests/bench/peers/snapshot/go'));
  const client = await guard(async () => {
    const [command, ...args] = (await bringMysql()).command('mysql');
    return {command: command!, args, silent: true};
  });
  const kindOf = (program: Program | {missing: string}, kind: string) =>
    'missing' in program ? program : {...program, args: [...program.args, kind]};
  return new Map<ReaderName, Program | {missing: string}>([
    ['drain 1', own('snapshotRead.ts', 'drain')],
    ['ours 1', own('snapshotRead.ts', 'ours')],
    ['drain 2', own('snapshotRead.ts', 'drain')],
    ['ours 2', own('snapshotRead.ts', 'ours')],
    ['connectorj typed', kindOf(java, 'typed')],
    ['connectorj bytes', kindOf(java, 'bytes')],
    ['go text', kindOf(go, 'text')],
    ['go binary', kindOf(go, 'binary')],
    ['mysql --quick', client],
    ['mysql2 naive', own('peers/snapshot/mysql2.ts', 'naive')],
    ['debezium', kindOf(java, 'debezium')],
  ]);
}

/** Runs one reader over a table of `rows` rows; throws with what it said when it does not get to the end. */
export async function runReader(
  name: ReaderName,
  program: Program,
  server: TestServer,
  {database, table, rows}: {database: string; table: string; rows: number},
): Promise<Measure> {
  const workers = name.endsWith(' 2') ? 2 : 1;
  const ownArgs = [server.port, server.user, database, table, rows, passes, workers, server.pid];
  const clientArgs = ['--no-defaults', '-h127.0.0.1', `-P${server.port}`, `-u${server.user}`];
  const quick = ['--quick', '-N', '-e', `SELECT * FROM ${table}`, database];
  const all = program.silent ? [...clientArgs, ...quick] : ownArgs.map(String);
  const startedMs = performance.now();
  const child = spawn(program.command, [...program.args, ...all], {
    stdio: ['pipe', program.silent ? 'ignore' : 'pipe', 'pipe'],
    env: {...process.env, PEER_PASSWORD: server.password, MYSQL_PWD: server.password},
  });
  let said = '';
  child.stderr!.on('data', text => (said += String(text)));
  const exit = new Promise<number | null>(resolve => child.on('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), readerMsMax);
  const lines: Line[] = [];
  let used = {cpuSeconds: 0, peakMebibytes: 0};
  const wanted = name === 'debezium' ? Math.floor(rows / windowOf(rows)) : passes;
  if (child.stdout !== null)
    for await (const text of createInterface(child.stdout)) {
      if (!text.startsWith('{')) continue;
      lines.push(JSON.parse(text) as Line);
      used = usageOf(child.pid!);
      if (lines.length >= wanted) child.stdin!.end('\n');
    }
  const code = await exit;
  clearTimeout(timer);
  if (program.silent && code === 0)
    lines.push({rows, seconds: (performance.now() - startedMs) / 1000});
  if (lines.length === 0) throw new Error(said.trim().split('\n')[0] || 'it said nothing');
  return measureOf(lines, used);
}

interface Line {
  rows: number;
  seconds: number;
  clientSeconds?: number;
  serverSeconds?: number;
}

/** Debezium tells windows of its one pass. */
function windowOf(rows: number): number {
  return Math.max(1, Math.min(100_000, Math.floor(rows / 4)));
}

function measureOf(lines: Line[], used: {cpuSeconds: number; peakMebibytes: number}): Measure {
  const warm = lines.length > 1 ? lines.slice(1) : lines;
  const rowsAll = lines.reduce((sum, line) => sum + line.rows, 0);
  const micros = (seconds: number | undefined, rows: number) =>
    seconds === undefined ? null : (seconds / rows) * 1e6;
  const clientBest = Math.min(
    ...warm.map(line => micros(line.clientSeconds, line.rows) ?? Infinity),
  );
  const rowsWarm = warm.reduce((sum, line) => sum + line.rows, 0);
  const serverSeconds = warm.every(line => line.serverSeconds !== undefined)
    ? warm.reduce((sum, line) => sum + line.serverSeconds!, 0)
    : undefined;
  return {
    rowsPerSecond: Math.max(...warm.map(line => line.rows / line.seconds)),
    clientMicrosPerRow: clientBest === Infinity ? micros(used.cpuSeconds, rowsAll)! : clientBest,
    serverMicrosPerRow: micros(serverSeconds, rowsWarm),
    peakMebibytes: used.peakMebibytes,
  };
}
