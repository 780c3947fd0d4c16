// Codes of the source's prechecks. Each fix is the exact statement, or edit, that puts it right.
import {entry} from './entry.ts';

export interface Observed {
  server: string;
  value: string;
}

export const sourcePrecheckCodes = {
  SYNC2301: entry<Observed>({
    title: 'this server is too old to be followed',
    kind: 'mistake',
    cause: d => `${d.server} runs ${d.value}; MySQL is followed from 5.6 on, MariaDB from 10.6 on.`,
    fix: () => 'Upgrade the server, or replicate into a newer one and read that.',
  }),
  SYNC2302: entry<Observed>({
    title: 'this server version is untested',
    kind: 'mistake',
    cause: d =>
      `${d.server} runs ${d.value}, which is followed by the format of its binlog; no test of ours runs it.`,
    fix: () => 'Use a version that is tested, or compare source and target after the first load.',
  }),
  SYNC2303: entry<{server: string; mode: string; encrypted: boolean}>({
    title: 'the server is not verified',
    kind: 'mistake',
    cause: d =>
      d.encrypted
        ? `source.tls.mode is ${d.mode}: the connection is encrypted, but anybody may answer as ${d.server}.`
        : `source.tls.mode is ${d.mode} and ${d.server} offers no TLS: rows travel in clear.`,
    fix: () => 'Set source.tls.mode to verify-identity, and source.tls.ca to the authority.',
  }),
  SYNC2304: entry<{server: string}>({
    title: 'the binlog is off',
    kind: 'mistake',
    cause: d => `${d.server} runs with log_bin = OFF: there are no changes to follow.`,
    fix: () => 'Put log_bin = binlog into the [mysqld] section of the option file and restart.',
  }),
  SYNC2305: entry<Observed>({
    title: 'binlog_format is not ROW',
    kind: 'mistake',
    cause: d => `${d.server} runs with ${d.value}: changes are logged as statements, not as rows.`,
    fix: () => "SET PERSIST binlog_format = 'ROW'; then reconnect the writers.",
  }),
  SYNC2306: entry<Observed>({
    title: 'binlog_row_image is not FULL',
    kind: 'mistake',
    cause: d =>
      `${d.server} runs with ${d.value}: events omit columns, so a record cannot be rebuilt.`,
    fix: () => "SET PERSIST binlog_row_image = 'FULL'; then reconnect the writers.",
  }),
  SYNC2307: entry<Observed>({
    title: 'binlog_row_metadata is not FULL',
    kind: 'mistake',
    cause: d =>
      `${d.server} runs with ${d.value}: events carry no column names, so a schema change is only seen as a statement.`,
    fix: () => "SET PERSIST binlog_row_metadata = 'FULL';",
  }),
  SYNC2309: entry<{server: string; hours: number}>({
    title: 'the binlog is kept for a short time',
    kind: 'mistake',
    cause: d =>
      `${d.server} purges binlog files after ${d.hours} hours; a longer outage costs a reload.`,
    fix: () => 'SET PERSIST binlog_expire_logs_seconds = 604800;',
  }),
  SYNC2310: entry<{server: string}>({
    title: 'server_id is 0',
    kind: 'mistake',
    cause: d => `${d.server} has server_id = 0, with which it refuses replicas.`,
    fix: () => 'SET PERSIST server_id = 1;',
  }),
  SYNC2311: entry<Observed>({
    title: 'GTIDs are not on',
    kind: 'mistake',
    cause: d =>
      `${d.server} runs with gtid_mode = ${d.value}: positions are file offsets, loads need a short global lock, failover cannot be followed.`,
    fix: () =>
      'SET PERSIST enforce_gtid_consistency = ON; then SET PERSIST gtid_mode = OFF_PERMISSIVE, ON_PERMISSIVE, ON, one after the other.',
  }),
  SYNC2312: entry<{account: string; missing: string; grant: string; isManaged?: boolean}>({
    title: 'the account lacks a privilege that the task needs',
    kind: 'mistake',
    cause: d => `${d.account} has no ${d.missing}.`,
    fix: d =>
      d.isManaged === true
        ? `${d.grant} A managed service may refuse that: give the right to the account in its console.`
        : d.grant,
  }),
  SYNC2313: entry<Observed>({
    title: 'binlog filters may hide changes',
    kind: 'mistake',
    cause: d => `${d.server} runs with ${d.value}: changes may be missing from its binlog.`,
    fix: () => 'Remove these filters from the option file and restart, or use another server.',
  }),
  SYNC2314: entry<{server: string}>({
    title: 'a replica that does not log what it applies',
    kind: 'mistake',
    cause: d => `${d.server} is a replica with log_replica_updates = OFF: its binlog is empty.`,
    fix: () => 'Set log_replica_updates = ON in the option file and restart, or use its source.',
  }),
  SYNC2315: entry<{table: string; helper: string}>({
    title: 'an online schema change may be in flight',
    kind: 'mistake',
    cause: d => `${d.helper} stands beside ${d.table}: its swap at the end stops the task.`,
    fix: d => `Wait until the change has ended, or drop ${d.helper} if it was left behind.`,
  }),
  SYNC2316: entry<{table: string; engine: string}>({
    title: 'the storage engine has no transactions',
    kind: 'mistake',
    cause: d => `${d.table} is a ${d.engine} table: it has neither snapshots nor commits.`,
    fix: d => `ALTER TABLE ${d.table} ENGINE = InnoDB;`,
  }),
  SYNC2317: entry<{object: string; type: string}>({
    title: 'a view or sequence is not a table',
    kind: 'mistake',
    cause: d =>
      `${d.object} is a ${d.type.toLowerCase()}: the binlog holds the changes of base tables only.`,
    fix: () => 'Name base tables instead: of a view, those that it reads.',
  }),
  SYNC2318: entry<{table: string; uniques: string[]}>({
    title: 'a table without a key',
    kind: 'mistake',
    cause: d =>
      (d.uniques.length === 0
        ? `${d.table} has neither a primary key nor a unique index over NOT NULL columns.`
        : `The unique indexes of ${d.table} (${d.uniques.join(', ')}) allow NULL.`) +
      ' It is read in one go behind a lock of a moment, and base and log merge as multisets.',
    fix: d => `ALTER TABLE ${d.table} ADD COLUMN id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY;`,
  }),
  SYNC2319: entry<{table: string; constraint: string; rule: string}>({
    title: 'cascades of a foreign key are not in the binlog',
    kind: 'mistake',
    cause: d =>
      `${d.constraint} of ${d.table} has ${d.rule}, and this server changes the child rows without logging them.`,
    fix: d =>
      `Add the constraint again without ${d.rule}, change children in the application, or leave ${d.table} out.`,
  }),
  SYNC2320: entry<{server: string; needed: number; free: number}>({
    title: 'the source has few connections left',
    kind: 'mistake',
    cause: d => `The task opens up to ${d.needed} connections; ${d.server} has ${d.free} free.`,
    fix: () => 'Set full.workers lower, or SET PERSIST max_connections to a higher number.',
  }),
  SYNC2321: entry<Observed>({
    title: 'a crash of the source may lose transactions',
    kind: 'mistake',
    cause: d =>
      `${d.server} runs with ${d.value}: a crash may give numbers of lost transactions again; we would stop and ask for a reload.`,
    fix: () => 'SET PERSIST sync_binlog = 1, PERSIST innodb_flush_log_at_trx_commit = 1;',
  }),
  SYNC2322: entry<{server: string}>({
    title: 'binlog events carry no checksum',
    kind: 'mistake',
    cause: d => `${d.server} runs with binlog_checksum = NONE: a damaged event is not noticed.`,
    fix: () => "SET PERSIST binlog_checksum = 'CRC32';",
  }),
  SYNC2323: entry<{server: string; loadHours: number; keptHours: number; seconds: number}>({
    title: 'the load may outlast the binlog',
    kind: 'mistake',
    cause: d =>
      `The full load is estimated at ${d.loadHours} h, and ${d.server} purges binlog files after ${d.keptHours} h: a load that is interrupted could not go on.`,
    fix: d => `SET PERSIST binlog_expire_logs_seconds = ${d.seconds};`,
  }),
  SYNC2324: entry<{server: string; value: string}>({
    title: 'a replica applies in another order than its source',
    kind: 'mistake',
    cause: d =>
      `${d.server} is a replica with ${d.value} and replica_preserve_commit_order = OFF: after a switch-over its history would differ.`,
    fix: () =>
      'SET PERSIST replica_preserve_commit_order = ON; then STOP REPLICA SQL_THREAD; START REPLICA SQL_THREAD;',
  }),
  SYNC2325: entry<{table: string; rows: number; column: string; dataType: string}>({
    title: 'a large table cannot be cut into chunks',
    kind: 'mistake',
    cause: d =>
      `The key of ${d.table} begins with ${d.column}, a ${d.dataType}, whose values are no exact bounds; about ${d.rows} rows would be read in one piece.`,
    fix: d => `ALTER TABLE ${d.table} ADD COLUMN id BIGINT UNSIGNED AUTO_INCREMENT UNIQUE FIRST;`,
  }),
  SYNC2326: entry<{table: string; rows: number; index: string}>({
    title: 'a large table is read by a secondary index',
    kind: 'mistake',
    cause: d =>
      `${d.table} has no primary key; its about ${d.rows} rows are looked up one by one through ${d.index}.`,
    fix: d =>
      `Make ${d.index} the primary key of ${d.table}, or let the load take its time with a lower full.workers.`,
  }),
  SYNC2327: entry<{table: string; columns: string[]}>({
    title: 'invisible columns are copied too',
    kind: 'mistake',
    cause: d => `${d.columns.join(', ')} of ${d.table} are not part of SELECT *, and are copied.`,
    fix: () => 'Exclude them with columns.exclude, or acknowledge P23.',
  }),
  SYNC2328: entry<{column: string; count: number; rows: number; what: string; policy: string}>({
    title: 'values that the target cannot hold',
    kind: 'mistake',
    cause: d =>
      `${d.count} of the first ${d.rows} rows have ${d.what} in ${d.column}; the policy is ${d.policy}.`,
    fix: d => `Set columns.policies of ${d.column} to what shall happen to them, or correct them.`,
  }),
  SYNC2329: entry<{server: string; zone: string}>({
    title: 'the zone of the server is ambiguous',
    kind: 'mistake',
    cause: d =>
      `${d.server} runs in the system zone ${d.zone}, a name of several zones; DATETIME values are copied as they are written.`,
    fix: () => "SET PERSIST time_zone = '+08:00'; with the offset, or the name, that is meant.",
  }),
  SYNC2330: entry<{server: string; product: string}>({
    title: 'the source is no plain MySQL server',
    kind: 'mistake',
    cause: d => `${d.server} is ${d.product}, which does not hand out a binlog as MySQL does.`,
    fix: () => 'Name the MySQL server behind it in source.host.',
  }),
  SYNC2331: entry<{server: string; seconds: number}>({
    title: 'the clocks of source and runtime differ',
    kind: 'mistake',
    cause: d =>
      `The clock of ${d.server} is ${Math.abs(d.seconds)} s ${d.seconds > 0 ? 'ahead of' : 'behind'} ours; lag and log partitions follow the clock of the source.`,
    fix: () => 'Correct both clocks, for instance with chrony.',
  }),
  SYNC2332: entry<{table: string; said: string; ddl: string}>({
    title: 'the heartbeat table cannot be written',
    kind: 'mistake',
    cause: d => `A heartbeat row for ${d.table} was refused: ${d.said}`,
    fix: d => `${d.ddl}; then GRANT SELECT, INSERT, UPDATE ON ${d.table} to the account.`,
  }),
  SYNC2333: entry<{said: string}>({
    title: 'the query of source.load cannot be run',
    kind: 'mistake',
    cause: d => `The server refused it: ${d.said}`,
    fix: () => 'Correct source.load.query; run it once as the account of the task.',
  }),
  SYNC2334: entry<{server: string}>({
    title: 'columns of the source are encrypted for clients',
    kind: 'mistake',
    cause: d =>
      `${d.server} has EncDB turned on: reading gives cipher text, the binlog something else.`,
    fix: () =>
      'Turn EncDB off, or leave its columns out with columns.exclude on a server without it.',
  }),
  SYNC2335: entry<{server: string}>({
    title: 'how long the service keeps the binlog is not known',
    kind: 'mistake',
    cause: d =>
      `${d.server} is RDS for MySQL, which keeps local logs as its console says; SQL does not show it.`,
    fix: () => 'Set the retention of local logs to 72 hours or more (168 advised) in its console.',
  }),
  SYNC2336: entry<{server: string; observed: string}>({
    title: 'the service keeps the binlog for a short time',
    kind: 'mistake',
    cause: d => `${d.server} is Amazon RDS; its \`binlog retention hours\` are ${d.observed}.`,
    fix: () => "Run CALL mysql.rds_set_configuration('binlog retention hours', 168);",
  }),
  SYNC2337: entry<{part: string; mebibytes: number; coarser: string; partitionBy: string[]}>({
    title: 'log partitions are finer than the changes fill',
    kind: 'mistake',
    cause: d =>
      `At the mean rate of this server a table changes by ${d.mebibytes} MiB a ${d.part}; MaxCompute wants files of 64 MiB.`,
    fix: d => `Set log.partitionBy: [${d.partitionBy.map(part => `'${part}'`).join(', ')}].`,
  }),
  SYNC2338: entry<{server: string; tasks: string[]; setting: string; own: number; minutes: number}>(
    {
      title: 'tasks on one source have different retry windows',
      kind: 'mistake',
      cause: d =>
        `${d.server} is read by ${d.tasks.join(', ')} too; the shortest window is ${d.minutes} minutes, this task's ${d.own}.`,
      fix: d =>
        `Set retry.${d.setting} to one value in all of them; until then ${d.minutes} minutes hold for this task.`,
    },
  ),
  SYNC2339: entry<{table: string}>({
    title: 'a system-versioned table is not followed',
    kind: 'mistake',
    cause: d =>
      `${d.table} keeps its past: each change is in the binlog as a new row of the same key too.`,
    fix: d => `ALTER TABLE ${d.table} DROP SYSTEM VERSIONING, or put it into exclude.`,
  }),
  SYNC2340: entry<{table: string; index: string}>({
    title: 'a unique index over long values is not followed',
    kind: 'mistake',
    cause: d =>
      `Index ${d.index} of ${d.table} is kept by MariaDB as a hidden column of hashes, which stands in its row events.`,
    fix: d =>
      `ALTER TABLE ${d.table} DROP INDEX ${d.index}, or make it over a prefix that fits; or exclude the table.`,
  }),
  SYNC2341: entry<{server: string}>({
    title: 'nodes of a cluster count transactions apart',
    kind: 'mistake',
    cause: d =>
      `${d.server} is a node of a Galera cluster with wsrep_gtid_mode = OFF: GTIDs of another node mean other transactions.`,
    fix: () =>
      'Set wsrep_gtid_mode = ON on every node, or name one node in source.host and stay with it.',
  }),
};
