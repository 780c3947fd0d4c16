// What tests of the source room need: options for a test server, and the events of its binlog as plain values.
import type {ExecutionContext} from 'ava';
import {SourceConnection, type SourceOptions} from '../../runtime/source/connection.ts';
import type {TestServer} from './mysql.ts';

/** Options to connect to `server` as its all-powerful user. */
export function optionsOf(server: TestServer, changes: Partial<SourceOptions> = {}): SourceOptions {
  return {
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    tls: {mode: 'preferred', ca: null, certificate: null, key: null},
    ...changes,
  };
}

/** The same as the user with just the rights a task needs. */
export function syncOptionsOf(server: TestServer): SourceOptions {
  return optionsOf(server, {user: server.syncUser, password: server.syncPassword});
}

/** A signal that is aborted when `t` ends. */
export function signalOf(t: ExecutionContext<any>): AbortSignal {
  const controller = new AbortController();
  t.teardown(() => controller.abort(new Error('the test has ended')));
  return controller.signal;
}

/** A connection that ends with `t`. */
export async function connect(
  t: ExecutionContext<any>,
  options: SourceOptions,
): Promise<SourceConnection> {
  const connection = await SourceConnection.open(options, signalOf(t));
  t.teardown(() => connection.close());
  return connection;
}

/** The code of the error that `run` ends with; fails the test when it is none of ours. */
export async function codeOf(t: ExecutionContext<any>, run: Promise<unknown>): Promise<string> {
  const error = await t.throwsAsync(run);
  const code = (error as {code?: string} | undefined)?.code;
  t.regex(String(code), /^SYNC\d{4}$/, String(error));
  return String(code);
}
