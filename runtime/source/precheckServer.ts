// Prechecks of the server's settings: version, TLS, binlog, retention, GTIDs, filters, connections.
import {finding, isSyncError, type Finding, type Place} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import {loadWorkers} from '../spec/loadWorkers.ts';
import type {Task} from '../spec/task.ts';
import type {SourceConnection} from './connection.ts';
import {readNeighbours, shortestWindows} from './neighbours.ts';
import type {ServerFacts} from './server.ts';

/** Below this an outage over a weekend costs a reload. */
const retentionHoursMin = 72;
/** The oldest releases that are followed. */
const oldest = {mysql: 50600, mariadb: 100600};
/** Releases that are followed by their format alone, no test of ours runs them: from (inclusive) and to (exclusive). */
const untested = {
  mysql: [{from: 50700, to: 80000}],
  mariadb: [{from: 120000, to: Infinity}],
};
/** Above this, lag and partitions are visibly wrong. */
const clockSecondsMax = 5;
/** Abbreviations that name zones of different offsets. */
const ambiguousZones = new Set(['CST', 'IST', 'BST', 'AST', 'EST', 'MST', 'PST', 'GST']);
/** Connections beside the load workers: binlog, control, prechecks, a lock. */
const connectionsBesideWorkers = 4;

/** P01 to P17, P28, P29, P31 and P33: what the server is and how it is set. */
export async function precheckServer(
  connection: SourceConnection,
  facts: ServerFacts,
  tables: readonly SourceTable[],
  task: Task,
): Promise<Finding[]> {
  const follows = task.phases.includes('incremental');
  const found = [...checkServer(connection, facts, task), ...(await checkClock(connection))];
  found.push(...checkZone(connection.server, facts, tables));
  if (follows || task.phases.includes('full')) found.push(...checkBinlog(connection.server, facts));
  if (follows && facts.logBin) {
    found.push(...checkRetention(connection.server, facts));
    found.push(...(await checkReplica(connection, facts)));
  }
  found.push(...(await checkNeighbours(connection, task)));
  if (task.phases.includes('full'))
    found.push(...(await checkConnections(connection, facts, task)));
  return found;
}

/** P46: other tasks that give up earlier. */
async function checkNeighbours(connection: SourceConnection, task: Task): Promise<Finding[]> {
  const neighbours = await readNeighbours(connection, task.name);
  const shortest = shortestWindows(task.retry, neighbours);
  return (['connectionMinutes', 'otherMinutes'] as const)
    .filter(setting => shortest[setting] < task.retry[setting])
    .map(setting => {
      const minutes = shortest[setting];
      const own = task.retry[setting];
      const tasks = neighbours.filter(n => n[setting] === minutes).map(n => n.task);
      const details = {server: connection.server, tasks, setting, own, minutes};
      const where = `retry.${setting}`;
      return finding('SYNC2338', details, {
        id: 'P46',
        severity: 'warning',
        where,
        observed: String(own),
      });
    });
}

function at(id: string, severity: 'error' | 'warning', observed: string): Place {
  return {id, severity, where: 'source', observed};
}

function* checkServer(
  connection: SourceConnection,
  facts: ServerFacts,
  task: Task,
): Generator<Finding> {
  const {server} = connection;
  const {mode} = task.source.tls;
  const details = {server, value: facts.version};
  const product = proxyOf(facts);
  if (product !== null)
    yield finding('SYNC2330', {server, product}, at('P31', 'error', facts.versionComment));
  const {flavour, versionNumber, version} = facts;
  if (versionNumber < oldest[flavour])
    yield finding('SYNC2301', details, at('P01', 'error', version));
  else if (untested[flavour].some(({from, to}) => versionNumber >= from && versionNumber < to))
    yield finding('SYNC2302', details, at('P02', 'warning', version));
  if (mode === 'preferred' && !isLoopback(task.source.host)) {
    const {encrypted} = connection;
    const place = at('P01', 'warning', encrypted ? 'TLS, not verified' : 'no TLS');
    yield finding('SYNC2303', {server, mode, encrypted}, place);
  }
}

/** P31: what speaks the protocol of MySQL without being one; null for MySQL itself. */
function proxyOf(facts: ServerFacts): string | null {
  const said = `${facts.version} ${facts.versionComment}`;
  return /vitess|planetscale|tidb|proxysql|maxscale|singlestore|oceanbase/i.exec(said)?.[0] ?? null;
}

/** P28: only columns without a zone of their own can be misread. */
function* checkZone(
  server: string,
  facts: ServerFacts,
  tables: readonly SourceTable[],
): Generator<Finding> {
  const zone = facts.systemTimeZone;
  const hasLocal = tables.some(table => table.columns.some(c => c.dataType === 'datetime'));
  if (facts.timeZone === 'SYSTEM' && ambiguousZones.has(zone) && hasLocal)
    yield finding('SYNC2329', {server, zone}, at('P28', 'warning', zone));
}

