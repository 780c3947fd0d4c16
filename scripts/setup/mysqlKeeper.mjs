// The process that owns one MySQL server: `node mysqlKeeper.mjs DIR`, with DIR/orders.json written by mysqlServer.mjs.
// It makes the data from a template, starts mysqld, writes DIR/server.json when it accepts clients, starts it again
// when it dies, and ends it at SIGTERM or when every process named in DIR/users has ended.
import {spawn} from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {cacheDir, isAlive, makeFolder, withLock} from './cache.mjs';
import {run} from './command.mjs';
import {bringServerOf} from './otherServers.mjs';

/** @typedef {import('./mysql.mjs').MysqlInstallation} MysqlInstallation */
/**
 * @typedef {object} Orders
 * @property {string} name
 * @property {import('./otherServers.mjs').Product} [product]
 * @property {Record<string, string | null>} settings
 * @property {boolean} untilIdle
 * @property {number} idleMs
 * @property {boolean} keepData
 * @property {string} password
 * @property {string} syncPassword
 */

const readyMsMax = 120_000;
const pollMs = 100;
/** Another process can take the free port before mysqld does; then another one is tried. */
const startCountMax = 3;
/** A server that keeps dying is not started for ever. */
const restartCountMax = 20;

const dir = process.argv[2] ?? '';
const orders = /** @type {Orders} */ (JSON.parse(readFileSync(join(dir, 'orders.json'), 'utf8')));
let stopping = false;
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT']))
  process.on(signal, () => (stopping = true));
await keep();

async function keep() {
  const mysql = await bringServerOf(orders.product ?? 'mysql');
  if (!existsSync(join(dir, 'data'))) await makeData(mysql);
  let {child, port} = await start(mysql, null);
  announce(mysql, child, port);
  let lastUsedMs = Date.now();
  for (let restarts = 0; !stopping;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      if (++restarts > restartCountMax) throw new Error('mysqld keeps dying');
      ({child} = await start(mysql, port));
      announce(mysql, child, port);
    }
    if (isUsed()) lastUsedMs = Date.now();
    else if (orders.untilIdle && Date.now() - lastUsedMs > orders.idleMs) stopping = true;
    await sleep(pollMs);
  }
  const ended = new Promise(resolve => child.once('exit', resolve));
  // Data that is thrown away needs no clean end; a docker client must pass its signal on, so it gets a mild one.
  child.kill(orders.keepData || mysql.kind === 'docker' ? 'SIGTERM' : 'SIGKILL');
  await ended;
  for (const file of [socketPath(port), `${socketPath(port)}.lock`]) rmSync(file, {force: true});
  if (orders.keepData) rmSync(join(dir, 'server.json'), {force: true});
  else rmSync(dir, {recursive: true, force: true});
}

/** Data of a fresh server, initialised once per MySQL version and copied from then on. @param {MysqlInstallation} mysql */
async function makeData(mysql) {
  const template = join(cacheDir, `mysql-data-${mysql.kind}-${mysql.version}`);
  await withLock(`mysql-data-${mysql.kind}`, async () => {
    if (existsSync(template)) return;
    await makeFolder(template, async draft => {
      if (mysql.fillData !== undefined) return mysql.fillData(draft);
      const options = join(draft, 'my.cnf');
      writeFileSync(
        options,
        optionFile({...mysql.settings, ...runAs(), datadir: join(draft, 'data')}),
      );
      const [command = '', ...args] = mysql.command('mysqld', draft);
      await run([command, ...args, `--defaults-file=${options}`, '--initialize-insecure']);
    });
  });
  await makeFolder(join(dir, 'data'), async draft => {
    cpSync(join(template, 'data'), draft, {recursive: true});
    // Each server gets an identity of its own.
    rmSync(join(draft, 'auto.cnf'), {force: true});
  });
}

/**
 * Starts mysqld and waits until it greets clients.
 * @param {MysqlInstallation} mysql
 * @param {number | null} fixedPort
 */
async function start(mysql, fixedPort) {
  for (let count = 1; ; count++) {
    const port = fixedPort ?? (count === 1 ? await lastPort() : null) ?? (await freePort());
    const child = spawnMysqld(mysql, port);
    const untilMs = Date.now() + readyMsMax;
    while (child.exitCode === null && child.signalCode === null && Date.now() < untilMs) {
      if (await greets(port)) return {child, port};
      await sleep(pollMs);
    }
    child.kill('SIGKILL');
    if (count >= startCountMax) {
      const log = join(dir, 'error.log');
      const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
      throw new Error(`mysqld does not start:\n${lines.slice(-10).join('\n')}`);
    }
  }
}

/** A server that keeps its data keeps its port too, where it is still free. */
async function lastPort() {
  const file = join(dir, 'port');
  if (!orders.keepData || !existsSync(file)) return null;
  return freePort(Number(readFileSync(file, 'utf8'))).catch(() => null);
}

