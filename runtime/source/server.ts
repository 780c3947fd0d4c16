// What a source server is and how it is set, and the position a load starts from (rule C1). Reads, never sets.
import {fail, isSyncError} from '../base/errors.ts';
import type {SourceConnection} from './connection.ts';
import {toVersionNumber} from './dialect.ts';
import {formatGtidSet, parseGtidSet} from './gtidSet.ts';
import type {Position} from './position.ts';
import {waitUntilVisible} from './visiblePlace.ts';

/** Reads of the start position before it is left to a retry: a few milliseconds each. */
const startReadsMax = 20;

export interface ServerFacts {
  uuid: string;
  version: string;
  /** What the server or a proxy says of itself. */
  versionComment: string;
  /** major * 10000 + minor * 100 + patch, e.g. 90704. */
  versionNumber: number;
  flavour: 'mysql' | 'mariadb';
  serverId: number;
  logBin: boolean;
  /** ROW, STATEMENT, MIXED. */
  format: string;
  /** FULL, MINIMAL, NOBLOB. */
  rowImage: string;
  /** FULL, MINIMAL; empty where the server does not know it. */
  rowMetadata: string;
  /** ON, OFF, ON_PERMISSIVE, OFF_PERMISSIVE. */
  gtidMode: string;
  gtidExecuted: string;
  gtidPurged: string;
  /** Current binlog file and its end, ahead of what is visible (correctness fact a). */
  file: string;
  offset: number;
  binlogDoDb: string;
  binlogIgnoreDb: string;
  compression: boolean;
  /** NONE, CRC32. */
  checksum: string;
  timeZone: string;
  systemTimeZone: string;
  /** Binlog retention; 0 keeps everything. */
  expireSeconds: number;
  syncBinlog: number;
  innodbFlush: number;
  lowerCaseTableNames: number;
  maxConnections: number;
  logReplicaUpdates: boolean;
  /** Threads that apply at a replica, and whether they commit in the order of its source. */
  replicaWorkers: number;
  replicaKeepsOrder: boolean;
  /** Whether the account may ask for the binlog's state (REPLICATION CLIENT). */
  replicationClient: boolean;
  /** Whose machine it is, as its variables show; null for a server that nobody manages, or that does not tell. */
  managed: 'alibaba-rds' | 'amazon-rds' | null;
  /** Columns are encrypted for clients (EncDB): reads give cipher text. */
  encdb: boolean;
  /** False: foreign keys are enforced by the SQL layer, cascades are in the binlog (9.6 and later). */
  cascadesHidden: boolean;
}

export interface BinlogFile {
  name: string;
  bytes: number;
}

/** Reads every fact in a few round trips. Variables that this server does not know read as empty. */
export async function readServerFacts(connection: SourceConnection): Promise<ServerFacts> {
  const rows = await connection.query<{Variable_name: string; Value: string}>(
    'SHOW GLOBAL VARIABLES',
  );
  const value = new Map(rows.map(row => [row.Variable_name.toLowerCase(), row.Value]));
  const text = (...names: string[]) => {
    for (const name of names) if (value.has(name)) return value.get(name)!;
    return '';
  };
  const version = text('version');
  const versionNumber = toVersionNumber(version);
  const logBin = isOn(text('log_bin'));
  const status = logBin ? await readStatusIfAllowed(connection) : null;
  return {
    uuid: text('server_uuid') || (await readServerUuidOf(connection)),
    version,
    versionComment: text('version_comment'),
    versionNumber,
    flavour: connection.dialect.isMariadb ? 'mariadb' : 'mysql',
    serverId: Number(text('server_id')),
    logBin,
    format: text('binlog_format').toUpperCase(),
    rowImage: text('binlog_row_image').toUpperCase(),
    rowMetadata: text('binlog_row_metadata').toUpperCase(),
    gtidMode: connection.dialect.isMariadb ? 'ON' : text('gtid_mode').toUpperCase() || 'OFF',
    ...(await readGtidSets(connection)),
    file: status?.file ?? '',
    offset: status?.offset ?? 0,
    binlogDoDb: status?.doDb ?? '',
    binlogIgnoreDb: status?.ignoreDb ?? '',
    compression: isOn(text('binlog_transaction_compression', 'log_bin_compress')),
    checksum: text('binlog_checksum').toUpperCase() || 'NONE',
    timeZone: text('time_zone'),
    systemTimeZone: text('system_time_zone'),
    expireSeconds: Number(
      text('binlog_expire_logs_seconds') || Number(text('expire_logs_days') || 0) * 86400,
    ),
    syncBinlog: Number(text('sync_binlog')),
    innodbFlush: Number(text('innodb_flush_log_at_trx_commit')),
    lowerCaseTableNames: Number(text('lower_case_table_names')),
    maxConnections: Number(text('max_connections')),
    logReplicaUpdates: isOn(text('log_replica_updates', 'log_slave_updates')),
    replicaWorkers: Number(text('replica_parallel_workers', 'slave_parallel_workers')),
    replicaKeepsOrder: isOn(text('replica_preserve_commit_order', 'slave_preserve_commit_order')),
    replicationClient: status !== null || !logBin,
    managed: managedBy([...value.keys()], text('basedir')),
    encdb: [...value].some(([name, set]) => /^(loose_)?encdb$/.test(name) && isOn(set)),
    // From 9.6 on the SQL layer enforces foreign keys unless this says otherwise.
    cascadesHidden:
      connection.dialect.isMariadb ||
      versionNumber < 90600 ||
      isOn(text('innodb_native_foreign_keys')),
  };
}

