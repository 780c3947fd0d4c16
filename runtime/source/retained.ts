// Whether a server still has the binlog after a position: the part of the proof of rule C5 that sets and files decide.
import {setTimeout as sleep} from 'node:timers/promises';
import {fail, isSyncError} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import {SourceConnection, type SourceOptions} from './connection.ts';
import {
  containsGtidSet,
  formatGtidSet,
  isEmptyGtidSet,
  parseGtidSet,
  subtractGtidSets,
  type GtidSet,
} from './gtidSet.ts';
import type {Position} from './position.ts';
import {readBinlogFiles, readGtidExecuted} from './server.ts';

/** How often a server that cannot wait for GTIDs by itself is asked. */
const lookMs = 200;
/** A server that lags behind its own crash recovery is waited for this long. */
export const resumeWaitSeconds = 10;

export interface ResumeFacts {
  serverUuid: string;
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
    else proveKept(connection, position, await readResumeFacts(connection));
    return error;
  } catch (explained) {
    return isSyncError(explained) && explained.kind === 'mistake' ? explained : error;
  }
}

/** What the server says of itself and of its binlog; MariaDB says nothing of what it purged (gtidList.ts). */
export async function readResumeFacts(connection: SourceConnection): Promise<ResumeFacts> {
  const {identity, executed, purged} = connection.dialect;
  return connection.queryOne<ResumeFacts>(
    `SELECT ${identity} AS serverUuid, ${executed} AS executed, ${purged} AS purged`,
  );
}

/** What the server lacks of `wanted`, after waiting for it with a bound. */
export async function missingOf(
  connection: SourceConnection,
  wanted: GtidSet,
  facts: ResumeFacts,
  waitSeconds = resumeWaitSeconds,
): Promise<GtidSet> {
  if (containsGtidSet(parseGtidSet(facts.executed), wanted)) return new Map();
  if (connection.dialect.waitsForGtids)
    await connection.query('SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)', [
      formatGtidSet(wanted),
      waitSeconds,
    ]);
  const untilMs = performance.now() + waitSeconds * secondMs;
  for (;;) {
    const missing = subtractGtidSets(wanted, parseGtidSet(await readGtidExecuted(connection)));
    const isOver = connection.dialect.waitsForGtids || performance.now() >= untilMs;
    if (isOver || isEmptyGtidSet(missing)) return missing;
    await sleep(lookMs);
  }
}

/** With GTIDs: nothing beyond our transactions is purged. */
export function proveKept(
  {server}: SourceConnection,
  position: Position,
  {purged}: ResumeFacts,
): void {
  const lost = subtractGtidSets(parseGtidSet(purged), parseGtidSet(position.gtidSet));
  if (!isEmptyGtidSet(lost))
    throw fail('SYNC2101', {server, missing: formatGtidSet(lost)}, undefined, {
      where: `source ${server}`,
    });
}

/** Without GTIDs: the file of the position is still there. */
export async function proveFile(connection: SourceConnection, position: Position): Promise<void> {
  const files = await readBinlogFiles(connection);
  if (files.some(file => file.name === position.file)) return;
  const server = connection.server;
  throw fail('SYNC2105', {server, file: position.file}, undefined, {where: `source ${server}`});
}
