// Which GTIDs MariaDB has executed and thrown away: what the first event after the head of its oldest file lists.
// Format: MariaDB "GTID_LIST_EVENT": count 4 (28 bits), then domain 4, server 4, number 8 each.
import {mariadbEventType} from '../codec/mariadbEvent.ts';
import {BinlogStream} from './binlogClient.ts';
import type {SourceConnection, SourceOptions} from './connection.ts';
import {formatGtidSet, parseGtidSet} from './gtidSet.ts';
import {readBinlogFiles} from './server.ts';

/** A file's first event comes after its four magic bytes. */
const firstOffset = 4;
const entryBytes = 16;

/** The set before the oldest file of the server of `connection`, which `options` reach. */
export async function readListedBefore(
  connection: SourceConnection,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<string> {
  const [oldest] = await readBinlogFiles(connection);
  if (oldest === undefined) return '';
  const position = {epoch: 1, serverUuid: '', gtidSet: '', file: oldest.name, offset: firstOffset};
  await using stream = await BinlogStream.open(options, {
    position: {...position, fingerprint: null},
    serverId: 0,
    heartbeatSeconds: 60,
    signal,
    nonBlocking: true,
  });
  let listed = '';
  await stream.run(({type, input, at, end}) => {
    if (type !== mariadbEventType.gtidList) return;
    listed = parseGtidList(input, at, end);
    stream.stop();
  });
  return listed;
}

/** The set that body input[at, end) lists, in canonical text. */
export function parseGtidList(input: Buffer, at: number, end: number): string {
  const count = input.readUInt32LE(at) & 0x0fffffff;
  if (at + 4 + count * entryBytes > end) throw new RangeError('a list of GTIDs cut short');
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const entryAt = at + 4 + i * entryBytes;
    const number = input.readBigUInt64LE(entryAt + 8);
    texts.push(`${input.readUInt32LE(entryAt)}-${input.readUInt32LE(entryAt + 4)}-${number}`);
  }
  return formatGtidSet(parseGtidSet(texts.join(',')));
}
