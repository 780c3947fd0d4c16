// Where the bytes of a binlog stream come from: a connection that is signed in and ready for a dump, or what stands in for one.
import type {Dialect} from './dialect.ts';
import {SourceConnection, type SourceOptions} from './connection.ts';
import {dumpCommand, dumpSessionSql, registerCommand} from './dumpCommand.ts';
import type {StreamSettings} from './eventView.ts';
import {framePacket} from './packets.ts';

/** Brings packets, as a server that dumps its binlog sends them. */
export interface ByteLine {
  /** host:port, for errors. */
  readonly server: string;
  /** From now on bytes go to `onBytes`: valid until it returns or, if it pauses the flow, until that is resumed. */
  takeBytes: (onBytes: (bytes: Buffer) => void) => ByteFlow;
  destroy: () => void;
}

/** The server at the other end of a line. */
export interface Origin {
  options: SourceOptions;
  dialect: Dialect;
}

/** What of a socket a stream needs. It is paused at first. */
export interface ByteFlow {
  on: (event: 'error' | 'close', listener: (error: Error) => void) => unknown;
  write: (bytes: Buffer) => unknown;
  pause: () => unknown;
  resume: () => unknown;
}

const replicaNameDefault = 'synctask';

/** Connects and readies the session for a dump. */
export async function openLine(
  options: SourceOptions,
  settings: StreamSettings,
): Promise<SourceConnection> {
  const connection = await SourceConnection.open(options, settings.signal, true);
  try {
    const {replicaName = replicaNameDefault} = settings;
    for (const sql of dumpSessionSql(connection.dialect, {...settings, replicaName}))
      await connection.query(sql);
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** Makes the server at the other end begin its dump. */
export function askForDump(flow: ByteFlow, dialect: Dialect, settings: StreamSettings): void {
  const {position, serverId, nonBlocking = false, replicaName = replicaNameDefault} = settings;
  if (serverId !== 0) flow.write(framePacket(registerCommand(serverId, replicaName)));
  flow.write(framePacket(dumpCommand(dialect, position, serverId, nonBlocking)));
}
