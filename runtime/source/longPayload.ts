// A compressed transaction that comes in pieces, as large as a binlog event can be: each piece is unpacked and its events
// are given before the next is taken, so that memory holds neither the packed nor the unpacked transaction.
// The last event, which ends the transaction, is given once the whole event has arrived and its checksum is known.
import {crc32, type ZstdDecompress} from 'node:zlib';
import {eventChecksumBytes, eventHeaderBytes, parsePayloadHeader} from '../codec/binlogEvent.ts';
import {createUnpacking, walkStream, type TakeEvent} from './payload.ts';

/** The fields before the packed bytes take less. */
const fieldBytesMax = 64;
const compressionZstd = 0;

/** Takes one event, header first, in pieces. */
export interface TakePieces {
  /** Bytes of the event that have come. */
  bytesSeen: number;
  feed: (piece: Buffer) => Promise<void>;
  end: (piece: Buffer, onWhole: (sum: number | null) => void) => Promise<void>;
}

export class LongPayload implements TakePieces {
  /** Bytes of the event that have come. */
  bytesSeen = 0;
  readonly #hasChecksum: boolean;
  readonly #isVerified: boolean;
  readonly #take: TakeEvent;
  /** What came before the fields were whole. */
  #head: Buffer | null = Buffer.alloc(0);
  #eventBytes = 0;
  #sum = 0;
  #tail: Buffer = Buffer.alloc(0);
  #unpacking: ZstdDecompress | null = null;
  #walked: Promise<void> = Promise.resolve();
  #walkEnd: {error: unknown} | null = null;
  #whole = Promise.withResolvers<void>();
  /** Settles the write under way; null and undefined: without an error. */
  #endWrite: (error: unknown) => void = () => undefined;

  constructor(checks: {hasChecksum: boolean; isVerified: boolean}, take: TakeEvent) {
    this.#hasChecksum = checks.hasChecksum;
    this.#isVerified = checks.isVerified;
    this.#take = take;
    this.#whole.promise.catch(() => undefined);
  }

  /** Takes the next piece of the event, header first; resolves when its events were taken. The piece must stay as it is. */
  async feed(piece: Buffer): Promise<void> {
    this.bytesSeen += piece.length;
    if (this.#head !== null) {
      this.#head = Buffer.concat([this.#head, piece]);
      if (this.#head.length < eventHeaderBytes + fieldBytesMax) return;
      piece = this.#begin(this.#head);
      this.#head = null;
    }
    await this.#unpack(this.#withoutSum(piece));
  }

  /**
   * Takes the last piece. `onWhole` is called with the event's sum, or null where it is wrong, before the last event is
   * given; resolves when that was taken.
   */
  async end(piece: Buffer, onWhole: (sum: number | null) => void): Promise<void> {
    await this.feed(piece);
    const unpacking = this.#unpacking;
    if (unpacking === null || this.bytesSeen !== this.#eventBytes) {
      unpacking?.destroy();
      throw new RangeError('an event of another size than its packet');
    }
    try {
      onWhole(this.#checked());
    } catch (error) {
      this.#whole.reject(error);
      throw error;
    }
    this.#whole.resolve();
    unpacking.end();
    await this.#walked;
  }

  /** Reads the fields and starts to unpack; gives what follows them. The sum goes over all bytes. */
  #begin(head: Buffer): Buffer {
    this.#eventBytes = head.readUInt32LE(9);
    const header = parsePayloadHeader(head, eventHeaderBytes, head.length);
    const {compression, uncompressedBytes, payloadAt} = header;
    if (compression !== compressionZstd)
      throw new RangeError(`a transaction of this size compressed by method ${compression}`);
    this.#unpacking = createUnpacking();
    this.#walked = walkStream(this.#unpacking, uncompressedBytes, this.#take, this.#whole.promise);
    this.#watchWalk();
    if (this.#isSummed()) this.#sum = crc32(head.subarray(0, payloadAt), this.#sum);
    return head.subarray(payloadAt);
  }

  /** The packed bytes of a piece: the last four of the event may be its checksum, wherever pieces are cut. */
  #withoutSum(piece: Buffer): Buffer {
    const kept = this.#hasChecksum ? eventChecksumBytes : 0;
    const bytes = this.#tail.length === 0 ? piece : Buffer.concat([this.#tail, piece]);
    const packed = bytes.subarray(0, Math.max(0, bytes.length - kept));
    this.#tail = Buffer.from(bytes.subarray(packed.length));
    if (this.#isSummed()) this.#sum = crc32(packed, this.#sum);
    return packed;
  }

  /** A sum is needed to verify one, or where the event brings none. */
  #isSummed(): boolean {
    return this.#isVerified || !this.#hasChecksum;
  }

  #checked(): number | null {
    if (!this.#hasChecksum) return this.#sum | 0;
    const said = this.#tail.readInt32LE(0);
    return this.#isVerified && said !== (this.#sum | 0) ? null : said;
  }

  /** An error of whoever takes the events ends the walk, and with it the stream: nobody would answer the write. */
  async #unpack(packed: Buffer): Promise<void> {
    const unpacking = this.#unpacking;
    if (unpacking === null || packed.length === 0) return;
    const written = Promise.withResolvers<void>();
    this.#endWrite = error => (error == null ? written.resolve() : written.reject(error));
    unpacking.write(packed, this.#endWrite);
    if (this.#walkEnd !== null) this.#endWrite(this.#walkEnd.error);
    await written.promise.catch((error: unknown) => {
      unpacking.destroy();
      throw error;
    });
  }

  /** Settles the write under way when the walk ends. */
  #watchWalk(): void {
    const end = (error: unknown) => {
      this.#walkEnd = {error};
      this.#endWrite(error);
    };
    // Once for the event: a race for each piece would hold all of them until the walk ends.
    this.#walked.then(() => end(null), end);
  }
}
