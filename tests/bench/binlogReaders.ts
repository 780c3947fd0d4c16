// Runs the readers of the binlog bench, ours and the peers, each as a process of its own, and takes their measure.
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {bringGoProgram, bringJavaProgram} from '../../scripts/setup/foreign.mjs';
import type {TestServer} from '../support/mysql.ts';
import type {Load} from './binlogSource.ts';

export const readerNames = ['drain', 'ours', 'connector', 'gomysql', 'zongji', 'debezium'] as const;
export type ReaderName = (typeof readerNames)[number];

/** What one process reached: its best pass after the first, which warms it up. */
export interface Measure {
  rowsPerSecond: number;
  /** Processor time of the whole process, start and warm-up included. */
  cpuSeconds: number;
  peakMebibytes: number;
}

/** A reader is given up after this long. */
const readerMsMax = 90_000;

interface Program {
  command: string;
  args: string[];
}

export type Readers = Map<ReaderName, Program | {missing: string}>;

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
  const java = await guard(() => bringJavaProgram('tests/bench/peers/binlog/java'));
  const javaWith = (kind: string) =>
    'missing' in java ? java : {command: java.command, args: [...java.args, kind]};
  return new Map<ReaderName, Program | {missing: string}>([
    ['drain', own('binlogRead.ts', 'drain')],
    ['ours', own('binlogRead.ts', 'ours')],
    ['connector', javaWith('connector')],
    ['gomysql', await guard(() => bringGoProgram('tests/bench/peers/binlog/go'))],
    ['zongji', own('peers/binlog/zongji.ts')],
    ['debezium', javaWith('debezium')],
  ]);
}

/** Runs one reader over `load`; throws with what it said when it does not get to the end. */
export async function runReader(
  program: Program,
  server: TestServer,
  load: Load,
  passes: number,
): Promise<Measure> {
  const {command, args} = program;
  const all = [...args, server.port, server.user, load.file, load.rows, passes];
  all.push(load.database, load.gtids);
  const child = spawn(command, all.map(String), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {...process.env, PEER_PASSWORD: server.password},
  });
  let said = '';
  child.stderr.on('data', text => (said += String(text)));
  const rates: number[] = [];
  let used = {cpuSeconds: 0, peakMebibytes: 0};
  const timer = setTimeout(() => child.kill('SIGKILL'), readerMsMax);
  const exit = new Promise(resolve => child.on('exit', resolve));
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('{')) continue;
    const {rows, seconds} = JSON.parse(line) as {rows: number; seconds: number};
    rates.push(rows / seconds);
    used = usageOf(child.pid!);
    if (rates.length >= passes && !args.includes('debezium')) child.stdin.end('\n');
    else if (args.includes('debezium') && rates.length >= windowsOf(load)) child.stdin.end('\n');
  }
  clearTimeout(timer);
  await exit;
  if (rates.length === 0) throw new Error(said.trim().split('\n')[0] ?? 'it said nothing');
  const warm = rates.length > 1 ? rates.slice(1) : rates;
  return {rowsPerSecond: Math.max(...warm), ...used};
}

/** Debezium reports windows of its one pass. */
function windowsOf({rows}: Load): number {
  return Math.floor((rows - 1) / Math.min(100_000, Math.floor(rows / 5)));
}

/** Peak memory and processor time of a process so far, as Linux tells them. */
export function usageOf(pid: number): {cpuSeconds: number; peakMebibytes: number} {
  try {
    const peakKiB = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
      peakMebibytes: Math.round(Number(peakKiB) / 1024),
    };
  } catch {
    return {cpuSeconds: 0, peakMebibytes: 0};
  }
}
