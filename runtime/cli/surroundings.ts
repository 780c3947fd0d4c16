// What stands around a task in the foreground while it runs: the status server, the file that names it, and the progress on stdout.
import {randomBytes} from 'node:crypto';
import {rememberSecret} from '../base/secretTexts.ts';
import {startStatusServer, type StatusServer} from '../status/server.ts';
import type {TaskHandle} from '../task/handle.ts';
import {showProgress} from './display.ts';
import {announceRuntime, retireRuntime} from './runtimeFiles.ts';
import {usageError} from './usageError.ts';

/** Closed when the task has ended; its last status then stays in the state folder. */
export class Surroundings implements AsyncDisposable {
  readonly #handle: TaskHandle;
  readonly #stateDir: string;
  readonly #server: StatusServer;
  readonly #ended = new AbortController();
  readonly #display: Promise<void>;

  private constructor(handle: TaskHandle, stateDir: string, server: StatusServer) {
    this.#handle = handle;
    this.#stateDir = stateDir;
    this.#server = server;
    process.stdout.write(`status page: http://127.0.0.1:${server.port}/\n`);
    this.#display = showProgress(
      () => Promise.resolve(handle.status()),
      process.stdout,
      this.#ended.signal,
    );
  }

  /** Raises SYNC1006 when `port` cannot be listened on. */
  static async open(
    handle: TaskHandle,
    stateDir: string,
    port: number,
    host = '127.0.0.1',
  ): Promise<Surroundings> {
    const token = randomBytes(32).toString('hex');
    rememberSecret(token);
    let server: StatusServer;
    try {
      server = await startStatusServer(handle, {port, host, token});
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException;
      throw usageError('run', `--status-port ${port} cannot be listened on (${code})`, error);
    }
    announceRuntime(stateDir, {pid: process.pid, port: server.port, token});
    return new Surroundings(handle, stateDir, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#display;
    await this.#server.close();
    retireRuntime(this.#stateDir, this.#handle.status());
  }
}
