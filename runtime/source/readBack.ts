// Reads one transaction back from the binlog, for its fingerprint (rule C5): by its place, or by its GTID.
import {isSyncError} from '../base/errors.ts';
import {MiB} from '../base/sizes.ts';
import {eventType} from '../codec/binlogEvent.ts';
import {BinlogStream} from './binlogClient.ts';
import type {SourceOptions} from './connection.ts';
import {formatGtidSet, parseGtidSet, subtractGtidSets} from './gtidSet.ts';
import type {Fingerprint, Position} from './position.ts';

/** Longer transactions are known by their first event alone. */
const wholeBytesMax = 64 * MiB;
/** Reading back is no replica: the server asks for nothing and shows nothing. */
const noServerId = 0;
/** A file's first event comes after its four magic bytes. */
const firstOffset = 4;

/**
 * The fingerprint of the transaction that ends at `position`, whose length its own fingerprint tells; null when none
 * begins where that length says or ends there.
 */
export async function readFingerprint(
  options: SourceOptions,
  position: Position,
  signal: AbortSignal,
): Promise<Fingerprint | null> {
  const expected = position.fingerprint;
  if (expected === null) return null;
  const isWhole = expected.length <= wholeBytesMax;
  const start = {...position, gtidSet: '', offset: position.offset - expected.length};
  await using stream = await BinlogStream.open(options, {
    position: start,
    serverId: noServerId,
    heartbeatSeconds: 60,
    signal,
    nonBlocking: true,
  });
  let found: Fingerprint | null = null;
  try {
    await stream.run(event => {
      const fingerprint = stream.fingerprint();
      if (event.file !== position.file || fingerprint === null) return;
      if (!isWhole) found = {...fingerprint, length: expected.length, crc: expected.crc};
      else if (event.endOffset < position.offset) return;
      // Events inside a compressed transaction all carry its end: the last of them counts.
      else if (event.endOffset === position.offset) found = fingerprint;
      const isEnd = event.type === eventType.xid || event.endOffset > position.offset;
      if (!isWhole || isEnd) stream.stop();
    });
  } catch (error) {
    // The server reads no event there: another transaction was written over ours.
    if (!isSyncError(error) || !['SYNC2106', 'SYNC2112'].includes(error.code)) throw error;
  }
  return found;
}

/**
 * When the transaction `source`:`number` of `executed` was committed first: microseconds since 1970. Null when the binlog
 * does not hold it. Wherever its server keeps it, it is asked for by leaving it out of what we say we have.
 */
export async function readCommitTimestamp(
  options: SourceOptions,
  executed: string,
  source: string,
  number: number,
  signal: AbortSignal,
): Promise<number | null> {
  const one = new Map([[source, [number, number]]]);
  const others = formatGtidSet(subtractGtidSets(parseGtidSet(executed), one));
  // Where nothing is left of the set, no name of a file means the oldest one.
  const position = {epoch: 1, serverUuid: '', gtidSet: others, file: '', offset: firstOffset};
  await using stream = await BinlogStream.open(options, {
    position: {...position, fingerprint: null},
    serverId: noServerId,
    heartbeatSeconds: 60,
    signal,
    nonBlocking: true,
  });
  let found: number | null = null;
  await stream.run(({gtid}) => {
    if (gtid.source !== source || gtid.number !== number) return;
    found = gtid.originalCommitMicros;
    stream.stop();
  });
  return found;
}
