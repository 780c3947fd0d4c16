// Error codes of the source room: 20xx connection, 21xx position and binlog, 22xx tables and chunks, 23xx prechecks.
import {entry} from './entry.ts';
import {sourcePrecheckCodes} from './sourcePrecheck.ts';

export interface AtServer {
  /** host:port */
  server: string;
  /** What the server or the system said; never a secret. */
  said: string;
}

export const sourceCodes = {
  SYNC2001: entry<AtServer>({
    title: 'the source refuses this account',
    kind: 'mistake',
    cause: d => `${d.server} answered: ${d.said}.`,
    fix: () => 'Correct source.user and sourcePassword, or the account and its host part.',
  }),
  SYNC2002: entry<AtServer>({
    title: 'the host name of the source is not known',
    kind: 'mistake',
    cause: d => `Looking up ${d.server} gave ${d.said}.`,
    fix: () => 'Correct source.host, or make the name known where the runtime runs.',
  }),
  SYNC2003: entry<AtServer>({
    title: 'the source cannot be reached',
    kind: 'trouble',
    cause: d => `Connecting to ${d.server} gave ${d.said}.`,
    fix: () => 'Check that the server runs, source.port, and that the network lets us through.',
  }),
  SYNC2004: entry<AtServer>({
    title: 'the connection to the source was lost',
    kind: 'trouble',
    cause: d => `The connection to ${d.server} ended: ${d.said}.`,
    fix: () => 'Nothing to do: it is tried again. Look at the server log if it repeats.',
  }),
  SYNC2005: entry<AtServer>({
    title: 'the source does not answer in time',
    kind: 'trouble',
    cause: d => `${d.server}: ${d.said}.`,
    fix: () => 'Check firewalls between the runtime and the server, and the load of the server.',
  }),
  SYNC2006: entry<AtServer>({
    title: 'the source has no connection left',
    kind: 'trouble',
    cause: d => `${d.server} answered: ${d.said}.`,
    fix: () => 'Raise max_connections or the limits of the account, or set full.workers lower.',
  }),
  SYNC2007: entry<AtServer>({
    title: 'TLS with the source cannot be set up',
    kind: 'mistake',
    cause: d => `The TLS handshake with ${d.server} ended with: ${d.said}.`,
    fix: () => 'Correct source.tls (mode, ca, certificate) and sourceTlsKey, or the server’s own.',
  }),
  SYNC2008: entry<{server: string; mode: string}>({
    title: 'the source offers no TLS',
    kind: 'mistake',
    cause: d => `${d.server} offers no TLS and source.tls.mode is ${d.mode}.`,
    fix: () => 'Turn TLS on at the server, or set source.tls.mode to preferred.',
  }),
  SYNC2009: entry<AtServer>({
    title: 'a lock of the source was not had in time',
    kind: 'trouble',
    cause: d => `${d.server} answered: ${d.said}.`,
    fix: () => 'Nothing to do: it is tried again. Look for long transactions if it repeats.',
  }),
  SYNC2010: entry<AtServer>({
    title: 'a database, table or column is not there',
    kind: 'mistake',
    cause: d => `${d.server} answered: ${d.said}.`,
    fix: () => 'Correct the objects of the task, or create what is missing.',
  }),
  SYNC2011: entry<AtServer>({
    title: 'the account lacks a privilege',
    kind: 'mistake',
    cause: d => `${d.server} answered: ${d.said}.`,
    fix: () => 'Grant what `synctask precheck` names for this account.',
  }),
  SYNC2012: entry<AtServer>({
    title: 'the account signs in by a method we do not speak',
    kind: 'mistake',
    cause: d => `${d.server}: ${d.said}.`,
    fix: () => 'Use an account with caching_sha2_password or mysql_native_password.',
  }),
  SYNC2013: entry<AtServer & {errno: number}>({
    title: 'the source refused a statement',
    kind: 'trouble',
    cause: d => `${d.server} answered error ${d.errno}: ${d.said}.`,
    fix: d => `Look error ${d.errno} up in the server's manual; it is tried again meanwhile.`,
  }),
  SYNC2014: entry<{server: string; what: string}>({
    title: 'bytes from the source cannot be read',
    kind: 'trouble',
    cause: d => `${d.server} sent ${d.what}.`,
    fix: () => 'Connect to the server itself, without a proxy; report this if it stays.',
  }),
  SYNC2015: entry<AtServer>({
    title: 'the account is locked or its password has expired',
    kind: 'mistake',
    cause: d => `${d.server} answered: ${d.said}.`,
    fix: () => 'Unlock the account or set a new password with ALTER USER, then sourcePassword.',
  }),

  SYNC2101: entry<{server: string; missing: string}>({
    title: 'the binlog after our position was purged',
    kind: 'mistake',
    cause: d =>
      `${d.server} has purged transactions that we have not read: ${d.missing}. The task stood still for longer than the retention.`,
    fix: () =>
      'Load the tables again with `synctask reload`; then raise binlog_expire_logs_seconds above your outages.',
  }),
  SYNC2102: entry<{server: string; missing: string}>({
    title: 'the source lacks transactions that we have read',
    kind: 'mistake',
    cause: d =>
      `${d.server} has not executed ${d.missing}, which is in the target. It lost them in a crash.`,
    fix: () =>
      'Load the tables again with `synctask reload`; set sync_binlog = 1 and innodb_flush_log_at_trx_commit = 1.',
  }),
  SYNC2103: entry<{server: string; expected: string; found: string}>({
    title: 'without GTIDs a position is of one server alone',
    kind: 'mistake',
    cause: d =>
      `Our position is a file and an offset of server ${d.expected}; ${d.server} is ${d.found}.`,
    fix: () =>
      'Point source.host at the former server, or turn gtid_mode on and load the tables again with `synctask reload`.',
  }),
  SYNC2104: entry<{server: string; difference: string}>({
    title: 'the source’s binlog is not the one we read',
    kind: 'mistake',
    cause: d =>
      `At our position ${d.server} holds another transaction: ${d.difference}. Numbers were given twice after a crash or restore.`,
    fix: () =>
      'Load the tables again with `synctask reload`; set sync_binlog = 1 so that a crash loses nothing.',
  }),
  SYNC2105: entry<{server: string; file: string}>({
    title: 'the binlog file of our position is gone',
    kind: 'mistake',
    cause: d => `${d.server} no longer lists ${d.file}, and it runs without GTIDs.`,
    fix: () =>
      'Load the tables again with `synctask reload`; raise the retention, and turn gtid_mode on.',
  }),
  SYNC2106: entry<{server: string; errno: number; said: string}>({
    title: 'the source ended the binlog stream',
    kind: 'mistake',
    cause: d => `${d.server} answered error ${d.errno}: ${d.said}.`,
    fix: () => 'Resolve what the server says; the position is kept, resume is safe.',
  }),
  SYNC2107: entry<{server: string; silentSeconds: number}>({
    title: 'the binlog stream went silent',
    kind: 'trouble',
    cause: d =>
      `${d.server} sent neither an event nor a heartbeat for ${d.silentSeconds} seconds; the link is stale.`,
    fix: () => 'Nothing to do: it is connected again from the position.',
  }),
  SYNC2108: entry<{server: string}>({
    title: 'the source closed the binlog stream',
    kind: 'trouble',
    cause: d => `${d.server} ended the stream without an error; it is probably shutting down.`,
    fix: () => 'Nothing to do: it is connected again from the position.',
  }),
  SYNC2109: entry<{server: string; type: number; place: string}>({
    title: 'the binlog holds an event of an unknown kind',
    kind: 'mistake',
    cause: d => `${d.server} sent event type ${d.type} at ${d.place}; it may carry row changes.`,
    fix: () => 'Report the server’s version; the task keeps its position until it can read this.',
  }),
  SYNC2110: entry<{server: string; place: string}>({
    title: 'the binlog reports lost changes',
    kind: 'mistake',
    cause: d => `${d.server} wrote an incident event at ${d.place}: changes may be missing there.`,
    fix: () => 'Find the cause in the server’s error log, then load the tables again.',
  }),
  SYNC2111: entry<{server: string; place: string}>({
    title: 'a binlog event does not match its checksum',
    kind: 'trouble',
    cause: d => `The event at ${d.place} of ${d.server} arrived damaged.`,
    fix: () => 'Nothing to do: it is read again. Check the server’s disks if it repeats.',
  }),
  SYNC2112: entry<{server: string; what: string; place: string}>({
    title: 'a binlog event cannot be read',
    kind: 'mistake',
    cause: d => `${d.server} sent ${d.what} at ${d.place}.`,
    fix: () => 'Report this with the event (mysqlbinlog --hexdump); the position is kept.',
  }),
  SYNC2113: entry<{server: string; said: string}>({
    title: 'a start position cannot be taken safely',
    kind: 'mistake',
    cause: d =>
      `${d.server} runs without GTIDs, and FLUSH TABLES WITH READ LOCK was refused: ${d.said}.`,
    fix: () => 'Turn gtid_mode on, or grant RELOAD and BACKUP_ADMIN to the account.',
  }),
  SYNC2114: entry<{server: string; count: number}>({
    title: 'XA transactions are prepared and undecided',
    kind: 'trouble',
    cause: d =>
      `${d.server} holds ${d.count} prepared XA transactions; no snapshot sees their rows.`,
    fix: () => 'Let them end, or decide them: XA RECOVER, then XA COMMIT or XA ROLLBACK.',
  }),
  SYNC2116: entry<{table: string; column: string}>({
    title: 'the character set of an added column is unknown',
    kind: 'mistake',
    cause: d =>
      `${d.column} was added to ${d.table} without a character set, and neither is there any more to ask.`,
    fix: d => `Take ${d.table} out of the task, resume, and add it again.`,
  }),
  SYNC2117: entry<{server: string; began: string; gtidSet: string}>({
    title: 'the load reads from a server that is behind it',
    kind: 'trouble',
    cause: d =>
      `${d.server} is not the server ${d.began} at which the load began, and has not executed ${d.gtidSet === '' ? 'what can be compared: there are no GTIDs' : d.gtidSet}.`,
    fix: () =>
      'Nothing to do: it is tried again until the server has caught up. Without GTIDs point source.host at the first server, or add the table anew.',
  }),
  SYNC2118: entry<{server: string; said: string}>({
    title: 'the account may take no lock for one snapshot',
    kind: 'mistake',
    cause: d =>
      `full.consistency is 'consistent', and ${d.server} refused FLUSH TABLES WITH READ LOCK and LOCK TABLES: ${d.said}`,
    fix: () =>
      "Grant RELOAD or FLUSH_TABLES (or LOCK TABLES on the databases) to the account, or use full.consistency 'position-first', which needs no lock.",
  }),
  SYNC2119: entry<{server: string; missing: string}>({
    title: 'the binlog of the source was reset',
    kind: 'mistake',
    cause: d =>
      `${d.server} counts its transactions anew (RESET BINARY LOGS AND GTIDS, or new data): it has not executed ${d.missing}, which we have read.`,
    fix: () => 'Load the tables again with `synctask reload`: nothing of the old count is left.',
  }),
  SYNC2120: entry<{server: string; missing: string}>({
    title: 'a replica is behind our position',
    kind: 'trouble',
    cause: d => `${d.server} has not executed ${d.missing} yet; its replication brings it.`,
    fix: () => 'Nothing to do: it is tried again. Look at SHOW REPLICA STATUS if it stays.',
  }),
  SYNC2121: entry<{server: string; missing: string}>({
    title: 'the source was restored from a backup',
    kind: 'mistake',
    cause: d =>
      `${d.server} has not executed ${d.missing}, which we have read, and its binlog begins after that: it stands at an earlier time.`,
    fix: () =>
      'Load the tables again with `synctask reload`, or bring the transactions back with mysqlbinlog from the former server.',
  }),
  SYNC2122: entry<{server: string; expected: string; found: string}>({
    title: 'the server shares no transaction with our position',
    kind: 'mistake',
    cause: d =>
      `${d.server} (${d.found}) has executed nothing of what we have read from ${d.expected}: it is of another replication group, or its transactions were numbered anew.`,
    fix: () =>
      'Correct source.host and source.hosts; after a move that numbers transactions anew (blue/green without GTIDs) load the tables again with `synctask reload`.',
  }),
  SYNC2123: entry<{server: string; missing: string}>({
    title: 'the promoted server lacks transactions we have read',
    kind: 'mistake',
    cause: d =>
      `${d.server} never received ${d.missing} from the former primary; they are in the target.`,
    fix: () =>
      'Bring back the former primary or replay these transactions; else accept their loss and load the tables again with `synctask reload`.',
  }),
  SYNC2124: entry<{server: string; primary: string; errant: string}>({
    title: 'a replica has transactions that its primary lacks',
    kind: 'mistake',
    cause: d => `${d.server} is read-only and has executed ${d.errant}, which ${d.primary} lacks.`,
    fix: () =>
      'Remove that server from source.hosts or rebuild it, or inject empty transactions with these GTIDs at the primary.',
  }),
  SYNC2125: entry<{servers: string; cause: string}>({
    title: 'no server of the list can go on now',
    kind: 'trouble',
    cause: d => `Asked were ${d.servers}. ${d.cause}`,
    fix: () => 'Bring one of them back, or add its successor to source.hosts; it is tried again.',
  }),
  SYNC2126: entry<{table: string; column: string; kind: string}>({
    title: 'a key column holds values of another type',
    kind: 'mistake',
    cause: d => `Column ${d.column} of ${d.table} was planned as a ${d.kind} and holds none.`,
    fix: () => 'Start the task again: the table was altered while its chunks were planned.',
  }),
  SYNC2115: entry<{server: string; serverId: number}>({
    title: 'our server id is in use',
    kind: 'mistake',
    cause: d => `${d.server} itself or another replica of it has server id ${d.serverId}.`,
    fix: () => 'Set source.serverId to a number that no server or replica has.',
  }),

  SYNC2128: entry<{server: string; place: string}>({
    title: 'a row comes in fragments, which are not read',
    kind: 'mistake',
    cause: d =>
      `${d.server} wrote the row at ${d.place} as several events (PARTIAL_ROW_DATA_EVENT of MariaDB 12): it is larger than one event may be.`,
    fix: () =>
      'Set binlog_row_event_fragment_threshold above the largest row, exclude the table, then load it again with `synctask reload`.',
  }),
  SYNC2127: entry<{server: string; place: string}>({
    title: 'commits hang, so a start position cannot be taken',
    kind: 'trouble',
    cause: d =>
      `${d.server} has written transactions up to ${d.place} that no snapshot sees yet: their commits wait, perhaps for a semi-synchronous replica.`,
    fix: () => 'Nothing to do: it is tried again. Look at SHOW PROCESSLIST if it stays.',
  }),
  SYNC2129: entry<{dir: string; problem: string}>({
    title: 'the relay log cannot be written or read',
    kind: 'mistake',
    cause: d => `The system says ${d.problem} for a file in ${d.dir}; the position is kept.`,
    fix: () =>
      'Make room on the disk or mend it, then start the task again; or take incremental.relayLog out.',
  }),
  SYNC2130: entry<{path: string; problem: string}>({
    title: 'a file of the relay log is damaged',
    kind: 'trouble',
    cause: d => `${d.path}: ${d.problem}.`,
    fix: () =>
      'Nothing to do: the relay log is given up and read again from the source. Look after the disk if it repeats.',
  }),
  SYNC2131: entry<{table: string}>({
    title: 'a table was altered before its snapshot was opened',
    kind: 'mistake',
    cause: d => `${d.table} has other columns now than when it was planned.`,
    fix: () => 'Start the task again: the table was altered while its load began.',
  }),
  SYNC2201: entry<{database: string; pattern: string}>({
    title: 'no table matches',
    kind: 'mistake',
    cause: d => `The source has no table ${d.pattern} in database ${d.database} that we can see.`,
    fix: () => 'Correct the name or pattern, create the table, or grant SELECT on it.',
  }),
  ...sourcePrecheckCodes,
};
