// What a binlog stream gives, to whom, and how it is asked for.
import type {GtidEvent} from '../codec/binlogEvent.ts';
import {unpackMariadbEvent} from '../codec/mariadbEvent.ts';
import {dialectOf, type Dialect} from './dialect.ts';
import type {TakePieces} from './longPayload.ts';
import type {Position} from './position.ts';

/** One event, in one object that is reused: valid only during the call it is given to, or until its promise settles. */
export interface EventView {
  type: number;
  timestampSeconds: number;
  serverId: number;
  /** End of the event in `file`; of the whole payload for events of a compressed transaction. */
  endOffset: number;
  flags: number;
  input: Buffer;
  /** A view on `input`, offset for offset. */
  view: DataView;
  /** First byte after the event's header. */
  at: number;
  /** First byte after the body, checksum excluded. */
  end: number;
  file: string;
  /** Of the transaction that the last GTID event began. */
  gtid: GtidEvent;
  /** Of the server that wrote the file, as its first event says. */
  dialect: Dialect;
}

/** One that has seen no event yet. */
export function createEventView(
  {input, view}: Pick<EventView, 'input' | 'view'>,
  file: string,
  gtid: GtidEvent,
): EventView {
  const dialect = dialectOf('');
  const place = {endOffset: 0, flags: 0, input, view, at: 0, end: 0, file, gtid, dialect};
  return {type: 0, timestampSeconds: 0, serverId: 0, ...place};
}

/** An event that MariaDB has compressed becomes the one that it was; any other stays. */
export function unpackView(event: EventView): void {
  const unpacked = unpackMariadbEvent(event.type, event.input, event.at, event.end);
  if (unpacked === null) return;
  const {type, body} = unpacked;
  event.type = type;
  event.input = body;
  event.view = new DataView(body.buffer, body.byteOffset, body.length);
  event.at = 0;
  event.end = body.length;
}

/** Takes an event; a promise holds the stream back until it settles. */
export type OnEvent = (event: EventView) => Promise<void> | void;

export interface StreamSettings {
  position: Position;
  /** Our replica id; 0 only to read what is there and go. */
  serverId: number;
  /** Shown in SHOW REPLICAS: the task's name, by which `chooseServerId` knows our own registration. */
  replicaName?: string;
  heartbeatSeconds: number;
  signal: AbortSignal;
  /** End when the binlog's end is reached instead of waiting for more. */
  nonBlocking?: boolean;
  /** Check every event's CRC32 (costs about 180 ns an event). */
  verifyChecksums?: boolean;
  /**
   * Give events as they are in the file, whatever they are, nothing unpacked; one that comes in pieces goes to what this makes.
   * The raw event of such a view begins at its header, before `at`, and has the length that stands there.
   */
  takeRaw?: (hasChecksum: boolean) => TakePieces;
}
