// One connection to the source: mysql2 does the handshake, TLS, sign-in and small queries; its socket can be taken over.
// Refuses LOAD DATA LOCAL, several statements a query, and every value that is not text, number or null.
import type {Socket} from 'node:net';
import mysql from 'mysql2';
import {assert} from '../base/assert.ts';
import {fail, isSyncError} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import {classifySourceError} from './classify.ts';
import {dialectOf, statementLimit, type Dialect} from './dialect.ts';
import {openSocket, takeBytes} from './steadySocket.ts';

export type TlsMode = 'preferred' | 'disabled' | 'required' | 'verify-ca' | 'verify-identity';

/** Where a server listens. */
export interface ServerAddress {
  host: string;
  port: number;
}

/** How to reach and sign in to one server. `key` is the client certificate's, `password` a secret in clear. */
export interface SourceOptions {
  host: string;
  port: number;
  /** Further servers of the same replication group, for when this one is out of reach. */
  others?: readonly ServerAddress[];
  user: string;
  password: string;
  tls: {mode: TlsMode; ca: string | null; certificate: string | null; key: string | null};
  /** Told to the server beside the program's name; everybody of the account may read them. */
  attributes?: Record<string, string>;
}

export type QueryValue = string | number | null;

/** Longest wait for TCP, TLS and sign-in together. */
const connectMsMax = 20 * secondMs;
/** Locks are a courtesy we ask for: after this the statement gives up and is tried again later. */
const lockWaitSeconds = 5;
/** A paused reader must not be cut off by the server; its own limit is a year, ours a day. */
const netTimeoutSeconds = 24 * 3600;

// mysql2 asks for these by default. LOCAL_FILES would let a server read our files; query attributes and session
// tracking change the shape of commands and OK packets that we write and read by hand after a takeover.
const clientFlags = ['-LOCAL_FILES', '-FOUND_ROWS', '-SESSION_TRACK', '-CLIENT_QUERY_ATTRIBUTES'];

const sessionSql =
  `SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = '', ` +
  `SESSION net_write_timeout = ${netTimeoutSeconds}, SESSION net_read_timeout = 600, ` +
  `SESSION wait_timeout = ${netTimeoutSeconds}, SESSION lock_wait_timeout = ${lockWaitSeconds}, ` +
  // Quotients of filters and transforms have four digits more than what is divided, on every server.
  `SESSION div_precision_increment = 4 ${statementLimit(0)}`;
const isolationSql = 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ';

/** mysql2's connection and the members we need that its typings leave out. */
type DriverConnection = mysql.Connection & {
  stream: Socket;
  _handshakePacket: {serverVersion: string};
};

export class SourceConnection implements AsyncDisposable {
  /** host:port, for errors. */
  readonly server: string;
  /** How its server is spoken to. */
  readonly dialect: Dialect;
  /** Whether the bytes go through TLS. */
  readonly encrypted: boolean;
  #driver: DriverConnection;
  #signal: AbortSignal;
  #onAbort: () => void;
  #taken = false;
  /** Who waits for an answer: mysql2 tells nobody when the connection is destroyed. */
  #waiting = new Set<(reason: unknown) => void>();

