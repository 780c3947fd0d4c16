// The server id under which we read the binlog: the task's own, or one derived from its name; never one in use.
import {createHash} from 'node:crypto';
import {fail, isSyncError} from '../base/errors.ts';
import type {SourceConnection} from './connection.ts';

/** Derived ids lie above this: people number their servers from below. */
const derivedBase = 1_000_000_000;
const derivedCount = 3_000_000_000;
const triesMax = 100;

export interface ServerIdChoice {
  /** `source.serverId`; null derives one. */
  serverId: number | null;
  /** Name under which our dump is registered: the task's. Our own old registration is no clash. */
  replicaName: string;
}

/** A free server id, the same each time for the same task. Raises SYNC2115 when the one asked for is taken. */
export async function chooseServerId(
  connection: SourceConnection,
  choice: ServerIdChoice,
): Promise<number> {
  const taken = await readTakenIds(connection, choice.replicaName);
  if (choice.serverId !== null) {
    if (!taken.has(choice.serverId)) return choice.serverId;
    const details = {server: connection.server, serverId: choice.serverId};
    throw fail('SYNC2115', details, undefined, {id: 'P12', where: 'source.serverId'});
  }
  const derived = deriveServerId(choice.replicaName);
  for (let step = 0; step < triesMax; step++) {
    const serverId = derivedBase + ((derived - derivedBase + step) % derivedCount);
    if (!taken.has(serverId)) return serverId;
  }
  const details = {server: connection.server, serverId: derived};
  throw fail('SYNC2115', details, undefined, {id: 'P12', where: 'source.serverId'});
}

/** The id that a task of this name starts from. */
export function deriveServerId(replicaName: string): number {
  const hash = createHash('sha256').update(`synctask server id ${replicaName}`).digest();
  return derivedBase + (hash.readUInt32BE(0) % derivedCount);
}

/** Ids of the server itself and of its other replicas. */
async function readTakenIds(
  connection: SourceConnection,
  replicaName: string,
): Promise<Set<number>> {
  const own = await connection.queryOne<{id: number | string}>('SELECT @@global.server_id AS id');
  const taken = new Set([Number(own.id)]);
  for (const row of await readReplicas(connection))
    if (row['Host'] !== replicaName) taken.add(Number(row['Server_Id'] ?? row['Server_id']));
  return taken;
}

async function readReplicas(connection: SourceConnection): Promise<Record<string, unknown>[]> {
  if (connection.dialect.isMariadb) return await readMariadbReplicas(connection);
  try {
    return await connection.query('SHOW REPLICAS');
  } catch (error) {
    // 1064: a server before 8.0.22 knows only the former name.
    if (!isSyncError(error) || error.code !== 'SYNC2013') throw error;
    return connection.query('SHOW SLAVE HOSTS');
  }
}

/** MariaDB shows them only to who may administer it, which no task needs: then a derived id is trusted to be free. */
async function readMariadbReplicas(
  connection: SourceConnection,
): Promise<Record<string, unknown>[]> {
  try {
    return await connection.query('SHOW SLAVE HOSTS');
  } catch (error) {
    if (!isSyncError(error) || error.code !== 'SYNC2011') throw error;
    return [];
  }
}
