// Runs servers of the brought MySQL. Each lives in a folder of its own below the cache, under a keeper process
// (mysqlKeeper.mjs) that restarts it when it dies and ends it when nobody uses it any more.
import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {cacheDir, isAlive, withLock} from './cache.mjs';

/** First start, template included, on a slow disk. */
const startMsMax = 180_000;
const stopMsMax = 60_000;
const pollMs = 50;

/**
 * A running server. `user` may do everything; `syncUser` has just what a task needs to read and follow.
 * @typedef {object} RunningMysql
 * @property {string} dir
 * @property {string} host
 * @property {number} port
 * @property {string} user
 * @property {string} password
 * @property {string} syncUser
 * @property {string} syncPassword
 * @property {string} socket
 * @property {string} version
 * @property {import('./mysql.mjs').MysqlInstallation['kind']} kind
 * @property {number} pid of mysqld (or of the docker client that runs it)
 * @property {number} keeperPid
 */

/**
 * @typedef {object} ServerRequest
 * @property {string} name names the folder below the cache: one server a name
 * @property {import('./otherServers.mjs').Product} [product] default: the MySQL of this machine
 * @property {Record<string, string | null>} [settings] option file entries on top of the default ones; null drops one
 * @property {number | null} userPid the server ends when all processes given here have ended; null: only by stopServer
 * @property {number} [idleSeconds] how long it waits for another user after the last one has ended
 * @property {boolean} [keepData] leave the data when it stops, for a next start
 */

/**
 * The running server of this name, started if need be.
 * @param {ServerRequest} request
 * @returns {Promise<RunningMysql>}
 */
export async function ensureServer(request) {
  const dir = serverDir(request.name);
  return withLock(`server-${request.name}`, async () => {
    mkdirSync(join(dir, 'users'), {recursive: true});
    if (request.userPid !== null) writeFileSync(join(dir, 'users', String(request.userPid)), '');
    return runningServer(request.name) ?? startServer(dir, request);
  });
}

/**
 * The server of this name if it runs.
 * @param {string} name
 * @returns {RunningMysql | null}
 */
export function runningServer(name) {
  const file = join(serverDir(name), 'server.json');
  if (!existsSync(file)) return null;
  const server = /** @type {RunningMysql} */ (JSON.parse(readFileSync(file, 'utf8')));
  return isAlive(server.keeperPid) && isAlive(server.pid) ? server : null;
}

/**
 * Stops the server of this name, cleanly, and waits for its end.
 * @param {string} name
 */
export async function stopServer(name) {
  const server = runningServer(name);
  if (server === null) return;
  process.kill(server.keeperPid, 'SIGTERM');
  const untilMs = Date.now() + stopMsMax;
  while (isAlive(server.keeperPid) && Date.now() < untilMs) await sleep(pollMs);
}

/**
 * Kills mysqld at once, as a crash would; its keeper starts it again on the same port and data.
 * @param {string} name
 * @returns {Promise<RunningMysql>} the server as it runs again
 */
export async function crashServer(name) {
  const before = runningServer(name);
  if (before === null) throw new Error(`server ${name} does not run`);
  process.kill(before.pid, 'SIGKILL');
  const untilMs = Date.now() + startMsMax;
  while (Date.now() < untilMs) {
    const now = runningServer(name);
    if (now !== null && now.pid !== before.pid) return now;
    await sleep(pollMs);
  }
  throw new Error(`server ${name} did not come back; see ${join(serverDir(name), 'error.log')}`);
}

/** @param {string} name */
function serverDir(name) {
  return join(cacheDir, 'servers', name);
}

/**
 * @param {string} dir
 * @param {ServerRequest} request
 * @returns {Promise<RunningMysql>}
 */
async function startServer(dir, request) {
  endLeftOver(dir);
  const orders = join(dir, 'orders.json');
  const known = existsSync(orders) ? JSON.parse(readFileSync(orders, 'utf8')) : {};
  const keep = request.keepData ?? false;
  writeFileSync(
    orders,
    JSON.stringify({
      name: request.name,
      product: request.product,
      settings: request.settings ?? {},
      untilIdle: request.userPid !== null,
      idleMs: (request.idleSeconds ?? 0) * 1000,
      keepData: keep,
      password: (keep && known.password) || randomBytes(12).toString('hex'),
      syncPassword: (keep && known.syncPassword) || randomBytes(12).toString('hex'),
    }),
    {mode: 0o600},
  );
  chmodSync(orders, 0o600);
  const log = openSync(join(dir, 'keeper.log'), 'w');
  const keeper = spawn(
    process.execPath,
    [fileURLToPath(new URL('mysqlKeeper.mjs', import.meta.url)), dir],
    {
      detached: true,
      stdio: ['ignore', log, log],
      env: {...process.env, NODE_OPTIONS: ''},
    },
  );
  closeSync(log);
  keeper.unref();
  const untilMs = Date.now() + startMsMax;
  while (Date.now() < untilMs) {
    const server = runningServer(request.name);
    if (server !== null) return server;
    if (keeper.exitCode !== null || keeper.signalCode !== null) break;
    await sleep(pollMs);
  }
  const why = existsSync(join(dir, 'keeper.log'))
    ? readFileSync(join(dir, 'keeper.log'), 'utf8')
    : '';
  throw new Error(`MySQL ${request.name} did not start: ${why.trim()}`);
}

/** A mysqld whose keeper was killed: it holds the data, so it ends before another starts. @param {string} dir */
function endLeftOver(dir) {
  const file = join(dir, 'server.json');
  if (!existsSync(file)) return;
  const old = /** @type {RunningMysql} */ (JSON.parse(readFileSync(file, 'utf8')));
  const command = existsSync(`/proc/${old.pid}/cmdline`)
    ? readFileSync(`/proc/${old.pid}/cmdline`, 'utf8')
    : '';
  // The id may belong to another process by now; only one that works in this folder is ours.
  if (command.includes(dir)) process.kill(old.pid, 'SIGKILL');
  rmSync(file, {force: true});
}