  private constructor(driver: DriverConnection, server: string, signal: AbortSignal) {
    this.#driver = driver;
    this.#signal = signal;
    this.server = server;
    this.dialect = dialectOf(driver._handshakePacket.serverVersion);
    this.encrypted = 'encrypted' in driver.stream && driver.stream.encrypted === true;
    // An error outside a command; the next command meets it by itself.
    driver.on('error', () => undefined);
    this.#onAbort = () => this.#cut(signal.reason);
    signal.addEventListener('abort', this.#onAbort, {once: true});
  }

  /**
   * Connects, signs in and sets the session up; where there are others, at the first server that can be reached.
   * `signal` holds for the connection's whole life: its abort destroys it. `isSteady` is for a socket that will be taken
   * over and read for long: see steadySocket.ts.
   */
  static async open(
    options: SourceOptions,
    signal: AbortSignal,
    isSteady = false,
  ): Promise<SourceConnection> {
    const {others = []} = options;
    for (const address of others) {
      try {
        return await SourceConnection.#openOne(options, signal, isSteady);
      } catch (error) {
        if (signal.aborted || !isOutOfReach(error)) throw error;
        options = {...options, ...address};
      }
    }
    return await SourceConnection.#openOne(options, signal, isSteady);
  }

  static async #openOne(
    options: SourceOptions,
    signal: AbortSignal,
    isSteady: boolean,
  ): Promise<SourceConnection> {
    signal.throwIfAborted();
    const server = `${options.host}:${options.port}`;
    const mode = options.tls.mode;
    let driver: DriverConnection;
    try {
      driver = await connect(options, mode !== 'disabled', isSteady, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!offersNoTls(error)) throw classifySourceError(error, server);
      if (mode !== 'preferred') throw fail('SYNC2008', {server, mode}, error);
      driver = await connect(options, false, isSteady, signal).catch(plainError => {
        signal.throwIfAborted();
        throw classifySourceError(plainError, server);
      });
    }
    const connection = new SourceConnection(driver, server, signal);
    try {
      await connection.query(sessionSql);
      await connection.query(isolationSql);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  /** Runs one statement by the text protocol. Integers beyond 2^53, decimals and dates come as text. */
  query<T = Record<string, unknown>>(sql: string, values: QueryValue[] = []): Promise<T[]> {
    assert(!this.#taken, 'no query on a connection whose socket was taken');
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#driver.query({sql, values}, (error, rows) => {
        this.#waiting.delete(reject);
        if (error === null) resolve(rows as unknown as T[]);
        else reject(classifySourceError(error, this.server));
      });
    });
  }

  /** The one row of a query that always has exactly one. */
  async queryOne<T = Record<string, unknown>>(sql: string, values: QueryValue[] = []): Promise<T> {
    const rows = await this.query<T>(sql, values);
    assert(rows.length === 1, `one row from: ${sql}`);
    return rows[0]!;
  }

  /**
   * Hands the socket over, paused, with no listener for data on it. The protocol state is idle: the next byte is the
   * answer to a command the new owner sends. Afterwards only close and destroy are allowed here.
   */
  takeSocket(): Socket {
    assert(!this.#taken, 'a socket is taken once');
    this.#taken = true;
    const socket = this.#driver.stream;
    socket.pause();
    socket.removeAllListeners('data');
    return socket;
  }

  /** The same; each time bytes arrive `onBytes` gets them, valid until it returns or, when it pauses, until it resumes. */
  takeBytes(onBytes: (bytes: Buffer) => void): Socket {
    const socket = this.takeSocket();
    takeBytes(socket, onBytes);
    return socket;
  }

  /** Says goodbye and ends the socket. */
  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#taken || this.#driver.stream.destroyed) {
      this.destroy();
      return;
    }
    await new Promise<void>(resolve => {
      this.#driver.stream.once('close', () => resolve());
      this.#driver.end(error => {
        // A server that went away needs no goodbye.
        if (error) resolve();
        this.#driver.stream.end();
      });
    });
  }

  /** Cuts the connection at once; who waits for an answer gets a lost connection. */
  destroy(): void {
    const error = Object.assign(new Error('destroyed'), {code: 'ERR_STREAM_DESTROYED'});
    this.#cut(classifySourceError(error, this.server));
  }

  #cut(reason: unknown): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
    this.#driver.destroy();
    this.#driver.stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** No name, no listener, no answer, no connection left: another server of the group may have them. */
const outOfReachCodes: ReadonlySet<string> = new Set([
  'SYNC2002',
  'SYNC2003',
  'SYNC2004',
  'SYNC2005',
  'SYNC2006',
]);

/** Whether `error` says that a server cannot be reached now, whatever it would answer. */
export function isOutOfReach(error: unknown): boolean {
  return isSyncError(error) && outOfReachCodes.has(error.code);
}

function connect(
  options: SourceOptions,
  withTls: boolean,
  isSteady: boolean,
  signal: AbortSignal,
): Promise<DriverConnection> {
  return new Promise((resolve, reject) => {
    const driver = mysql.createConnection({
      stream: () => openSocket(options, isSteady),
      host: options.host,
      port: options.port,
      user: options.user,
      password: options.password,
      ...(withTls ? {ssl: tlsOptions(options)} : {}),
      flags: clientFlags,
      charset: 'utf8mb4',
      connectTimeout: connectMsMax,
      supportBigNumbers: true,
      bigNumberStrings: false,
      dateStrings: true,
      timezone: 'Z',
      connectAttributes: {program_name: 'synctask', ...options.attributes},
    } as mysql.ConnectionOptions) as DriverConnection;
    const onAbort = () => {
      driver.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, {once: true});
    driver.on('error', () => undefined);
    driver.connect(error => {
      signal.removeEventListener('abort', onAbort);
      if (!error) {
        resolve(driver);
        return;
      }
      driver.destroy();
      reject(error);
    });
  });
}

function tlsOptions(options: SourceOptions): mysql.SslOptions {
  const {mode, ca, certificate, key} = options.tls;
  const verifies = mode === 'verify-ca' || mode === 'verify-identity';
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: verifies,
    verifyIdentity: mode === 'verify-identity',
    ...(ca === null ? {} : {ca}),
    ...(certificate === null ? {} : {cert: certificate}),
    ...(key === null ? {} : {key}),
  };
}

function offersNoTls(error: unknown): boolean {
  if (isSyncError(error) || typeof error !== 'object' || error === null) return false;
  return 'code' in error && error.code === 'HANDSHAKE_NO_SSL_SUPPORT';
}