/** P33: the time of the server against the middle of the question. */
async function checkClock(connection: SourceConnection): Promise<Finding[]> {
  const askedMs = Date.now();
  const {now} = await connection.queryOne<{now: string}>(
    'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) AS CHAR) AS now',
  );
  const answeredMs = Date.now();
  const seconds = Number(now) - (askedMs + answeredMs) / 2 / secondMs;
  const doubtSeconds = (answeredMs - askedMs) / 2 / secondMs;
  if (Math.abs(seconds) - doubtSeconds < clockSecondsMax) return [];
  const {server} = connection;
  const rounded = Math.round(seconds);
  return [finding('SYNC2331', {server, seconds: rounded}, at('P33', 'warning', `${rounded} s`))];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function* checkBinlog(server: string, facts: ServerFacts): Generator<Finding> {
  if (!facts.logBin) {
    yield finding('SYNC2304', {server}, at('P03', 'error', 'OFF'));
    return;
  }
  if (facts.serverId === 0) yield finding('SYNC2310', {server}, at('P12', 'error', '0'));
  if (facts.format !== 'ROW') {
    const details = {server, value: facts.format};
    yield finding('SYNC2305', details, at('P04', 'error', facts.format));
  }
  if (facts.rowImage !== 'FULL') {
    const details = {server, value: facts.rowImage};
    yield finding('SYNC2306', details, at('P05', 'error', facts.rowImage));
  }
  if (facts.rowMetadata !== 'FULL') {
    const value = facts.rowMetadata || 'no such variable';
    yield finding('SYNC2307', {server, value}, at('P06', 'warning', value));
  }
  if (facts.checksum === 'NONE') yield finding('SYNC2322', {server}, at('P09', 'warning', 'NONE'));
  if (facts.gtidMode !== 'ON') {
    const details = {server, value: facts.gtidMode};
    yield finding('SYNC2311', details, at('P13', 'warning', facts.gtidMode));
  }
}

function* checkRetention(server: string, facts: ServerFacts): Generator<Finding> {
  const hours = Math.round((facts.expireSeconds / 3600) * 10) / 10;
  if (facts.expireSeconds > 0 && hours < retentionHoursMin)
    yield finding('SYNC2309', {server, hours}, at('P10', 'warning', `${facts.expireSeconds} s`));
  if (facts.syncBinlog !== 1 || facts.innodbFlush !== 1) {
    const value = `sync_binlog = ${facts.syncBinlog}, innodb_flush_log_at_trx_commit = ${facts.innodbFlush}`;
    yield finding('SYNC2321', {server, value}, at('P17', 'warning', value));
  }
}

/** P14, P16: filters of the binlog itself, and of a replica that we read. */
async function checkReplica(connection: SourceConnection, facts: ServerFacts): Promise<Finding[]> {
  if (!facts.replicationClient) return [];
  const {server} = connection;
  const found: Finding[] = [];
  const filters = [
    ['binlog_do_db', facts.binlogDoDb],
    ['binlog_ignore_db', facts.binlogIgnoreDb],
  ];
  const rows = await readReplicaStatus(connection);
  for (const row of rows)
    for (const [name, value] of Object.entries(row))
      if (/^Replicate_(Wild_)?(Do|Ignore)_/.test(name)) filters.push([name, String(value ?? '')]);
  const set = filters
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name} = ${value}`);
  if (set.length > 0) {
    const value = set.join(', ');
    found.push(finding('SYNC2313', {server, value}, at('P16', 'error', value)));
  }
  if (rows.length > 0 && !facts.logReplicaUpdates)
    found.push(finding('SYNC2314', {server}, at('P14', 'error', 'OFF')));
  if (rows.length > 0 && facts.replicaWorkers > 1 && !facts.replicaKeepsOrder) {
    const value = `replica_parallel_workers = ${facts.replicaWorkers}`;
    found.push(finding('SYNC2324', {server, value}, at('P14', 'warning', value)));
  }
  return found;
}

/** None where the account may not look: its missing right has a finding of its own. */
async function readReplicaStatus(connection: SourceConnection) {
  try {
    return await connection.query<Record<string, unknown>>(connection.dialect.replicaStatusSql);
  } catch (error) {
    if (isSyncError(error) && error.code === 'SYNC2011') return [];
    throw error;
  }
}

/** P29. */
async function checkConnections(
  connection: SourceConnection,
  facts: ServerFacts,
  task: Task,
): Promise<Finding[]> {
  const [row] = await connection.query<{Value: string}>(
    "SHOW GLOBAL STATUS LIKE 'Threads_connected'",
  );
  const free = facts.maxConnections - Number(row?.Value ?? 0);
  const needed = loadWorkers(task) + connectionsBesideWorkers;
  if (free >= needed) return [];
  const details = {server: connection.server, needed, free};
  return [finding('SYNC2320', details, at('P29', 'warning', `${free} free`))];
}
