// The binlog as a stream of events, framed where the socket put them. mysql2 signs in, then its socket is ours.
// Owns: files, offsets, checksums, heartbeats, compressed transactions. Refuses events that may carry rows unknown to it.
// Format: MySQL "Replication Protocol"; event header: libs/mysql/binlog/event/binlog_event.h.
import {crc32} from 'node:zlib';
import {assert} from '../base/assert.ts';
import {fail, isSyncError} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import {
  eventChecksumBytes,
  eventFlag,
  eventHeaderBytes,
  eventType,
  parseFormatDescription,
  parseRotate,
} from '../codec/binlogEvent.ts';
import {mariadbEventType} from '../codec/mariadbEvent.ts';
import {classifySourceError} from './classify.ts';
import {dialectOf} from './dialect.ts';
import {askForDump, openLine, type ByteFlow, type ByteLine, type Origin} from './byteLine.ts';
import type {SourceOptions} from './connection.ts';
import {dumpOffset} from './dumpCommand.ts';
import {
  createTransactionTrace,
  fingerprintOf,
  traceEvent,
  tracePlainStart,
  traceStart,
  traceSum,
} from './fingerprint.ts';
import {
  createPacketFrames,
  feedPackets,
  frameBytesMax,
  nextPacket,
  readErrorPacket,
} from './packets.ts';
import {isKnownEvent, isOutsideTransactions, startsTransaction} from './knownEvents.ts';
import {LongPayload, type TakePieces} from './longPayload.ts';
import {unwrapPayload, type TakeEvent} from './payload.ts';
import type {Fingerprint} from './position.ts';
import {explainEnd} from './retained.ts';
import {
  createEventView,
  unpackView,
  type EventView,
  type OnEvent,
  type StreamSettings,
} from './eventView.ts';

export type {EventView, OnEvent, StreamSettings} from './eventView.ts';

/** Silence of this many heartbeats means a dead link. */
const heartbeatsMissedMax = 3;

export class BinlogStream implements AsyncDisposable {
  readonly server: string;
  /** Bytes received since the dump began. */
  bytesRead = 0;
  /** When bytes arrived last, `performance.now()`. */
  heardMs = 0;
  #line: ByteLine;
  /** Null where the bytes do not come from a server. */
  #origin: Origin | null;
  #settings: StreamSettings;
  #flow: ByteFlow;
  #frames = createPacketFrames();
  #trace = createTransactionTrace();
  #event: EventView;
  #hasChecksum = false;
  #lastOffset = 0;
  readonly #readsUp: boolean;
  /** Number of the last frame, modulo 256. */
  #sequence = 0;
  /** The compressed transaction that comes in pieces. */
  #payload: TakePieces | null = null;
  #held = false;
  #ended = false;
  #onEvent: OnEvent = () => undefined;
  #finish: ((error: unknown) => void) | null = null;

  private constructor(line: ByteLine, origin: Origin | null, settings: StreamSettings) {
    this.#line = line;
    this.#origin = origin;
    this.#settings = settings;
    this.server = line.server;
    this.#flow = line.takeBytes(this.#onBytes);
    this.#frames.comesInPieces = first => first[5] === eventType.transactionPayload;
    const {position} = settings;
    this.#lastOffset = origin === null ? position.offset : dumpOffset(position);
    this.#readsUp = this.#lastOffset !== position.offset;
    this.#event = createEventView(this.#frames, position.file, this.#trace.gtid);
  }

  /** Connects and readies the session; events come once `run` is called. */
  static async open(options: SourceOptions, settings: StreamSettings): Promise<BinlogStream> {
    const connection = await openLine(options, settings);
    return new BinlogStream(connection, {options, dialect: connection.dialect}, settings);
  }

  /** A stream of what a server sent before: `line` brings its packets, from `settings.position` on. */
  static over(line: ByteLine, settings: StreamSettings): BinlogStream {
    return new BinlogStream(line, null, settings);
  }

