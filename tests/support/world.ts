// One task with its real surroundings: a database on the shared MySQL, an embedded endpoint, and the runtime as a process
// of its own, started by the launcher that users run. Everything ends with the test.
import {spawn, type ChildProcess} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import type {Connection} from 'mysql2/promise';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {isAtOrBefore} from '../../runtime/task/followState.ts';
import {fetchStatus} from '../../runtime/task/control.ts';
import type {Status} from '../../runtime/task/progress.ts';
import {assertEqualTables, type Target} from './equality.ts';
import {createDatabase, type TestDatabase, type TestServer} from './mysql.ts';

const launcher = new URL('../../bin/synctask', import.meta.url).pathname;
/** A wait that takes this long is a failure; it prints the status it saw last. */
const waitMsMax = 150_000;
const lookMs = 50;

export interface WorldOptions {
  /** Statements that make the tables. */
  setup: string[];
  /** Tables of the task; default all. */
  tables?: unknown[];
  /** Further settings of the task. */
  settings?: Record<string, unknown>;
  /** A server of the test's own instead of the shared one. */
  server?: TestServer;
  /** The server has no GTIDs that the task follows: it is caught up by file and offset. */
  byPlace?: boolean;
}

/** A runtime process of a world. */
export interface Runtime {
  process: ChildProcess;
  exit: Promise<number | string>;
  /** What it wrote so far, both streams. */
  output: () => string;
}

export class World implements AsyncDisposable {
  readonly database: TestDatabase;
  /** A connection to the source for the test itself. */
  mysql: Connection;
  readonly target: Target;
  readonly stateDir: string;
  readonly taskFile: string;
  readonly task: Record<string, unknown>;
  /** Further arguments and variables of runtimes that are started from now on. */
  runArguments: string[] = [];
  environment: Record<string, string> = {};
  readonly #t: ExecutionContext<any>;
  readonly #dir: string;
  readonly #byPlace: boolean;
  readonly #end: () => Promise<void>;
  readonly #runtimes: Runtime[] = [];

  private constructor(
    t: ExecutionContext<any>,
    dir: string,
    database: TestDatabase,
    mysql: Connection,
    target: Target,
    task: Record<string, unknown>,
    byPlace: boolean,
    end: () => Promise<void>,
  ) {
    this.#t = t;
    this.#byPlace = byPlace;
    this.#dir = dir;
    this.#end = end;
    this.database = database;
    this.mysql = mysql;
    this.target = target;
    this.task = task;
    this.stateDir = join(dir, 'state');
    this.taskFile = join(dir, 'task.json');
    this.saveTask({});
  }

  static async open(t: ExecutionContext<any>, options: WorldOptions): Promise<World> {
    const dir = mkdtempSync(join(tmpdir(), 'synctask-world-'));
    const database = await createDatabase(t, options.server);
    const mysql = await database.connect();
    for (const sql of options.setup) await mysql.query(sql);
    const key = {
      project: 'test_project',
      accessKeyId: 'testKeyId',
      accessKeySecret: 'testKeySecret/1+2',
    };
    const running = await startEndpoint({dataDir: join(dir, 'endpoint'), port: 0, ...key});
    const {host, port, syncUser, syncPassword} = database.server;
    const task = {
      // Tasks of one name would share a replica id, and the tests share a server.
      name: `world-${randomBytes(4).toString('hex')}`,
      source: {host, port, user: syncUser},
      sourcePassword: syncPassword,
      target: {endpoint: running.endpoint, project: key.project, accessKeyId: key.accessKeyId},
      targetAccessKeySecret: key.accessKeySecret,
      objects: [{database: database.name, tables: options.tables ?? ['*']}],
      incremental: {commitSeconds: 0.5},
      full: {workers: 2},
      ...options.settings,
    };
    const delivery = (task.incremental as {delivery?: string}).delivery;
    const made = {
      endpoint: running.endpoint,
      ...key,
      atLeastOnce: delivery === 'low-latency',
    };
    const {byPlace = false} = options;
    return new World(t, dir, database, mysql, made, task, byPlace, () => running.close());
  }

  /** Writes the task file with `changes` on top. */
  saveTask(changes: Record<string, unknown>): void {
    Object.assign(this.task, changes);
    writeFileSync(this.taskFile, JSON.stringify(this.task), {mode: 0o600});
  }

