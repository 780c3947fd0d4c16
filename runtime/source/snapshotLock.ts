// One moment of several tables: writers are kept out while snapshots are opened, a second or two at most. By FLUSH TABLES
// WITH READ LOCK where the account may, else by locking just the tables; DDL is kept out by LOCK INSTANCE FOR BACKUP where
// the account may. A lock that is not had at once is given up, so that nobody queues behind us, and asked for again.
import {performance} from 'node:perf_hooks';
import {fail, isSyncError, type SyncError} from '../base/errors.ts';
import {minuteMs} from '../base/sizes.ts';
import {retry, type RetryBounds} from '../base/wait.ts';
import type {LockedPosition} from './chunkReader.ts';
import {SourceConnection, type SourceOptions} from './connection.ts';
import {quoteTable} from './literal.ts';
import {readBinlogPlace} from './server.ts';

/** Who waits for the lock holds up everybody behind it: two seconds are the longest that applications bear. */
const lockWaitSeconds = 2;
/** Tries are far apart, so that a source that is never still loses little. */
const bounds: RetryBounds = {
  countMax: 60,
  elapsedMsMax: 30 * minuteMs,
  firstMs: 2_000,
  pauseMsMax: 30_000,
};

/** The place of the snapshots in the binlog, by which lock they were opened, and how long it was held. */
export interface SnapshotMoment extends LockedPosition {
  lock: 'all-tables' | 'selected-tables';
  heldMs: number;
}

/**
 * Opens snapshots by `open` at one moment of `tables`. SYNC2118 when the account may take neither lock, SYNC2009 when
 * none was had in all tries. `onWait` hears each try that failed.
 */
export async function openAtOneMoment(
  options: SourceOptions,
  tables: readonly {database: string; name: string}[],
  open: () => Promise<void>,
  signal: AbortSignal,
  onWait: (error: unknown) => void = () => undefined,
): Promise<SnapshotMoment> {
  const once = async (): Promise<SnapshotMoment> => {
    await using connection = await SourceConnection.open(options, signal);
    await connection.query(`SET SESSION lock_wait_timeout = ${lockWaitSeconds}`);
    await keepDdlOut(connection);
    const lock = await lockTables(connection, tables);
    const startedMs = performance.now();
    await open();
    const place = await readBinlogPlace(connection);
    await connection.query('UNLOCK TABLES');
    return {...place, lock, heldMs: performance.now() - startedMs};
  };
  return await retry(bounds, signal, once, onWait);
}

/** The lock goes with its connection. Without the right, before 8.0 and on MariaDB a change of a table shows when it is read. */
async function keepDdlOut(connection: SourceConnection): Promise<void> {
  const {isMariadb, versionNumber} = connection.dialect;
  if (isMariadb || versionNumber < 80000) return;
  try {
    await connection.query('LOCK INSTANCE FOR BACKUP');
  } catch (error) {
    if (!isSyncError(error) || error.kind === 'trouble') throw error;
  }
}

async function lockTables(
  connection: SourceConnection,
  tables: readonly {database: string; name: string}[],
): Promise<SnapshotMoment['lock']> {
  try {
    await connection.query('FLUSH TABLES WITH READ LOCK');
    return 'all-tables';
  } catch (error) {
    if (isRefused(error) === null) throw error;
  }
  try {
    const list = tables.map(table => `${quoteTable(table)} READ`).join(', ');
    await connection.query(`LOCK TABLES ${list}`);
    return 'selected-tables';
  } catch (error) {
    const refused = isRefused(error);
    if (refused === null) throw error;
    const {server} = connection;
    throw fail('SYNC2118', {server, said: refused.finding.cause}, error, {
      where: `source ${server}`,
    });
  }
}

function isRefused(error: unknown): SyncError | null {
  return isSyncError(error) && error.code === 'SYNC2011' ? error : null;
}
