// Fills the relay log from a binlog stream: packets gathered and written by the piece, marks at the ends of transactions, so that
// a copy that ends anywhere is known to be whole up to its last mark. Knows where transactions end and nothing else of events.
import {crc32} from 'node:zlib';
import {KiB, MiB} from '../base/sizes.ts';
import {
  eventChecksumBytes,
  eventHeaderBytes,
  eventType,
  parseQueryEvent,
} from '../codec/binlogEvent.ts';
import {mariadbEventType} from '../codec/mariadbEvent.ts';
import type {EventView} from './eventView.ts';
import {addGtid, formatGtidSet, parseGtidSet, type GtidSet} from './gtidSet.ts';
import {startsTransaction} from './knownEvents.ts';
import type {TakePieces} from './longPayload.ts';
import {frameBytesMax} from './packets.ts';
import type {Fingerprint, Position} from './position.ts';
import type {RelayLog} from './relayLog.ts';
import {jsonRecord, recordHeadBytes, recordKind, sealRecord} from './relayRecord.ts';

/** Packets are written in pieces of this size, or less when no more come. */
const pieceBytes = 256 * KiB;
/** Bytes that wait for the disk before the source waits too. */
const waitingBytesMax = 4 * MiB;
/** A mark at least so often where transactions end: what came after it is read again after a crash. */
const markBytes = MiB;

const {rotate, formatDescription, heartbeat, heartbeatV2} = eventType;
/** Before an event in a packet. */
const okByte = Buffer.alloc(1);
const frameHead = Buffer.alloc(4);
/** Where an event's header has the event's end. */
const endOffsetAt = 13;
/** Pieces that are kept for later. */
const freeMax = 4;

export interface RelayWriterOptions {
  log: RelayLog;
  /** Where the stream begins. */
  position: Position;
  /** Of the transaction that went by last. */
  fingerprint: () => Fingerprint | null;
  /** A file that has this many bytes at the end of a transaction is followed by another. */
  fileBytesMax: number;
  /** What the source is to wait for before more is copied; null when nothing. */
  room: (inTransaction: boolean) => Promise<void> | null;
  /** The disk refused. */
  fail: (error: unknown) => void;
}

export class RelayWriter implements AsyncDisposable {
  readonly #options: RelayWriterOptions;
  readonly #gtids: GtidSet;
  #position: Position | null;
  #file: string;
  #offset: number;
  #inTransaction = false;
  #begun = false;
  #source = '';
  #number = 0;
  /** The last format description, for the beginning of files. */
  #format: Buffer | null = null;
  #piece: Buffer = Buffer.allocUnsafeSlow(pieceBytes);
  #length = recordHeadBytes;
  readonly #free: Buffer[] = [];
  #sinceMark = 0;
  #isMarked = true;
  /** Of the packet that is written: bytes still to come, of it and of its frame. */
  #packetLeft = 0;
  #frameLeft = 0;
  #frameBytes = 0;
  #waitingBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #flush: NodeJS.Immediate | null = null;

  constructor(options: RelayWriterOptions) {
    this.#options = options;
    const {position} = options;
    this.#position = position;
    this.#gtids = parseGtidSet(position.gtidSet);
    this.#file = position.file;
    this.#offset = position.offset;
  }

  /** Takes one event of a raw stream. A promise holds the stream. */
  take(event: EventView): Promise<void> | void {
    const {input, at, type} = event;
    const start = at - eventHeaderBytes;
    const raw = input.subarray(start, start + input.readUInt32LE(start + 9));
    if (type === heartbeat || type === heartbeatV2) return this.#beat(Buffer.from(raw));
    // The next file has another format time: the position in this one is fixed before it is heard.
    if (type === rotate && !this.#inTransaction) this.#fix();
    if (type === formatDescription) this.#format = formatRecord(raw);
    this.#beginPacket(raw.length);
    this.#put(raw);
    if (this.#isEnd(event)) this.#end(event);
    return this.#next();
  }

  /** Takes a compressed transaction that comes in pieces; `event` is the view that its stream reuses. */
  pieces(hasChecksum: boolean, event: () => EventView): TakePieces {
    let sum = 0;
    let tail: Buffer = Buffer.alloc(0);
    const taken: TakePieces = {
      bytesSeen: 0,
      feed: async piece => {
        if (taken.bytesSeen === 0) this.#beginPacket(piece.readUInt32LE(9));
        taken.bytesSeen += piece.length;
        this.#put(piece);
        if (!hasChecksum) sum = crc32(piece, sum);
        tail = Buffer.concat([tail, piece.subarray(-eventChecksumBytes)]);
        tail = tail.subarray(-eventChecksumBytes);
        await this.#next();
      },
      end: async (piece, onWhole) => {
        await taken.feed(piece);
        onWhole(hasChecksum ? tail.readInt32LE(0) : sum | 0);
        this.#end(event());
        await this.#next();
      },
    };
    return taken;
  }

  /** Writes what is there; a transaction without its end is cut off again. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#flush !== null) clearImmediate(this.#flush);
    this.#send();
    await this.#writing.catch(() => undefined);
    await this.#options.log.rewind();
  }

  #beat(event: Buffer): void {
    this.#send();
    this.#queue(async () => this.#options.log.beat(event), 0);
  }

  #isEnd({type, gtid, input, at, end}: EventView): boolean {
    if (startsTransaction(type)) {
      this.#inTransaction = true;
      this.#begun = gtid.opens;
      this.#source = gtid.source;
      this.#number = gtid.number;
      return false;
    }
    switch (type) {
      case eventType.xid:
      case eventType.xaPrepare:
      case eventType.transactionPayload:
        return true;
      case mariadbEventType.queryCompressed:
        return !this.#begun;
      case eventType.query:
        return this.#isQueryEnd(parseQueryEvent(input, at, end).sql);
      default:
        return false;
    }
  }

  /** A statement without BEGIN is a transaction of its own. */
  #isQueryEnd(sql: string): boolean {
    if (/^\s*(BEGIN|XA\s+(START|BEGIN)\b)/i.test(sql)) {
      this.#inTransaction = true;
      this.#begun = true;
      return false;
    }
    return !this.#begun || /^\s*(COMMIT|ROLLBACK)\s*(\/\*.*)?$/i.test(sql);
  }

  #end({file, endOffset}: EventView): void {
    if (this.#number > 0) addGtid(this.#gtids, this.#source, this.#number);
    this.#number = 0;
    this.#file = file;
    this.#offset = endOffset;
    this.#inTransaction = false;
    this.#begun = false;
    this.#position = null;
    this.#isMarked = false;
    if (this.#sinceMark >= markBytes) this.#send();
  }

  /** The end of the last whole transaction. */
  #fix(): Position {
    const {epoch, serverUuid} = this.#options.position;
    this.#position ??= {
      epoch,
      serverUuid,
      gtidSet: formatGtidSet(this.#gtids),
      file: this.#file,
      offset: this.#offset,
      fingerprint: this.#options.fingerprint(),
    };
    return this.#position;
  }

  #next(): Promise<void> | void {
    this.#flush ??= setImmediate(() => this.#send());
    const room = this.#options.room(this.#inTransaction);
    if (room !== null) return room;
    if (this.#waitingBytes > waitingBytesMax) return this.#writing;
  }

  #beginPacket(eventBytes: number): void {
    this.#packetLeft = eventBytes + okByte.length;
    this.#frameLeft = 0;
    this.#put(okByte);
  }

