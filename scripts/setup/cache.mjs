// Where set-up keeps what it brings: one folder outside the checkout, guarded by locks that outlive no process.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {homedir, hostname} from 'node:os';
import {isAbsolute, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {say} from './progress.mjs';

const xdgCache = process.env['XDG_CACHE_HOME'] ?? '';

/** Everything that set-up downloads, builds or starts lies below this folder. */
export const cacheDir = join(
  isAbsolute(xdgCache) ? xdgCache : join(homedir(), '.cache'),
  'synctask',
);

/** The checkout. */
export const checkoutDir = fileURLToPath(new URL('../..', import.meta.url));

/** A lock without a readable owner is one being made, unless it is older than this. */
const ownerlessMsMax = 10_000;
/** A lock held by another machine (a shared home) is believed for as long as the longest step can take. */
const foreignMsMax = 30 * 60_000;
const pollMs = 200;

/**
 * Runs `action` while no other process holds the lock `name`.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withLock(name, action) {
  const lock = join(cacheDir, 'locks', name);
  mkdirSync(join(cacheDir, 'locks'), {recursive: true});
  let told = false;
  while (!take(lock)) {
    if (breakStale(lock)) continue;
    if (!told) say(`waiting for another set-up that holds ${lock}`);
    told = true;
    await sleep(pollMs);
  }
  try {
    return await action();
  } finally {
    rmSync(lock, {recursive: true, force: true});
  }
}

/**
 * Fills a new folder by `fill` and puts it at `place` in one rename, so that a half-made one is never seen.
 * @param {string} place
 * @param {(draft: string) => Promise<void>} fill
 */
export async function makeFolder(place, fill) {
  const draft = `${place}.draft-${process.pid}`;
  rmSync(draft, {recursive: true, force: true});
  mkdirSync(draft, {recursive: true});
  try {
    await fill(draft);
    if (existsSync(place)) renameSync(place, `${draft}-old`);
    renameSync(draft, place);
  } finally {
    rmSync(draft, {recursive: true, force: true});
    rmSync(`${draft}-old`, {recursive: true, force: true});
  }
}

/**
 * Whether a process of this machine with this id is there.
 * @param {number} pid
 */
export function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} lock */
function take(lock) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(lock, 'owner'), `${process.pid} ${hostname()}`);
  return true;
}

/** Removes a lock whose owner is gone. @param {string} lock */
function breakStale(lock) {
  const owner = ownerOf(lock);
  if (!isStale(lock, owner)) return false;
  const aside = `${lock}.stale-${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return true;
  }
  // Another process may have broken it first and taken a new one, which this rename then caught: give it back.
  if (ownerOf(aside) !== owner) {
    try {
      renameSync(aside, lock);
      return true;
    } catch {
      // Someone took the place meanwhile; the caught lock's owner loses it, as if it had been stale.
    }
  }
  rmSync(aside, {recursive: true, force: true});
  return true;
}

/** @param {string} lock @param {string} owner */
function isStale(lock, owner) {
  const [pid, host] = owner.split(' ');
  let ageMs = 0;
  try {
    ageMs = Date.now() - statSync(lock).mtimeMs;
  } catch {
    return false;
  }
  if (owner === '') return ageMs > ownerlessMsMax;
  return host === hostname() ? !isAlive(Number(pid)) : ageMs > foreignMsMax;
}

/** @param {string} lock */
function ownerOf(lock) {
  try {
    return readFileSync(join(lock, 'owner'), 'utf8');
  } catch {
    return '';
  }
}
