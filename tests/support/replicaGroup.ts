// Two real servers, one of them the other's replica, for what a failover does. Both let the task in by one account.
import type {Connection} from 'mysql2/promise';
import {connectTo, PrivateServer, type TestServer} from './mysql.ts';

export class ReplicaGroup implements AsyncDisposable {
  readonly primary: PrivateServer;
  readonly replica: PrivateServer;

  private constructor(primary: PrivateServer, replica: PrivateServer) {
    this.primary = primary;
    this.replica = replica;
  }

  /** Starts both; the replica only reads, and follows by GTIDs. */
  static async start(): Promise<ReplicaGroup> {
    const [primary, replica] = await Promise.all([
      PrivateServer.start(),
      PrivateServer.start({'server-id': '2', 'read-only': 'ON'}),
    ]);
    await alike(primary.server, replica.server);
    await follow(replica.server, primary.server);
    return new ReplicaGroup(primary, replica);
  }

  /** Runs statements as the all-powerful user of `server`. */
  static async run(server: TestServer, ...statements: string[]): Promise<Record<string, string>[]> {
    const connection = await connectTo(server);
    try {
      let rows: unknown = [];
      for (const sql of statements) [rows] = await connection.query(sql);
      return Array.isArray(rows) ? (rows as Record<string, string>[]) : [];
    } finally {
      connection.destroy();
    }
  }

  /** Waits until `behind` has executed everything of `ahead`. */
  static async caughtUp(behind: TestServer, ahead: TestServer): Promise<void> {
    const [row] = await ReplicaGroup.run(ahead, 'SELECT @@global.gtid_executed AS executed');
    const executed = row!['executed']!.replaceAll('\n', '');
    await ReplicaGroup.run(behind, `SELECT WAIT_FOR_EXECUTED_GTID_SET('${executed}', 60)`);
  }

  /** The replica takes writes from now on, whatever it has received by then. */
  async promote(): Promise<void> {
    await ReplicaGroup.run(
      this.replica.server,
      'STOP REPLICA',
      'RESET REPLICA ALL',
      'SET GLOBAL read_only = OFF',
    );
  }

  /** A connection to `database` at the replica. */
  async connectReplica(database: string): Promise<Connection> {
    return connectTo(this.replica.server, {database});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.primary[Symbol.asyncDispose](), this.replica[Symbol.asyncDispose]()]);
  }
}

/** Gives the task's account of `other` the password that it has at `first`. */
export async function alike(first: TestServer, other: TestServer): Promise<void> {
  await ReplicaGroup.run(
    other,
    'SET sql_log_bin = 0',
    `ALTER USER '${first.syncUser}'@'%' IDENTIFIED BY '${first.syncPassword}'`,
  );
  other.syncPassword = first.syncPassword;
}

/** Makes `replica` follow `source`. */
export async function follow(replica: TestServer, source: TestServer): Promise<void> {
  await ReplicaGroup.run(
    replica,
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '${source.host}', SOURCE_PORT = ${source.port},
      SOURCE_USER = '${source.user}', SOURCE_PASSWORD = '${source.password}', SOURCE_AUTO_POSITION = 1,
      GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_HEARTBEAT_PERIOD = 1`,
    'START REPLICA',
  );
}