/** Both services leave marks: variables of their own, or where they install. */
function managedBy(variables: readonly string[], basedir: string): ServerFacts['managed'] {
  if (basedir.includes('/rdsdbbin') || variables.includes('aurora_version')) return 'amazon-rds';
  return variables.some(name => /^(loose_)?(rds|polar)_/.test(name)) ? 'alibaba-rds' : null;
}

/** Read by themselves: SHOW VARIABLES cuts a value after 1024 characters. */
async function readGtidSets(
  connection: SourceConnection,
): Promise<{gtidExecuted: string; gtidPurged: string}> {
  const {executed, purged} = connection.dialect;
  const row = await connection.queryOne<{executed: string; purged: string}>(
    `SELECT ${executed} AS executed, ${purged} AS purged`,
  );
  return {gtidExecuted: compact(row.executed), gtidPurged: compact(row.purged)};
}

/**
 * The position that a load starts from, read before any row (rule C1): the executed set, where it is not ahead of what a
 * snapshot sees; else (without GTIDs) file and offset under FLUSH TABLES WITH READ LOCK, held for two queries. Waits for
 * nobody: XA transactions that are prepared, or decided in this moment, are SYNC2114, which is worth trying again.
 */
export async function readStartPosition(
  connection: SourceConnection,
  epoch = 1,
): Promise<Position> {
  for (let reads = 1; ; reads++) {
    // One whose PREPARE is in the set and whose COMMIT is not would come without its rows: it is prepared before or after the
    // set is read, or it is decided in between, which the server counts.
    const decided = await countXaCommits(connection);
    await refusePreparedXa(connection);
    const position = await readPlace(connection, epoch);
    await refusePreparedXa(connection);
    const decidedMeanwhile = (await countXaCommits(connection)) - decided;
    if (decidedMeanwhile === 0) return position;
    if (reads === startReadsMax) throw xaInTheWay(connection, decidedMeanwhile);
  }
}

async function readPlace(connection: SourceConnection, epoch: number): Promise<Position> {
  const {isMariadb, identity, executed} = connection.dialect;
  const facts = await connection.queryOne<{uuid: string; mode: string}>(
    `SELECT ${identity} AS uuid, ${isMariadb ? "'ON'" : '@@global.gtid_mode'} AS mode`,
  );
  const at = {epoch, serverUuid: facts.uuid, fingerprint: null};
  if (isMariadb) {
    // The end of the binlog is read after the set: what is visible up to there holds all of it.
    const place = await readBinlogPlace(connection);
    const ask = async (sql: string) => {
      const rows: unknown = await connection.query<Record<string, string | null>>(sql);
      // A statement without rows answers with what it did.
      return Array.isArray(rows) ? rows.map(row => Object.values(row as object)) : [];
    };
    await waitUntilVisible({server: connection.server, ask}, place);
    return {...at, ...place};
  }
  if (facts.mode === 'ON') {
    const row = await connection.queryOne<{set: string}>(`SELECT ${executed} AS \`set\``);
    // File and offset only say where the set was read; they are ahead of it and decide nothing.
    const {file, offset} = await readBinlogStatus(connection);
    return {...at, gtidSet: compact(row.set), file, offset};
  }
  await lockAllTables(connection);
  try {
    const {file, offset} = await readBinlogStatus(connection);
    return {...at, gtidSet: '', file, offset};
  } finally {
    await connection.query('UNLOCK TABLES');
  }
}

