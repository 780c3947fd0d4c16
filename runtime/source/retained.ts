// Whether a server still has the binlog after a position: the part of the proof of rule C5 that sets and files decide.
import {fail, isSyncError} from '../base/errors.ts';
import {SourceConnection, type SourceOptions} from './connection.ts';
import {
  containsGtidSet,
  formatGtidSet,
  isEmptyGtidSet,
  parseGtidSet,
  subtractGtidSets,
} from './gtidSet.ts';
import type {Position} from './position.ts';
import {readBinlogFiles} from './server.ts';

/** A server that lags behind its own crash recovery is waited for this long. */
export const resumeWaitSeconds = 10;

export interface ResumeFacts {
  serverUuid: string;
  gtidMode: string;
  executed: string;
  purged: string;
}

/**
 * What an end of the stream means: a refusal (SYNC2106) is asked about, and becomes SYNC2101 when the server has purged
 * what comes after `position`. Any other error stays.
 */
export async function explainEnd(
  error: unknown,
  options: SourceOptions,
  position: Position,
  signal: AbortSignal,
): Promise<unknown> {
  if (!isSyncError(error) || error.code !== 'SYNC2106') return error;
  try {
    await using connection = await SourceConnection.open(options, signal);
    if (position.gtidSet === '') await proveFile(connection, position);
    else await proveSets(connection, position, await readResumeFacts(connection));
    return error;
  } catch (explained) {
    return isSyncError(explained) && explained.kind === 'mistake' ? explained : error;
  }
}

/** What the server says of itself and of its binlog. */
export async function readResumeFacts(connection: SourceConnection): Promise<ResumeFacts> {
  return connection.queryOne<ResumeFacts>(
    'SELECT @@global.server_uuid AS serverUuid, @@global.gtid_mode AS gtidMode, ' +
      '@@global.gtid_executed AS executed, @@global.gtid_purged AS purged',
  );
}

/** Our transactions are executed (waited for, with a bound), and none beyond them is purged. */
export async function proveSets(
  connection: SourceConnection,
  position: Position,
  facts: ResumeFacts,
  waitSeconds = resumeWaitSeconds,
): Promise<void> {
  const server = connection.server;
  const place = {where: `source ${server}`};
  const ours = parseGtidSet(position.gtidSet);
  let executed = parseGtidSet(facts.executed);
  if (!containsGtidSet(executed, ours)) {
    await connection.query('SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)', [
      position.gtidSet,
      waitSeconds,
    ]);
    executed = parseGtidSet((await readResumeFacts(connection)).executed);
    const missing = subtractGtidSets(ours, executed);
    if (!isEmptyGtidSet(missing))
      throw fail('SYNC2102', {server, missing: formatGtidSet(missing)}, undefined, place);
  }
  const lost = subtractGtidSets(parseGtidSet(facts.purged), ours);
  if (!isEmptyGtidSet(lost))
    throw fail('SYNC2101', {server, missing: formatGtidSet(lost)}, undefined, place);
}

/** Without GTIDs: the file of the position is still there. */
export async function proveFile(connection: SourceConnection, position: Position): Promise<void> {
  const files = await readBinlogFiles(connection);
  if (files.some(file => file.name === position.file)) return;
  const server = connection.server;
  throw fail('SYNC2105', {server, file: position.file}, undefined, {where: `source ${server}`});
}
