// The endpoint's DuckDB file: opening it, running statements, and one writer at a time.
// Tables live in catalog <project>, schema main (MaxCompute's schema "default"); what we note of them in schema synctask_meta.
import {existsSync} from 'node:fs';
import {mkdir, statfs, writeFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import path from 'node:path';
import type {DuckDBConnection, DuckDBInstance} from '@duckdb/node-api';
import {fail} from '../base/errors.ts';
import {KiB, MiB} from '../base/sizes.ts';

/** DuckDB's own values, as JSON-like JavaScript; whole numbers beyond 32 bits are texts. */
export type Row = Record<string, unknown>;

/**
 * Threads of DuckDB: half of the cores, for the rest receives and decodes; loads that run on one keep their rows in order for
 * a third of the work.
 */
const threadsMax = Math.min(4, Math.max(1, availableParallelism() >> 1));
/** Beyond it DuckDB spills to the data folder. With one thread of it the whole endpoint stays below 500 MB. */
const memoryMax = `${48 + 32 * threadsMax}MB`;
/** For one use that cannot do with it, for reading the log at a start, and where rows are wide. */
const memoryMaxOnce = '1GB';
/** DuckDB holds 2,048 rows at once when it writes a part of a table anew: from here on they are a tenth of what it may take. */
const wideRowBytes = 4 * KiB;
/** Less says nothing of rows: a file of one narrow row is mostly its footer. */
const wideBytesMin = 64 * KiB;
/** Says in the data folder that a table has wide rows. */
const wideName = 'wide';
/** Room on the disk that a write wants to see: eight times the log. */
const roomMin = 32 * MiB;
/** Rows of small loads stay in memory until the log is this long and goes to the file. */
const logMax = '4MB';

export class Store implements AsyncDisposable {
  readonly dataDir: string;
  readonly project: string;
  readonly #instance: DuckDBInstance;
  readonly #idle: DuckDBConnection[] = [];
  #writes: Promise<unknown> = Promise.resolve();
  /** Uses that run with more memory now. */
  #hungry = 0;
  #memoryMax = memoryMax;

  private constructor(dataDir: string, project: string, instance: DuckDBInstance) {
    this.dataDir = dataDir;
    this.project = project;
    this.#instance = instance;
  }

  /** Opens or makes the file of `project` in `dataDir`. SYNC6002 when it cannot be, SYNC6003 without DuckDB. */
  static async open(dataDir: string, project: string): Promise<Store> {
    const {DuckDBInstance: Instance} = await loadDuckDb();
    try {
      await mkdir(path.join(dataDir, 'tmp'), {recursive: true, mode: 0o700});
      const instance = await Instance.create(':memory:', {
        threads: String(threadsMax),
        memory_limit: memoryMaxOnce,
        temp_directory: path.join(dataDir, 'tmp'),
      });
      const store = new Store(dataDir, project, instance);
      const file = path.join(dataDir, `${project}.duckdb`);
      await store.read(async connection => {
        await connection.run(`ATTACH ${textLiteral(file)} AS ${quoteName(project)}`);
        await connection.run(`USE ${quoteName(project)}`);
        await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
        await connection.run(`SET GLOBAL checkpoint_threshold = '${logMax}'`);
        // Compressing takes longer than all the rest of a load; it would save two thirds of the disk.
        await connection.run(`SET GLOBAL force_compression = 'uncompressed'`);
        // A division by zero is NULL.
        await connection.run(`SET GLOBAL ieee_floating_point_ops = false`);
        await connection.run(`SET GLOBAL default_null_order = 'nulls_first_on_asc_last_on_desc'`);
        // What the log held goes to the file while there is memory for it: a checkpoint that fails later ends the database.
        await connection.run(`CHECKPOINT ${quoteName(project)}`);
        if (existsSync(path.join(dataDir, wideName))) store.#memoryMax = memoryMaxOnce;
        await store.#limitMemory(connection);
      });
      return store;
    } catch (error) {
      throw fail('SYNC6002', {dataDir}, error);
    }
  }

  /** Lends a connection with the project's tables in its path. */
  async read<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.#connect());
    try {
      return await this.#runTwice(connection, use);
    } finally {
      this.#idle.push(connection);
    }
  }

  /**
   * Runs `use` in a transaction, alone: no other write runs meanwhile. Rolls back when it throws.
   * `enter` takes what it gave into memory, before the next write begins.
   */
  async write<T>(
    use: (connection: DuckDBConnection) => Promise<T>,
    enter: (result: T) => void = () => undefined,
  ): Promise<T> {
    const earlier = this.#writes;
    let release = (): void => undefined;
    this.#writes = new Promise<void>(resolve => (release = resolve));
    await earlier;
    try {
      await this.#checkRoom();
      const result = await this.read(connection => inTransaction(connection, use));
      enter(result);
      return result;
    } finally {
      release();
    }
  }

  /**
   * Refuses to begin when the disk is nearly full: a load that meets its end is undone, but a log that cannot go to the
   * file leaves DuckDB unusable until the next start.
   */
  async #checkRoom(): Promise<void> {
    if ((await this.roomBytes()) >= roomMin) return;
    throw fail('SYNC6006', {problem: `less than ${roomMin / MiB} MiB are free`});
  }

  /** What is free on the disk. */
  async roomBytes(): Promise<number> {
    const {bavail, bsize} = await statfs(this.dataDir);
    return bavail * bsize;
  }

  /**
   * Runs `use` once more, with more memory, when what DuckDB may take is not enough. What small loads left in memory goes
   * to the file first. Whoever streams what it reads cannot go on by then: its stream has ended with the first error.
   */
  async #runTwice<T>(
    connection: DuckDBConnection,
    use: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    try {
      return await use(connection);
    } catch (error) {
      if (!(error instanceof Error) || !/Out of Memory Error/.test(error.message)) throw error;
      await connection.run(`CHECKPOINT ${quoteName(this.project)}`).catch(() => undefined);
      await connection.run(`SET GLOBAL memory_limit = '${memoryMaxOnce}'`);
      this.#hungry++;
      try {
        return await use(connection);
      } finally {
        if (--this.#hungry === 0) {
          await this.#limitMemory(connection);
        }
      }
    }
  }

  /** Called before rows of this many bytes on average are written: wide ones need more memory from then on. */
  async expectRows(rows: number, bytes: number): Promise<void> {
    if (!areWide(rows, bytes) || this.#memoryMax === memoryMaxOnce) return;
    this.#memoryMax = memoryMaxOnce;
    await writeFile(path.join(this.dataDir, wideName), '');
    await this.read(connection => this.#limitMemory(connection));
  }

  /** A limit below what is in use is refused; the next use that is done with more memory sets it. */
  async #limitMemory(connection: DuckDBConnection): Promise<void> {
    await connection.run(`SET GLOBAL memory_limit = '${this.#memoryMax}'`).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writes;
    // The checkpoint empties the write-ahead log, so that the next start is quick.
    // On a full disk the log stays as it is, and is read at the next start.
    await this.read(connection => connection.run(`CHECKPOINT ${quoteName(this.project)}`)).catch(
      () => undefined,
    );
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    this.#instance.closeSync();
  }

  async #connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect();
    if (await attached(connection, this.project)) {
      await usePath(connection, this.project, 'main');
    }
    return connection;
  }
}