async function lockAllTables(connection: SourceConnection): Promise<void> {
  try {
    await connection.query('FLUSH TABLES WITH READ LOCK');
  } catch (error) {
    if (!isSyncError(error) || error.code !== 'SYNC2011') throw error;
    const server = connection.server;
    throw fail('SYNC2113', {server, said: error.finding.cause}, error, {where: `source ${server}`});
  }
}

/** A prepared transaction is inside the executed set and outside every snapshot (correctness fact b). */
async function refusePreparedXa(connection: SourceConnection): Promise<void> {
  let prepared: unknown[];
  try {
    prepared = await connection.query('XA RECOVER');
  } catch (error) {
    // Without XA_RECOVER_ADMIN we cannot look; its XA COMMIT then stops the stream with its own code.
    if (isSyncError(error) && error.code === 'SYNC2011') return;
    throw error;
  }
  if (prepared.length > 0) throw xaInTheWay(connection, prepared.length);
}

/** How many XA COMMIT the server has begun since it started. */
async function countXaCommits(connection: SourceConnection): Promise<number> {
  const [row] = await connection.query<{Value: string}>("SHOW GLOBAL STATUS LIKE 'Com_xa_commit'");
  return Number(row?.Value ?? 0);
}

function xaInTheWay({server}: SourceConnection, count: number) {
  return fail('SYNC2114', {server, count}, undefined, {where: `source ${server}`});
}

/** Where the binlog ends, and its own filters. */
export interface BinlogStatus {
  file: string;
  offset: number;
  doDb: string;
  ignoreDb: string;
}

/** Null where the account may not ask: a precheck names the missing right. */
async function readStatusIfAllowed(connection: SourceConnection): Promise<BinlogStatus | null> {
  try {
    return await readBinlogStatus(connection);
  } catch (error) {
    if (isSyncError(error) && error.code === 'SYNC2011') return null;
    throw error;
  }
}

/** File and end of the binlog as it is written: ahead of what a snapshot sees. */
export async function readBinlogStatus(connection: SourceConnection): Promise<BinlogStatus> {
  const [row] = await connection.query<Record<string, unknown>>(connection.dialect.binlogStatusSql);
  return {
    file: String(row?.['File'] ?? ''),
    offset: Number(row?.['Position'] ?? 0),
    doDb: String(row?.['Binlog_Do_DB'] ?? ''),
    ignoreDb: String(row?.['Binlog_Ignore_DB'] ?? ''),
  };
}

/** The server's own name for itself. */
export async function readServerUuidOf(connection: SourceConnection): Promise<string> {
  const sql = `SELECT ${connection.dialect.identity} AS uuid`;
  return (await connection.queryOne<{uuid: string}>(sql)).uuid;
}

/** The binlog files the server still has, oldest first. */
export async function readBinlogFiles(connection: SourceConnection): Promise<BinlogFile[]> {
  const rows = await connection.query<Record<string, unknown>>('SHOW BINARY LOGS');
  return rows.map(row => ({name: String(row['Log_name']), bytes: Number(row['File_size'])}));
}

/** The executed set, and file and end of the binlog, in that order. */
export async function readBinlogPlace(
  connection: SourceConnection,
): Promise<{gtidSet: string; file: string; offset: number}> {
  const gtidSet = await readGtidExecuted(connection);
  const {file, offset} = await readBinlogStatus(connection);
  return {gtidSet, file, offset};
}

/** The executed set now, in canonical text. */
export async function readGtidExecuted(connection: SourceConnection): Promise<string> {
  const row = await connection.queryOne<{executed: string}>(
    `SELECT ${connection.dialect.executed} AS executed`,
  );
  return compact(row.executed);
}

function isOn(value: string): boolean {
  return value === 'ON' || value === '1';
}

function compact(gtidSet: string): string {
  return formatGtidSet(parseGtidSet(gtidSet));
}
