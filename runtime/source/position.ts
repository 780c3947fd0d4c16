// A point in the source's binlog, and the proof that a server goes on from it (rule C5). Positions are stored at
// transaction ends only. Refuses to guess: what cannot be proved stops with a code.
import {fail} from '../base/errors.ts';
import type {SourceConnection, SourceOptions} from './connection.ts';
import {containsGtid, isEmptyGtidSet, parseGtidSet, uniteGtidSets} from './gtidSet.ts';
import {readListedBefore} from './gtidList.ts';
import {explainMissing} from './lineage.ts';
import {readCommitTimestamp, readFingerprint} from './readBack.ts';
import {missingOf, proveFile, proveKept, readResumeFacts} from './retained.ts';
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

/** What a resume needs beside the position. */
export interface ResumeNeeds {
  /** A GTID set that the server must have executed too: what a load has read. */
  needs?: string;
  /** How long a server that is behind is waited for at once. */
  waitSeconds?: number;
}

/**
 * Proves that the server of `connection`, which `options` reach, goes on from `position`; gives its uuid. Throws what it
 * lacks: GTIDs to compare by (SYNC2103), transactions we have (SYNC2102, SYNC2119 to SYNC2123), the binlog after us
 * (SYNC2101, SYNC2105), the same last transaction (SYNC2104).
 */
export async function proveResume(
  connection: SourceConnection,
  options: SourceOptions,
  position: Position,
  signal: AbortSignal,
  needs: ResumeNeeds = {},
): Promise<string> {
  const server = connection.server;
  const facts = await readResumeFacts(connection);
  if (connection.dialect.isMariadb)
    facts.purged = await readListedBefore(connection, options, signal);
  const {serverUuid} = facts;
  const isSameServer = serverUuid === position.serverUuid;
  if (position.gtidSet === '') {
    if (!isSameServer) {
      const details = {server, expected: position.serverUuid, found: serverUuid};
      throw fail('SYNC2103', details, undefined, {where: `source ${server}`});
    }
    await proveFile(connection, position);
  } else {
    const wanted = uniteGtidSets(parseGtidSet(position.gtidSet), parseGtidSet(needs.needs ?? ''));
    const missing = await missingOf(connection, wanted, facts, needs.waitSeconds);
    if (!isEmptyGtidSet(missing))
      throw await explainMissing(connection, {options, position, facts, signal}, missing);
    proveKept(connection, position, facts);
  }
  const file = isSameServer
    ? (await readBinlogFiles(connection)).find(({name}) => name === position.file)
    : undefined;
  const found =
    file === undefined
      ? await differenceByGtid(options, position, facts.purged, signal)
      : await differenceByFile(options, position, file.bytes, signal);
  if (found === null) return serverUuid;
  throw fail('SYNC2104', {server, difference: found}, undefined, {where: `source ${server}`});
}

/** Where the file is still there, the last transaction in it must be the one we read, byte for byte. */
async function differenceByFile(
  options: SourceOptions,
  position: Position,
  fileBytes: number,
  signal: AbortSignal,
): Promise<string | null> {
  const expected = position.fingerprint;
  if (expected === null || expected.length === 0) return null;
  return fileBytes < position.offset
    ? `${position.file} ends at ${fileBytes}, before our offset ${position.offset}`
    : difference(expected, await readFingerprint(options, position, signal));
}

/** On another server, or after files were renamed, the transaction of that number must have been committed when ours was. */
async function differenceByGtid(
  options: SourceOptions,
  position: Position,
  purged: string,
  signal: AbortSignal,
): Promise<string | null> {
  const expected = position.fingerprint;
  if (expected === null || expected.gtid === '' || position.gtidSet === '') return null;
  const at = expected.gtid.lastIndexOf(':');
  const [source, number] = [expected.gtid.slice(0, at), Number(expected.gtid.slice(at + 1))];
  if (containsGtid(parseGtidSet(purged), source, number)) return null;
  const found = await readCommitTimestamp(options, position.gtidSet, source, number, signal);
  if (found === null) return `${expected.gtid} is not in its binlog`;
  if (found === expected.originalCommitTimestamp) return null;
  return `${expected.gtid} was committed at ${found} µs, ours at ${expected.originalCommitTimestamp}`;
}

function difference(expected: Fingerprint, found: Fingerprint | null): string | null {
  if (found === null) return 'no transaction ends there';
  for (const key of Object.keys(expected) as Array<keyof Fingerprint>)
    if (expected[key] !== found[key]) return `${key} is ${found[key]}, ours was ${expected[key]}`;
  return null;
}