  #put(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#frameLeft === 0) this.#beginFrame();
      const length = Math.min(this.#frameLeft, bytes.length - at);
      this.#write(length === bytes.length ? bytes : bytes.subarray(at, at + length));
      at += length;
      this.#frameLeft -= length;
      this.#packetLeft -= length;
    }
    // A packet whose last frame is full ends with an empty one.
    if (this.#packetLeft === 0 && this.#frameBytes === frameBytesMax) this.#beginFrame();
  }

  /** The length of the next frame; its number matters to a link alone. */
  #beginFrame(): void {
    this.#frameBytes = this.#frameLeft = Math.min(this.#packetLeft, frameBytesMax);
    frameHead.writeUIntLE(this.#frameLeft, 0, 3);
    this.#write(frameHead);
  }

  #write(bytes: Buffer): void {
    this.#sinceMark += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const length = Math.min(pieceBytes - this.#length, bytes.length - at);
      bytes.copy(this.#piece, this.#length, at, at + length);
      this.#length += length;
      at += length;
      if (this.#length === pieceBytes) this.#sendPiece();
    }
  }

  /** Sends what was gathered; where no transaction runs, with a mark behind it. */
  #send(): void {
    this.#flush = null;
    if (this.#inTransaction || this.#isMarked) {
      if (this.#length > recordHeadBytes) this.#sendPiece();
      return;
    }
    const position = this.#fix();
    const records = this.#marked(position);
    const format = this.#format;
    this.#isMarked = true;
    this.#sinceMark = 0;
    this.#queue(async () => {
      const {log, fileBytesMax} = this.#options;
      await log.append(records, {position, bytes: records.length});
      if (log.lastBytes < fileBytesMax || format === null) return;
      await log.nextFile(position);
      await log.append(format, null);
    }, records.length);
  }

  /** The whole piece as a record; another goes on. */
  #sendPiece(): void {
    const piece = this.#piece;
    const record = piece.subarray(0, this.#length);
    sealRecord(record, recordKind.packets, 0, record.length);
    this.#piece = this.#free.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
    this.#length = recordHeadBytes;
    this.#queue(async () => {
      await this.#options.log.append(record, null);
      if (this.#free.length < freeMax) this.#free.push(piece);
    }, record.length);
  }

  /** What was gathered and the mark behind it, in bytes of their own. */
  #marked(position: Position): Buffer {
    const mark = jsonRecord(recordKind.mark, position);
    if (this.#length === recordHeadBytes) return mark;
    const record = this.#piece.subarray(0, this.#length);
    sealRecord(record, recordKind.packets, 0, record.length);
    this.#length = recordHeadBytes;
    return Buffer.concat([record, mark]);
  }

  /** One piece of work on the log after the other. */
  #queue(work: () => Promise<void>, bytes: number): void {
    this.#waitingBytes += bytes;
    this.#writing = this.#writing.then(work).then(() => void (this.#waitingBytes -= bytes));
    this.#writing.catch(this.#options.fail);
  }
}

/** A format description for the beginning of a file: it stands at no place of the binlog there. */
function formatRecord(event: Buffer): Buffer {
  const packetAt = recordHeadBytes + frameHead.length;
  const record = Buffer.alloc(packetAt + okByte.length + event.length);
  record.writeUIntLE(okByte.length + event.length, recordHeadBytes, 3);
  event.copy(record, packetAt + okByte.length);
  record.writeUInt32LE(0, packetAt + okByte.length + endOffsetAt);
  sealRecord(record, recordKind.packets, 0, record.length);
  return record;
}
