// What happened to a server that lacks transactions which we have read: named from its binlog and its part in replication,
// so that each case has its code and its way out (rule C5). Whatever is found, the server is not followed.
import {fail, type SyncError} from '../base/errors.ts';
import {eventType} from '../codec/binlogEvent.ts';
import {BinlogStream} from './binlogClient.ts';
import type {SourceConnection, SourceOptions} from './connection.ts';
import {
  containsGtidSet,
  formatGtidSet,
  isEmptyGtidSet,
  parseGtidSet,
  subtractGtidSets,
  type GtidSet,
} from './gtidSet.ts';
import type {Position} from './position.ts';
import type {ResumeFacts} from './retained.ts';
import {readBinlogFiles} from './server.ts';

/** A file's first event comes after its four magic bytes. */
const firstOffset = 4;

/** The refusal of the server of `connection`, which has not executed `missing` of what we have read. */
export async function explainMissing(
  connection: SourceConnection,
  {options, position, facts, signal}: Resume,
  missing: GtidSet,
): Promise<SyncError> {
  const {server} = connection;
  const details = {server, missing: formatGtidSet(missing)};
  const place = {where: `source ${server}`};
  const isSameServer = facts.serverUuid === position.serverUuid;
  const common = subtractGtidSets(parseGtidSet(position.gtidSet), missing);
  if (isEmptyGtidSet(common)) {
    if (isSameServer) return fail('SYNC2119', details, undefined, place);
    const found = facts.serverUuid;
    return fail('SYNC2122', {server, expected: position.serverUuid, found}, undefined, place);
  }
  if (await isComing(connection, missing)) return fail('SYNC2120', details, undefined, place);
  if (await beganAfter(connection, options, position, signal)) {
    const isWhole = isEmptyGtidSet(parseGtidSet(facts.purged));
    return fail(isWhole && isSameServer ? 'SYNC2119' : 'SYNC2121', details, undefined, place);
  }
  return fail(isSameServer ? 'SYNC2102' : 'SYNC2123', details, undefined, place);
}

/** What the proof of a resume goes by. */
export interface Resume {
  /** Reach the server of the connection and no other. */
  options: SourceOptions;
  position: Position;
  facts: ResumeFacts;
  signal: AbortSignal;
}

/** Whether replication still brings what is missing: it was received, or is being received. */
async function isComing(connection: SourceConnection, missing: GtidSet): Promise<boolean> {
  const rows = await connection.query<Record<string, string | number | null>>(
    connection.dialect.replicaStatusSql,
  );
  return rows.some(row => {
    const receives = row['Replica_IO_Running'] ?? row['Slave_IO_Running'];
    const retrieved = parseGtidSet(String(row['Retrieved_Gtid_Set'] ?? row['Gtid_IO_Pos'] ?? ''));
    return receives === 'Yes' || containsGtidSet(retrieved, missing);
  });
}

/** Whether the oldest binlog file was begun after our last transaction: what was before it was not kept. */
async function beganAfter(
  connection: SourceConnection,
  options: SourceOptions,
  position: Position,
  signal: AbortSignal,
): Promise<boolean> {
  const committedMicros = position.fingerprint?.originalCommitTimestamp ?? 0;
  const [oldest] = await readBinlogFiles(connection);
  if (committedMicros === 0 || oldest === undefined) return false;
  return (await readFileStart(options, oldest.name, signal)) * 1e6 > committedMicros;
}

/** When the binlog file `file` was begun: seconds since 1970 in its format description. */
export async function readFileStart(
  options: SourceOptions,
  file: string,
  signal: AbortSignal,
): Promise<number> {
  const position = {epoch: 1, serverUuid: '', gtidSet: '', file, offset: firstOffset};
  await using stream = await BinlogStream.open(options, {
    position: {...position, fingerprint: null},
    serverId: 0,
    heartbeatSeconds: 60,
    signal,
    nonBlocking: true,
  });
  let startSeconds = 0;
  await stream.run(event => {
    if (event.type !== eventType.formatDescription) return;
    startSeconds = event.timestampSeconds;
    stream.stop();
  });
  return startSeconds;
}
