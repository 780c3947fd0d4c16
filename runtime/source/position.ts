// A point in the source's binlog, and the proof that a server goes on from it (rule C5). Positions are stored at
// transaction ends only. Refuses to guess: what cannot be proved stops with a code.
import {fail} from '../base/errors.ts';
import type {SourceConnection, SourceOptions} from './connection.ts';
import {readFingerprint} from './readBack.ts';
import {proveFile, proveSets, readResumeFacts, resumeWaitSeconds} from './retained.ts';
import {readBinlogFiles} from './server.ts';

/** What tells one transaction from another that was given the same number. */
export interface Fingerprint {
  /** `uuid:number`, or `uuid:tag:number`; empty for an anonymous transaction. */
  gtid: string;
  /** Microseconds since 1970. */
  originalCommitTimestamp: number;
  /** Bytes of the transaction in the binlog. */
  length: number;
  /** CRC-32C over the checksums of its events (over the events where the server writes none). */
  crc: number;
  /** When the binlog file was begun: seconds since 1970 in its format description. */
  formatTimestamp: number;
}

/** JSON-able. `gtidSet` decides where the server has GTIDs; file and offset where not. */
export interface Position {
  epoch: number;
  serverUuid: string;
  gtidSet: string;
  file: string;
  /** End of the last transaction in `file`. */
  offset: number;
  /** Of the last transaction before this point; null at a start position. */
  fingerprint: Fingerprint | null;
}

/**
 * Proves that the server of `connection` goes on from `position`, or throws what it lacks: another server (SYNC2103),
 * transactions we have (SYNC2102), the binlog after us (SYNC2101, SYNC2105), the same last transaction (SYNC2104).
 */
export async function proveResume(
  connection: SourceConnection,
  options: SourceOptions,
  position: Position,
  signal: AbortSignal,
  waitSeconds = resumeWaitSeconds,
): Promise<void> {
  const server = connection.server;
  const place = {where: `source ${server}`};
  const facts = await readResumeFacts(connection);
  if (facts.serverUuid !== position.serverUuid) {
    const details = {server, expected: position.serverUuid, found: facts.serverUuid};
    throw fail('SYNC2103', details, undefined, place);
  }
  if (position.gtidSet === '') await proveFile(connection, position);
  else await proveSets(connection, position, facts, waitSeconds);
  await proveFingerprint(connection, options, position, signal);
}

/** Where the last transaction can still be read, it must be the one we read. */
async function proveFingerprint(
  connection: SourceConnection,
  options: SourceOptions,
  position: Position,
  signal: AbortSignal,
): Promise<void> {
  const expected = position.fingerprint;
  if (expected === null || expected.length === 0) return;
  const file = (await readBinlogFiles(connection)).find(({name}) => name === position.file);
  if (file === undefined) return;
  const found =
    file.bytes < position.offset
      ? `${position.file} ends at ${file.bytes}, before our offset ${position.offset}`
      : difference(expected, await readFingerprint(options, position, signal));
  if (found === null) return;
  const server = connection.server;
  throw fail('SYNC2104', {server, difference: found}, undefined, {where: `source ${server}`});
}

function difference(expected: Fingerprint, found: Fingerprint | null): string | null {
  if (found === null) return 'no transaction ends there';
  for (const key of Object.keys(expected) as Array<keyof Fingerprint>)
    if (expected[key] !== found[key]) return `${key} is ${found[key]}, ours was ${expected[key]}`;
  return null;
}
