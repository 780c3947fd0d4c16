// The commands that start a binlog stream, as payload bytes, and the session they need.
// Format: MySQL "Replication Protocol": COM_REGISTER_SLAVE, COM_BINLOG_DUMP, COM_BINLOG_DUMP_GTID.
import {createHash} from 'node:crypto';
import {encodeGtidSet, parseGtidSet} from './gtidSet.ts';
import type {Position} from './position.ts';

const flag = {nonBlock: 1, throughGtid: 4} as const;
/** Every file begins with four magic bytes. */
const firstOffset = 4;

/** Statements to run before a dump: checksums as they are in the files, heartbeats, and who we are. */
export function dumpSessionSql(
  serverId: number,
  replicaName: string,
  heartbeatSeconds: number,
): string[] {
  const heartbeatNanos = Math.round(heartbeatSeconds * 1e9);
  const uuid = replicaUuid(`${replicaName} ${serverId}`);
  return [
    'SET @source_binlog_checksum = @@global.binlog_checksum, ' +
      '@master_binlog_checksum = @@global.binlog_checksum',
    `SET @source_heartbeat_period = ${heartbeatNanos}, @master_heartbeat_period = ${heartbeatNanos}`,
    // By this name the server ends a dump of ours that it has not noticed to be dead. Id 0 reads and goes.
    ...(serverId === 0 ? [] : [`SET @replica_uuid = '${uuid}', @slave_uuid = '${uuid}'`]),
  ];
}

/** The same task always has the same uuid, so that a restart replaces its own dump and nobody else's. */
function replicaUuid(seed: string): string {
  const hex = createHash('sha256').update(`synctask replica ${seed}`).digest('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${groups.join('-')}-${hex.slice(20, 32)}`;
}

/** Makes us visible in SHOW REPLICAS under our name, so that nobody else takes our server id. */
export function registerCommand(serverId: number, replicaName: string): Buffer {
  const host = Buffer.from(replicaName);
  const payload = Buffer.alloc(1 + 4 + 1 + host.length + 1 + 1 + 2 + 4 + 4);
  payload[0] = 0x15;
  payload.writeUInt32LE(serverId, 1);
  payload[5] = host.length;
  host.copy(payload, 6);
  // User, password, port, rank and source id stay empty: they are only shown.
  return payload;
}

/** The dump from `position` on: by set where there is one, else by file and offset. */
export function dumpCommand(position: Position, serverId: number, nonBlocking: boolean): Buffer {
  return position.gtidSet === ''
    ? dumpByOffset(position, serverId, nonBlocking)
    : dumpBySet(position, serverId, nonBlocking);
}

/**
 * Where a dump by offset begins. The command has 32 bits for it: a place beyond 4 GiB, after a transaction as large as
 * that, is read to from the start of its file. (With GTIDs the server finds the place by itself.)
 */
export function dumpOffset({gtidSet, offset}: Position): number {
  return gtidSet === '' && offset >= 2 ** 32 ? firstOffset : offset;
}

function dumpByOffset(position: Position, serverId: number, nonBlocking: boolean): Buffer {
  const file = Buffer.from(position.file);
  const payload = Buffer.alloc(11 + file.length);
  payload[0] = 0x12;
  payload.writeUInt32LE(dumpOffset(position), 1);
  payload.writeUInt16LE(nonBlocking ? flag.nonBlock : 0, 5);
  payload.writeUInt32LE(serverId, 7);
  file.copy(payload, 11);
  return payload;
}

/** The server finds the file by the set; name and offset stay empty. */
function dumpBySet(position: Position, serverId: number, nonBlocking: boolean): Buffer {
  const set = encodeGtidSet(parseGtidSet(position.gtidSet));
  const payload = Buffer.alloc(1 + 2 + 4 + 4 + 8 + 4 + set.length);
  payload[0] = 0x1e;
  payload.writeUInt16LE(flag.throughGtid | (nonBlocking ? flag.nonBlock : 0), 1);
  payload.writeUInt32LE(serverId, 3);
  payload.writeUInt32LE(firstOffset, 11);
  payload.writeUInt32LE(set.length, 19);
  set.copy(payload, 23);
  return payload;
}