  /** Starts the runtime. */
  start(): Runtime {
    const child = spawn(
      launcher,
      ['run', this.taskFile, '--state', this.stateDir, '--status-port', '0', ...this.runArguments],
      {env: {...process.env, ...this.environment}, stdio: ['ignore', 'pipe', 'pipe']},
    );
    let output = '';
    child.stdout.on('data', part => (output += String(part)));
    child.stderr.on('data', part => (output += String(part)));
    const exit = new Promise<number | string>(resolve =>
      child.on('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')),
    );
    const runtime = {process: child, exit, output: () => output};
    this.#runtimes.push(runtime);
    return runtime;
  }

  /** Ends a runtime as a power cut would, and waits until it is gone. */
  async kill(runtime: Runtime): Promise<void> {
    runtime.process.kill('SIGKILL');
    await runtime.exit;
  }

  /** Stops a runtime as a user would; it drains and ends with 0. */
  async stop(runtime: Runtime): Promise<void> {
    runtime.process.kill('SIGTERM');
    const code = await runtime.exit;
    if (code !== 0) throw new Error(`the runtime ended with ${code}:\n${runtime.output()}`);
  }

  /** Waits until the status of the runtime meets `condition`. */
  async until(
    runtime: Runtime,
    what: string,
    condition: (status: Status) => boolean | Promise<boolean>,
  ): Promise<Status> {
    const startedMs = performance.now();
    let last: Status | null = null;
    for (;;) {
      const status = await fetchStatus(this.stateDir);
      if (status !== null) {
        last = status;
        if (await condition(status)) return status;
      }
      const gone = runtime.process.exitCode !== null || runtime.process.signalCode !== null;
      if (gone || performance.now() - startedMs > waitMsMax) {
        const log = this.log().split('\n').slice(-15).join('\n');
        throw new Error(
          `${gone ? 'the runtime ended' : 'time is over'} before ${what}\n${JSON.stringify(last, null, 1)}\n${runtime.output()}\n${log}`,
        );
      }
      await sleep(lookMs);
    }
  }

  /** Waits until the task follows and everything that MySQL has committed is done in the target. */
  async caughtUp(runtime: Runtime): Promise<Status> {
    if (this.#byPlace) return await this.#caughtUpByPlace(runtime);
    const [[row]] = (await this.mysql.query(
      'SELECT @@global.gtid_executed AS executed',
    )) as unknown as [[{executed: string}]];
    const executed = row.executed.replaceAll('\n', '');
    return this.until(runtime, `done contains ${executed}`, async status => {
      if (status.state !== 'following' || status.position === null) return false;
      const [[{inside}]] = (await this.mysql.query('SELECT GTID_SUBSET(?, ?) AS inside', [
        executed,
        status.position.gtidSet,
      ])) as unknown as [[{inside: number}]];
      return Number(inside) === 1;
    });
  }

  /** The same without GTIDs. The last thing in the binlog must be the end of a transaction. */
  async #caughtUpByPlace(runtime: Runtime): Promise<Status> {
    const isMysql9 = this.database.server.version.startsWith('9.');
    const sql = isMysql9 ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS';
    const [[end]] = (await this.mysql.query(sql)) as unknown as [
      [{File: string; Position: string}],
    ];
    return this.until(runtime, `done reaches ${end.File}:${end.Position}`, ({state, position}) => {
      if (state !== 'following' || position === null) return false;
      return isAtOrBefore(end.File, Number(end.Position), {...position, fingerprint: null});
    });
  }

  /** Fails the test unless the rows of `table` that meet `where` equal its merged target tables. */
  equal(table: string, targetTable?: string, where?: string) {
    return assertEqualTables(
      this.#t,
      this.mysql,
      this.database.name,
      table,
      this.target,
      targetTable,
      where,
    );
  }

  /** The runtime's log so far. */
  log(): string {
    try {
      return readFileSync(join(this.stateDir, 'runtime.log'), 'utf8');
    } catch {
      return '';
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const runtime of this.#runtimes) runtime.process.kill('SIGKILL');
    await Promise.all(this.#runtimes.map(runtime => runtime.exit));
    await this.#end();
    rmSync(this.#dir, {recursive: true, force: true});
  }
}
