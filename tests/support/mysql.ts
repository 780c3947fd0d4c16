// The real MySQL that tests run against: one shared server per test run, a fresh database per test, private servers
// for tests that need settings of their own, and the server's own mysqlbinlog.
// `npm test` starts the shared server and names it in SYNCTASK_TEST_MYSQL; AVA run by hand starts one on first use,
// shared by all such runs, which ends some minutes after the last of them.
import {randomBytes} from 'node:crypto';
import type {ExecutionContext} from 'ava';
import {createConnection, type Connection, type ConnectionOptions} from 'mysql2/promise';
import {bringMysql} from '../../scripts/setup/mysql.mjs';
import {finish} from '../../scripts/setup/command.mjs';
import {crashServer, ensureServer, stopServer} from '../../scripts/setup/mysqlServer.mjs';
import type {Product} from '../../scripts/setup/otherServers.mjs';

/** A hand-started server waits this long for the next run by hand. */
const idleSeconds = 120;

/** A running server. `user` may do everything; `syncUser` has just the rights a task needs to read and follow. */
export interface TestServer {
  host: string;
  port: number;
  user: string;
  password: string;
  syncUser: string;
  syncPassword: string;
  socket: string;
  version: string;
  pid: number;
}

/** One fresh database on a server, dropped when its test ends. */
export interface TestDatabase {
  name: string;
  server: TestServer;
  /** Runs one statement in the database as the all-powerful user; gives its rows. */
  query: (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** Another connection to the database; ended when the test ends. */
  connect: (options?: ConnectionOptions) => Promise<Connection>;
}

let shared: Promise<TestServer> | null = null;

/** The server that all tests of this run share. Do not change its global settings: see `startPrivateServer`. */
export function testServer(): Promise<TestServer> {
  shared ??= findShared();
  return shared;
}

/** A fresh database on the shared server (or on `server`); `t` drops it in the end. */
export async function createDatabase(
  t: ExecutionContext<any>,
  server?: TestServer,
): Promise<TestDatabase> {
  const host = server ?? (await testServer());
  const name = `t_${randomBytes(6).toString('hex')}`;
  const open: Connection[] = [];
  const connect = async (options: ConnectionOptions = {}) => {
    const connection = await connectTo(host, options);
    open.push(connection);
    return connection;
  };
  const admin = await connect();
  await admin.query(`CREATE DATABASE \`${name}\``);
  await admin.query(`USE \`${name}\``);
  t.teardown(async () => {
    // A test that failed may leave a transaction open, whose locks the DROP would wait for.
    for (const connection of open) if (connection !== admin) connection.destroy();
    await admin.query(`DROP DATABASE IF EXISTS \`${name}\``).catch(() => undefined);
    admin.destroy();
  });
  return {
    name,
    server: host,
    query: async (sql, values) => {
      const [rows] = await admin.query(sql, values);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    },
    connect: options => connect({database: name, ...options}),
  };
}

/** A connection as the all-powerful user. Big numbers and times come as text, so that nothing is rounded. */
export function connectTo(
  server: TestServer,
  options: ConnectionOptions = {},
): Promise<Connection> {
  return createConnection({
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    ...options,
  });
}

/** A server of one test's own. Closing it stops it and removes its data. */
export class PrivateServer implements AsyncDisposable {
  readonly #name: string;
  #server: TestServer;

  private constructor(name: string, server: TestServer) {
    this.#name = name;
    this.#server = server;
  }

  /** Starts a server with option file entries on top of the default ones; null drops one (`{'gtid-mode': 'OFF'}`). */
  static async start(
    settings: Record<string, string | null> = {},
    product: Product = 'mysql',
  ): Promise<PrivateServer> {
    const name = `private-${process.pid}-${randomBytes(4).toString('hex')}`;
    return new PrivateServer(
      name,
      await ensureServer({name, product, settings, userPid: process.pid, idleSeconds: 0}),
    );
  }

  get server(): TestServer {
    return this.#server;
  }

  /** Kills the server as a crash would, and waits until it accepts clients again on the same port and data. */
  async crash(): Promise<void> {
    this.#server = await crashServer(this.#name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopServer(this.#name);
  }
}

/** A server with settings of its own; stopped when `t` ends. */
export async function startPrivateServer(
  t: ExecutionContext<any>,
  settings: Record<string, string | null> = {},
  product: Product = 'mysql',
): Promise<PrivateServer> {
  const server = await PrivateServer.start(settings, product);
  t.teardown(() => server[Symbol.asyncDispose]());
  return server;
}

/** Output of the real mysqlbinlog, connected to `server`. Throws with its complaint when it fails. */
export async function mysqlBinlog(server: TestServer, args: string[]): Promise<Buffer> {
  const mysql = await bringMysql();
  const {code, stdout, stderr} = await finish(
    [
      ...mysql.command('mysqlbinlog'),
      '--no-defaults',
      `--host=${server.host}`,
      `--port=${server.port}`,
      `--user=${server.user}`,
      '--read-from-remote-server',
      ...args,
    ],
    {env: {...process.env, MYSQL_PWD: server.password}},
  );
  if (code !== 0) throw new Error(`mysqlbinlog ended with ${code}: ${stderr.toString()}`);
  return stdout;
}

async function findShared(): Promise<TestServer> {
  const given = process.env['SYNCTASK_TEST_MYSQL'];
  if (given !== undefined) return JSON.parse(given) as TestServer;
  return ensureServer({name: 'by-hand', userPid: process.pid, idleSeconds});
}
