// How far a position is behind the end of the binlog, and how long the server keeps what comes after it: the runway.
import type {SourceConnection, SourceOptions} from './connection.ts';
import {readFileStart} from './lineage.ts';
import {readBinlogFiles} from './server.ts';

export interface Retention {
  /** Bytes of binlog between the position and its end. */
  behindBytes: number;
  /** Seconds until the file that we need next may be purged; null where the server purges nothing by itself. */
  runwaySeconds: number | null;
  /** How long the server keeps a file; 0 for ever. */
  expireSeconds: number;
}

/** What the server of `connection`, which `options` reach, says; null when it does not have the file of `position`. */
export async function readRetention(
  connection: SourceConnection,
  options: SourceOptions,
  position: {file: string; offset: number},
  signal: AbortSignal,
): Promise<Retention | null> {
  const files = await readBinlogFiles(connection);
  const at = files.findIndex(({name}) => name === position.file);
  if (at < 0) return null;
  const bytes = files.slice(at).reduce((sum, file) => sum + file.bytes, 0);
  const behindBytes = Math.max(0, bytes - position.offset);
  const {expireSeconds, nowSeconds} = await readExpiry(connection);
  const next = files[at + 1];
  if (expireSeconds === 0) return {behindBytes, runwaySeconds: null, expireSeconds};
  // A file is purged when its last write is too old; that of the one being written is now.
  if (next === undefined) return {behindBytes, runwaySeconds: expireSeconds, expireSeconds};
  const endedSeconds = await readFileStart(options, next.name, signal);
  const runwaySeconds = Math.max(0, Math.round(endedSeconds + expireSeconds - nowSeconds));
  return {behindBytes, runwaySeconds, expireSeconds};
}

/** Servers before 8.0 count days. */
async function readExpiry(connection: SourceConnection) {
  const rows = await connection.query<{Variable_name: string; Value: string}>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('binlog_expire_logs_seconds', 'expire_logs_days')",
  );
  const value = (name: string) =>
    Number(rows.find(row => row.Variable_name.toLowerCase() === name)?.Value ?? 0);
  const {now} = await connection.queryOne<{now: number | string}>('SELECT UNIX_TIMESTAMP() AS now');
  const seconds = value('binlog_expire_logs_seconds');
  const expireSeconds = seconds > 0 ? seconds : Math.round(value('expire_logs_days') * 86_400);
  return {expireSeconds, nowSeconds: Number(now)};
}