/** @param {MysqlInstallation} mysql @param {number} port */
function spawnMysqld(mysql, port) {
  writeFileSync(join(dir, 'init.sql'), usersSql(mysql), {mode: 0o600});
  writeFileSync(
    join(dir, 'my.cnf'),
    optionFile({
      ...defaultSettings(port),
      ...mysql.defaults,
      ...mysql.settings,
      ...runAs(),
      ...orders.settings,
    }),
  );
  const [command = '', ...args] = mysql.command('mysqld', dir, port);
  const log = openSync(join(dir, 'stdout.log'), 'a');
  const child = spawn(command, [...args, `--defaults-file=${join(dir, 'my.cnf')}`], {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return child;
}

/**
 * Settings of a source that a task can follow, tuned for short-lived data: a crash of the process loses nothing,
 * a crash of the machine may.
 * @param {number} port
 * @returns {Record<string, string>}
 */
function defaultSettings(port) {
  return {
    datadir: join(dir, 'data'),
    'bind-address': '127.0.0.1',
    port: String(port),
    socket: socketPath(port),
    'pid-file': join(dir, 'mysqld.pid'),
    'log-error': join(dir, 'error.log'),
    'init-file': join(dir, 'init.sql'),
    mysqlx: '0',
    'server-id': '1',
    'log-bin': 'binlog',
    'gtid-mode': 'ON',
    'enforce-gtid-consistency': 'ON',
    'binlog-row-image': 'FULL',
    'binlog-row-metadata': 'FULL',
    'binlog-expire-logs-seconds': '0',
    'innodb-buffer-pool-size': '256M',
    'innodb-flush-log-at-trx-commit': '2',
    'sync-binlog': '0',
    'innodb-doublewrite': 'OFF',
    'max-connections': '1000',
    'performance-schema': 'OFF',
    'default-time-zone': '+00:00',
    'secure-file-priv': '',
    'local-infile': '1',
  };
}

/** mysqld refuses to run as root unless told so. @returns {Record<string, string>} */
function runAs() {
  return process.getuid?.() === 0 ? {user: 'root'} : {};
}

/** @param {Record<string, string | null>} settings */
function optionFile(settings) {
  const lines = Object.entries(settings).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${value}`],
  );
  return ['[mysqld]', ...lines, ''].join('\n');
}

/** Statements of the init file: one a line. They leave no trace in the binlog. @param {MysqlInstallation} mysql */
function usersSql(mysql) {
  const {password, syncPassword} = orders;
  if (mysql.usersSql !== undefined)
    return ['SET sql_log_bin = 0;', ...mysql.usersSql(password, syncPassword), ''].join('\n');
  return [
    'SET sql_log_bin = 0;',
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`,
    ...userSql("'root'@'%'", password),
    "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;",
    ...userSql("'sync'@'%'", syncPassword),
    "GRANT SELECT, SHOW VIEW, RELOAD, LOCK TABLES, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO 'sync'@'%';",
    "GRANT XA_RECOVER_ADMIN ON *.* TO 'sync'@'%';",
    '',
  ].join('\n');
}

/** A folder of rows that is kept has the users of its last start. @param {string} user @param {string} password */
function userSql(user, password) {
  return [
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '${password}';`,
    `ALTER USER ${user} IDENTIFIED BY '${password}';`,
  ];
}

/** A socket's path may have 107 bytes at most, so it does not lie in the folder. @param {number} port */
function socketPath(port) {
  return join(tmpdir(), `synctask-mysql-${port}.sock`);
}

/** @param {MysqlInstallation} mysql @param {import('node:child_process').ChildProcess} child @param {number} port */
function announce(mysql, child, port) {
  const server = {
    dir,
    host: '127.0.0.1',
    port,
    user: 'root',
    password: orders.password,
    syncUser: 'sync',
    syncPassword: orders.syncPassword,
    socket: socketPath(port),
    version: mysql.version,
    kind: mysql.kind,
    pid: child.pid,
    keeperPid: process.pid,
  };
  writeFileSync(join(dir, 'port'), String(port));
  writeFileSync(join(dir, 'server.json.draft'), JSON.stringify(server), {mode: 0o600});
  renameSync(join(dir, 'server.json.draft'), join(dir, 'server.json'));
}

function isUsed() {
  mkdirSync(join(dir, 'users'), {recursive: true});
  return readdirSync(join(dir, 'users')).some(pid => isAlive(Number(pid)));
}

/** The port given if nobody has it, or any free one. @param {number} [wanted] @returns {Promise<number>} */
function freePort(wanted = 0) {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Whether a server sends MySQL's greeting: only one that has run its init file does. @param {number} port @returns {Promise<boolean>} */
function greets(port) {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    /** @param {boolean} answer */
    const end = answer => {
      socket.destroy();
      resolve(answer);
    };
    // Byte 5 of the first packet is the protocol version.
    socket.once('data', packet => end(packet[4] === 10));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.setTimeout(2_000, () => end(false));
  });
}
