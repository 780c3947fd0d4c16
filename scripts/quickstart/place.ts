// Where the quick start lives: one folder of the cache, its files, and the processes it remembers.
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {cacheDir, isAlive} from '../setup/cache.mjs';
import {run} from '../setup/command.mjs';

/** A test runs one of its own beside a user's. */
const name = process.env['SYNCTASK_QUICKSTART'] ?? 'quickstart';
export const place = join(cacheDir, name);
/** Name of the MySQL server that scripts/setup/mysqlServer.mjs keeps for us. */
export const mysqlName = name;

/** What other programs need to look at everything: connection.json, 0600. */
export interface Connection {
  mysql: {host: string; port: number; user: string; password: string; database: string};
  target: {endpoint: string; project: string; accessKeyId: string; accessKeySecret: string};
  statusUrl: string;
  /** The runtime. */
  pid: number;
  stateDir: string;
  /** The process that changes the shop. */
  writerPid: number;
}

/** Path of a file in the quick start's folder. */
export function inPlace(...parts: string[]): string {
  mkdirSync(place, {recursive: true, mode: 0o700});
  return join(place, ...parts);
}

/** The JSON of a file in the folder; null when it is not there. */
export function readJson<T>(name: string): T | null {
  const file = inPlace(name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : null;
}

/** Writes a file in the folder whole or not at all, readable by its owner only. */
export function writeJson(name: string, value: unknown): void {
  const draft = inPlace(`${name}.draft`);
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, {mode: 0o600});
  renameSync(draft, inPlace(name));
}

/** Whether `pid` is a living process whose command line holds `mark`; ids are used again by others. */
export async function isOurs(pid: number, mark: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await run(['ps', '-o', 'args=', '-p', String(pid)]).catch(() => null);
  // Without ps the id is all there is to go by.
  return command === null || command.includes(mark);
}
