// The commands that start a binlog stream, as payload bytes, and the session they need.
// Format: MySQL "Replication Protocol": COM_REGISTER_SLAVE, COM_BINLOG_DUMP, COM_BINLOG_DUMP_GTID.
import {createHash} from 'node:crypto';
import type {Dialect} from './dialect.ts';
import {connectState, encodeGtidSet, parseGtidSet} from './gtidSet.ts';
import type {Position} from './position.ts';

const flag = {nonBlock: 1, throughGtid: 4} as const;
/** Every file begins with four magic bytes. */
const firstOffset = 4;
const nowhere = {file: '', offset: firstOffset};

/** Who reads, and from where. */
export interface Dump {
  position: Position;
  /** 0 reads and goes. */
  serverId: number;
  replicaName: string;
  heartbeatSeconds: number;
}

/** Statements to run before a dump: checksums as they are in the files, heartbeats, and who we are. */
export function dumpSessionSql(
  {isMariadb}: Pick<Dialect, 'isMariadb'>,
  {position, serverId, replicaName, heartbeatSeconds}: Dump,
): string[] {
  const heartbeatNanos = Math.round(heartbeatSeconds * 1e9);
  const uuid = replicaUuid(`${replicaName} ${serverId}`);
  const common = [
    'SET @source_binlog_checksum = @@global.binlog_checksum, ' +
      '@master_binlog_checksum = @@global.binlog_checksum',
    `SET @source_heartbeat_period = ${heartbeatNanos}, @master_heartbeat_period = ${heartbeatNanos}`,
  ];
  // Who says that it knows GTIDs gets all events as they are written.
  if (isMariadb) return [...common, 'SET @mariadb_slave_capability = 4', ...startSql(position)];
  // By this name the server ends a dump of ours that it has not noticed to be dead.
  return [
    ...common,
    ...(serverId === 0 ? [] : [`SET @replica_uuid = '${uuid}', @slave_uuid = '${uuid}'`]),
  ];
}

/** Where a dump of MariaDB starts by GTIDs; its command then says nothing. */
function startSql({gtidSet}: Position): string[] {
  if (gtidSet === '') return [];
  return [
    `SET @slave_connect_state = '${connectState(parseGtidSet(gtidSet))}', ` +
      '@slave_gtid_strict_mode = 0, @slave_gtid_ignore_duplicates = 0',
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
export function dumpCommand(
  {isMariadb}: Pick<Dialect, 'isMariadb'>,
  position: Position,
  serverId: number,
  nonBlocking: boolean,
): Buffer {
  if (position.gtidSet === '') return dumpByOffset(position, serverId, nonBlocking);
  // The session has said where.
  if (isMariadb) return dumpByOffset({...position, ...nowhere}, serverId, nonBlocking);
  return dumpBySet(position, serverId, nonBlocking);
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
