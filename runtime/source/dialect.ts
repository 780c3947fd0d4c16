// What MySQL and MariaDB say in different words: who a server is, what it has executed, how a statement is bounded.

/** How to speak to one server. */
export interface Dialect {
  isMariadb: boolean;
  /** major * 10000 + minor * 100 + patch, e.g. 90704; 0 where the version cannot be told. */
  versionNumber: number;
  /** An expression that names the server among those of its replication group. */
  identity: string;
  /** The same for the set of GTIDs that it has executed. MariaDB's may be ahead of what a snapshot sees. */
  executed: string;
  /** GTIDs that it has executed and whose events are gone; MariaDB's are in its oldest file (gtidList.ts). */
  purged: string;
  /** Whether WAIT_FOR_EXECUTED_GTID_SET is there (MySQL 5.7.5). */
  waitsForGtids: boolean;
  /** SHOW … STATUS of the binlog's end, and of this server as a replica. */
  binlogStatusSql: string;
  replicaStatusSql: string;
}

/** By the version that the server greets with; MariaDB before 11 puts `5.5.5-` before its own. */
export function dialectOf(greeting: string): Dialect {
  const isMariadb = /mariadb/i.test(greeting);
  const versionNumber = toVersionNumber(greeting);
  if (isMariadb)
    return {
      isMariadb,
      versionNumber,
      identity: "CONCAT('mariadb-', @@global.server_id)",
      executed: '@@global.gtid_binlog_state',
      purged: "''",
      waitsForGtids: false,
      binlogStatusSql: 'SHOW MASTER STATUS',
      replicaStatusSql: 'SHOW ALL SLAVES STATUS',
    };
  return {
    isMariadb,
    versionNumber,
    identity: '@@global.server_uuid',
    executed: '@@global.gtid_executed',
    purged: '@@global.gtid_purged',
    waitsForGtids: versionNumber >= 50705,
    // The old name went away in 8.4, the new one came in 8.2.
    binlogStatusSql: versionNumber >= 80200 ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS',
    replicaStatusSql: versionNumber >= 80022 ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS',
  };
}

/** The number of the first version in `version` that is the server's own. */
export function toVersionNumber(version: string): number {
  const own = /mariadb/i.test(version) ? version.replace(/^5\.5\.5-/, '') : version;
  const [major = 0, minor = 0, patch = 0] = (/\d+\.\d+\.\d+/.exec(own)?.[0] ?? '')
    .split('.')
    .map(Number);
  return major * 10000 + minor * 100 + patch;
}

/** What bounds the statements of a session to `ms`, or with 0 lifts a bound; goes behind a SET and its first variable. */
export function statementLimit(ms: number): string {
  // Servers before 5.7.8 and MariaDB skip the first comment, MySQL the second. A limit would cut long reads off.
  return (
    `/*!50708 , SESSION max_execution_time = ${ms} */` +
    `/*M!100101 , SESSION max_statement_time = ${ms / 1000} */`
  );
}
