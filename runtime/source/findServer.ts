// Which server of the replication group to read: the first that proves to go on from our position (rule C5). A server that
// only reads, and has transactions that the one which is written to lacks, is passed over: they are not of the group.
import {fail, isSyncError, type SyncError} from '../base/errors.ts';
import {isOutOfReach, SourceConnection, type SourceOptions} from './connection.ts';
import {formatGtidSet, isEmptyGtidSet, parseGtidSet, subtractGtidSets} from './gtidSet.ts';
import {proveResume, type Position, type ResumeNeeds} from './position.ts';

/** The server to read from. */
export interface FoundServer {
  /** Reaches it and no other. */
  source: SourceOptions;
  serverUuid: string;
}

/**
 * The first server of `options` that goes on from `position`. With one server its own refusal is raised; with several
 * the first refusal when all can be reached, else SYNC2125, which is tried again: one that is away may come back.
 */
export async function findServer(
  options: SourceOptions,
  position: Position,
  signal: AbortSignal,
  needs: ResumeNeeds = {},
): Promise<FoundServer> {
  const servers = serversOf(options);
  const refusals: SyncError[] = [];
  for (const source of servers) {
    try {
      await using connection = await SourceConnection.open(source, signal);
      const serverUuid = await proveResume(connection, source, position, signal, needs);
      await refuseErrant(connection, source, servers, signal);
      return {source, serverUuid};
    } catch (error) {
      if (signal.aborted || !isSyncError(error)) throw error;
      refusals.push(error);
    }
  }
  throw verdictOf(servers, refusals);
}

/** Each server of the group by itself, in the order of the task. */
export function serversOf(options: SourceOptions): SourceOptions[] {
  const {others = [], ...first} = options;
  return [first, ...others.map(address => ({...first, ...address}))];
}

/** From now on `server` is the first that whoever holds `options` asks: the one whose binlog is read. */
export function preferServer(options: SourceOptions, server: SourceOptions): void {
  const others = serversOf(options)
    .filter(other => addressOf(other) !== addressOf(server))
    .map(({host, port}) => ({host, port}));
  Object.assign(options, {host: server.host, port: server.port, others});
}

function verdictOf(servers: SourceOptions[], refusals: SyncError[]): SyncError {
  const first = refusals[0]!;
  if (refusals.length === 1) return first;
  if (refusals.every(({kind, code}) => kind === 'mistake' && code !== 'SYNC2002')) return first;
  const found = refusals.map(({code}, i) => `${addressOf(servers[i]!)}: ${code}`).join(', ');
  const telling = refusals.find(refusal => !isOutOfReach(refusal)) ?? first;
  return fail('SYNC2125', {servers: found, cause: telling.finding.cause}, telling);
}

/** What a read-only server has beyond the one that is written to can only have been written to it by itself. */
async function refuseErrant(
  connection: SourceConnection,
  source: SourceOptions,
  servers: SourceOptions[],
  signal: AbortSignal,
): Promise<void> {
  if (servers.length === 1) return;
  const here = await readRole(connection);
  if (!here.isReadOnly) return;
  for (const other of servers) {
    if (addressOf(other) === addressOf(source)) continue;
    try {
      // Read after ours: what it has by then includes everything that came from it.
      await using writer = await SourceConnection.open(other, signal);
      const {isReadOnly, executed} = await readRole(writer);
      if (isReadOnly) continue;
      const errant = subtractGtidSets(parseGtidSet(here.executed), parseGtidSet(executed));
      if (isEmptyGtidSet(errant)) continue;
      const {server} = connection;
      const details = {server, primary: writer.server, errant: formatGtidSet(errant)};
      throw fail('SYNC2124', details, undefined, {where: `source ${server}`});
    } catch (error) {
      if (signal.aborted || !isOutOfReach(error)) throw error;
    }
  }
}

async function readRole(connection: SourceConnection) {
  const {readOnly, executed} = await connection.queryOne<{readOnly: number; executed: string}>(
    `SELECT @@global.read_only AS readOnly, ${connection.dialect.executed} AS executed`,
  );
  return {isReadOnly: Number(readOnly) === 1, executed};
}

function addressOf({host, port}: SourceOptions): string {
  return `${host}:${port}`;
}