  /**
   * Gives every event to `onEvent`, in order, until `stop`, an abort, an error, or (non-blocking) the binlog's end.
   * May be called once.
   */
  async run(onEvent: OnEvent): Promise<void> {
    assert(this.#finish === null, 'a stream runs once');
    const {position, signal} = this.#settings;
    signal.throwIfAborted();
    this.#onEvent = onEvent;
    const ended = new Promise<void>((resolve, reject) => {
      this.#finish = error => (error === null ? resolve() : reject(error));
    });
    const onAbort = () => this.#end(signal.reason);
    signal.addEventListener('abort', onAbort, {once: true});
    const watch = this.#watchHeartbeats();
    this.#flow.on('error', error => this.#end(classifySourceError(error, this.server)));
    this.#flow.on('close', () =>
      this.#end(fail('SYNC2108', this.#details({}), undefined, this.#place())),
    );
    if (this.#origin !== null) askForDump(this.#flow, this.#origin.dialect, this.#settings);
    this.#flow.resume();
    try {
      await ended;
    } catch (error) {
      if (this.#origin === null) throw error;
      throw await explainEnd(error, this.#origin.options, position, signal);
    } finally {
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends `run` without an error, at once; no event is given afterwards. */
  stop(): void {
    this.#end(null);
  }

  /** The fingerprint of the transaction whose last event was just given. */
  fingerprint(): Fingerprint | null {
    return fingerprintOf(this.#trace);
  }

  /** Whether the stream waits for a promise of who takes its events. */
  get isHeld(): boolean {
    return this.#held;
  }

  async close(): Promise<void> {
    this.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #end(error: unknown): void {
    this.#ended = true;
    this.#line.destroy();
    this.#finish?.(error);
    this.#finish = () => undefined;
  }

  #watchHeartbeats(): NodeJS.Timeout {
    const {heartbeatSeconds} = this.#settings;
    const silentMsMax = heartbeatsMissedMax * heartbeatSeconds * secondMs;
    this.heardMs = performance.now();
    const watch = setInterval(() => {
      const silentMs = performance.now() - this.heardMs;
      // While we hold the stream back ourselves, silence is ours.
      if (this.#held || silentMs < silentMsMax) return;
      const silentSeconds = Math.round(silentMs / secondMs);
      this.#end(fail('SYNC2107', this.#details({silentSeconds}), undefined, this.#place()));
    }, heartbeatSeconds * secondMs);
    return watch.unref();
  }

  /** An arrow function: it is handed over before the stream is made. */
  #onBytes = (bytes: Buffer): void => {
    this.heardMs = performance.now();
    this.bytesRead += bytes.length;
    feedPackets(this.#frames, bytes);
    this.#pump();
  };

  #pump(): void {
    try {
      while (!this.#ended && nextPacket(this.#frames)) {
        const held = this.#frames.isPiece ? this.#takePiece() : this.#takePacket();
        if (held === undefined) continue;
        this.#hold(held);
        return;
      }
    } catch (error) {
      this.#end(this.#coded(error));
    }
  }

  #hold(held: Promise<void>): void {
    this.#held = true;
    this.#flow.pause();
    held.then(
      () => {
        this.#held = false;
        this.heardMs = performance.now();
        this.#pump();
        // Another event may hold it again.
        if (!this.#held) this.#flow.resume();
      },
      error => this.#end(this.#coded(error)),
    );
  }

  #takePacket(): Promise<void> | void {
    const {input, view, at, end} = this.#frames;
    this.#checkOrder(end - at);
    const first = input[at];
    if (first === 0xff) throw this.#refused(readErrorPacket(input, at, end));
    if (first === 0xfe && end - at < 9) {
      this.#end(this.#settings.nonBlocking === true ? null : fail('SYNC2108', this.#details({})));
      return;
    }
    if (end - at <= eventHeaderBytes) {
      // The answer to the registration, an OK, is shorter than any event; the dump counts its packets anew.
      this.#sequence = 0;
      return;
    }
    return this.#takeEvent(input, view, at + 1, end);
  }

  /** A compressed transaction beyond one frame comes in pieces: it is never in memory as a whole. */
  #takePiece(): Promise<void> {
    const {input, at, end, isLastPiece} = this.#frames;
    const payload = (this.#payload ??= this.#beginPayload(input, at + 1));
    const isFirst = payload.bytesSeen === 0;
    const piece = input.subarray(isFirst ? at + 1 : at, end);
    // Nothing is read into these bytes before the promise settles.
    if (!isLastPiece) return payload.feed(piece);
    this.#payload = null;
    return payload.end(piece, sum => {
      this.#checkOrder(1 + payload.bytesSeen);
      if (sum === null) throw this.#badSum();
      traceSum(this.#trace, sum, this.#event.endOffset);
    });
  }

  #beginPayload(input: Buffer, at: number): TakePieces {
    const hasChecksum = this.#hasChecksum;
    this.#event.endOffset = this.#offsetOf(
      eventType.transactionPayload,
      input.readUInt32LE(at + 13),
    );
    const isVerified = hasChecksum && this.#settings.verifyChecksums === true;
    return (
      this.#settings.takeRaw?.(hasChecksum) ??
      new LongPayload({hasChecksum, isVerified}, this.#takeInner)
    );
  }

  /** Packets are numbered by their frames: one that is missing, doubled or out of turn would be rows lost or doubled. */
  #checkOrder(bytes: number): void {
    if (this.#origin === null) return;
    const frames = Math.floor(bytes / frameBytesMax) + 1;
    this.#sequence = (this.#sequence + frames) & 0xff;
    if (this.#frames.sequence !== this.#sequence)
      throw new RangeError('a packet that does not follow the one before');
  }

  /** One event of the binlog itself, header at `at`, checksum included where there is one. */
  #takeEvent(input: Buffer, view: DataView, at: number, end: number): Promise<void> | void {
    const event = this.#event;
    if (view.getUint32(at + 9, true) !== end - at)
      throw new RangeError('an event of another size than its packet');
    event.type = input[at + 4]!;
    event.endOffset = this.#offsetOf(event.type, view.getUint32(at + 13, true));
    if (event.type === eventType.rotate) return this.#rotate(input, view, at, end);
    if (event.type === eventType.formatDescription) {
      const written = parseFormatDescription(input, at + eventHeaderBytes, end);
      this.#hasChecksum = written.hasChecksum;
      event.dialect = dialectOf(written.serverVersion);
      this.#trace.formatTimestamp = view.getUint32(at, true);
      return this.#give(input, view, at, end - eventChecksumBytes);
    }
    if (this.#settings.verifyChecksums === true) this.#verify(input, at, end);
    const bodyEnd = this.#hasChecksum ? end - eventChecksumBytes : end;
    this.#follow(input, at, end, bodyEnd);
    const isWhole = event.type !== eventType.transactionPayload || this.#settings.takeRaw;
    if (isWhole) return this.#give(input, view, at, bodyEnd);
    return unwrapPayload(input, at + eventHeaderBytes, bodyEnd, this.#takeInner);
  }

  #takeInner: TakeEvent = (input, view, at, end) => {
    this.#event.type = input[at + 4]!;
    return this.#give(input, view, at, end);
  };

  /** Offsets are 32 bits in the header and files may be longer: the high part is counted along. */
  #offsetOf(type: number, low: number): number {
    if (type === eventType.heartbeat || type === eventType.heartbeatV2 || low === 0)
      return this.#lastOffset;
    let offset = this.#lastOffset - (this.#lastOffset % 2 ** 32) + low;
    if (offset < this.#lastOffset - 2 ** 31) offset += 2 ** 32;
    this.#lastOffset = offset;
    return offset;
  }

  #follow(input: Buffer, at: number, end: number, bodyEnd: number): void {
    const {type, endOffset} = this.#event;
    if (isOutsideTransactions(type)) return;
    const startOffset = endOffset - (end - at);
    if (startsTransaction(type)) traceStart(this.#trace, type, input, at, bodyEnd, startOffset);
    else tracePlainStart(this.#trace, type, input, bodyEnd, startOffset);
    traceEvent(this.#trace, input, at, end, this.#hasChecksum, endOffset);
  }

  /** A rotate before the first format description says nothing of checksums: its own bytes do. */
  #rotate(input: Buffer, view: DataView, at: number, end: number): Promise<void> | void {
    const summed = end - eventChecksumBytes;
    const hasChecksum = crc32(input.subarray(at, summed)) === view.getUint32(summed, true);
    const bodyEnd = hasChecksum ? summed : end;
    const {file, offset} = parseRotate(input, at + eventHeaderBytes, bodyEnd);
    const held = this.#give(input, view, at, bodyEnd);
    this.#event.file = file;
    this.#lastOffset = offset;
    return held;
  }

  #give(input: Buffer, view: DataView, at: number, bodyEnd: number): Promise<void> | void {
    const event = this.#event;
    event.timestampSeconds = view.getUint32(at, true);
    event.serverId = view.getUint32(at + 5, true);
    event.flags = view.getUint16(at + 17, true);
    event.input = input;
    event.view = view;
    event.at = at + eventHeaderBytes;
    event.end = bodyEnd;
    // Nothing before the position asked for is given, wherever the dump had to begin.
    const {file, offset} = this.#settings.position;
    const isHeader = event.type === eventType.formatDescription;
    if (this.#readsUp && event.file === file && event.endOffset <= offset && !isHeader) return;
    if (this.#settings.takeRaw) return this.#onEvent(event);
    if (event.type === eventType.incident)
      throw fail('SYNC2110', this.#details({place: this.#where()}), undefined, this.#place());
    if (event.type >= mariadbEventType.annotateRows) unpackView(event);
    if (event.type === mariadbEventType.partialRowData)
      throw fail('SYNC2128', this.#details({place: this.#where()}), undefined, this.#place());
    if (!isKnownEvent(event.type)) {
      // Whoever does not know an event with this flag may pass over it: it changes nothing.
      if ((event.flags & eventFlag.ignorable) !== 0) return;
      const details = this.#details({type: event.type, place: this.#where()});
      throw fail('SYNC2109', details, undefined, this.#place());
    }
    // The rest of a compressed transaction is dropped when its reader has stopped.
    if (!this.#ended) return this.#onEvent(event);
  }

  #verify(input: Buffer, at: number, end: number): void {
    if (!this.#hasChecksum) return;
    const summed = end - eventChecksumBytes;
    if (crc32(input.subarray(at, summed)) !== input.readUInt32LE(summed)) throw this.#badSum();
  }

  #badSum(): unknown {
    return fail('SYNC2111', this.#details({place: this.#where()}), undefined, this.#place());
  }

  #refused({errno, sqlMessage}: {errno: number; sqlMessage: string}): unknown {
    const coded = classifySourceError({errno, sqlMessage}, this.server);
    if (coded.code !== 'SYNC2013') return coded;
    return fail(
      'SYNC2106',
      this.#details({errno, said: sqlMessage.replace(/\.+$/, '')}),
      undefined,
      this.#place(),
    );
  }

  /** Bytes that a parser refused (RangeError) get the code of unreadable events. */
  #coded(error: unknown): unknown {
    if (isSyncError(error) || !(error instanceof RangeError)) return error;
    const details = this.#details({what: error.message, place: this.#where()});
    return fail('SYNC2112', details, error, this.#place());
  }

  #details<D>(details: D): D & {server: string} {
    return {...details, server: this.server};
  }

  #place(): {where: string} {
    return {where: `source ${this.server}, ${this.#where()}`};
  }

  #where(): string {
    return `${this.#event.file}:${this.#event.endOffset}`;
  }
}