/** Whether rows of so many bytes need more of DuckDB's memory. */
export function areWide(rows: number, bytes: number): boolean {
  return bytes >= wideBytesMin && bytes >= rows * wideRowBytes;
}

/** Where the macros are that stand for MaxCompute's functions; every path of names ends there. */
export const functionSchema = 'synctask_functions';

/** Makes `schema` of the project the place of names without one. */
export async function usePath(
  connection: DuckDBConnection,
  project: string,
  schema: string,
): Promise<void> {
  const at = (name: string) => `${quoteName(project)}.${quoteName(name)}`;
  const path = `${at(schema)},${at(functionSchema)}`;
  await connection.run(`USE ${at(schema)}`);
  // The schema of functions is made with the catalog; before that there is nothing in it to find.
  await connection.run(`SET search_path = ${textLiteral(path)}`).catch(() => undefined);
}

/** The rows of a query, as objects of JSON values. */
export async function queryRows(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

/** A name as DuckDB quotes it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a DuckDB literal. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

type AtEnd = (committed: boolean) => void;
const atEnds = new WeakMap<DuckDBConnection, AtEnd[]>();

/** Runs `atEnd` when the transaction of `connection` has ended, before the next write begins. */
export function afterTransaction(connection: DuckDBConnection, atEnd: AtEnd): void {
  atEnds.get(connection)!.push(atEnd);
}

async function inTransaction<T>(
  connection: DuckDBConnection,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const ends: AtEnd[] = [];
  atEnds.set(connection, ends);
  await connection.run('BEGIN');
  try {
    const result = await use(connection);
    await connection.run('COMMIT');
    for (const atEnd of ends) atEnd(true);
    return result;
  } catch (error) {
    // A failed COMMIT has rolled back already, and then there is nothing to roll back.
    await connection.run('ROLLBACK').catch(() => undefined);
    for (const atEnd of ends) atEnd(false);
    throw error;
  }
}

async function attached(connection: DuckDBConnection, project: string): Promise<boolean> {
  const found = await connection.runAndReadAll(
    `SELECT 1 FROM duckdb_databases() WHERE database_name = ${textLiteral(project)}`,
  );
  return found.currentRowCount > 0;
}

async function loadDuckDb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw fail('SYNC6003', {package: '@duckdb/node-api'}, error);
  }
}
