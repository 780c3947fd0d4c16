// One block on its way from rows to the wire: records are gathered in pieces, each piece is compressed while the next one
// is gathered, and the compressed bytes are the body of the block's PUT. Only a few pieces exist at a time, so a block's
// length does not matter. One zstd frame a block; format of the records: protocol section 14.
import type {Readable} from 'node:stream';
import {constants, createZstdCompress, type ZstdCompress} from 'node:zlib';
import {KiB, MiB} from '../base/sizes.ts';
import {createRecordBuffer, sealRecords, type RecordBuffer} from '../codec/recordBuffer.ts';
import {nearBuffers} from '../codec/wasmMemory.ts';
import {levelDefault, levelOfQuickWire} from '../sink/compress.ts';

/** Records handed to the compressor at once: long enough for its thread to be worth waking. */
export const pieceBytes = 768 * KiB;
/** A piece is handed on after a socket read, so it holds that much more. */
const pieceSlackBytes = 512 * KiB;
/** One is filled while the others are compressed. */
const piecesMax = 3;
const piecesKept = piecesMax + 1;
/** A row may be longer than many pieces: then it is compressed alone. */
const compressingBytesMax = piecesMax * (pieceBytes + pieceSlackBytes);
/** Compressed bytes that may wait for the socket of the target. */
const bodyBytesMax = MiB;

/** A wire that leaves more than this behind while a piece is made is the slower of the two. */
const bodyBytesLate = 256 * KiB;

/** Memory of one worker's pieces, reused from block to block, and what its blocks taught about the wire. */
export interface PiecePool {
  free: Buffer[];
  /** The zstd level of the next block. */
  level: number;
}

export function createPiecePool(): PiecePool {
  // They lie where the transcoder writes.
  return {free: nearBuffers(piecesKept, pieceBytes + pieceSlackBytes), level: levelDefault};
}

/** A block that is being written. Closed by `end` or `cut`, and `free`. */
export class BlockStream {
  /** Transcoders append here. */
  readonly records: RecordBuffer;
  readonly #pool: PiecePool;
  readonly #begun = Promise.withResolvers<void>();
  #body: ZstdCompress | null = null;
  #whole: Buffer | null = null;
  #compressing = 0;
  #compressingBytes = 0;
  #pieces = 0;
  #piecesLate = 0;
  #error: Error | null = null;
  #waiting: PromiseWithResolvers<void> | null = null;

  constructor(pool: PiecePool) {
    this.#pool = pool;
    this.records = createRecordBuffer(0);
    lay(this.records, take(pool));
    this.#begun.promise.catch(() => undefined);
  }

  /** To be called after each socket read: hands a full piece on. A promise holds the source back. */
  push(): Promise<void> | undefined {
    if (this.#error !== null) return Promise.reject(this.#error);
    const {records} = this;
    if (records.length < pieceBytes) return undefined;
    this.#handOn(records.bytes.subarray(0, records.length));
    lay(records, take(this.#pool));
    if (this.#hasRoom()) return undefined;
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** Writes the footer and ends the block. */
  end(): void {
    const last = sealRecords(this.records);
    if (this.#body === null) {
      this.#whole = last;
      this.#begun.resolve();
      return;
    }
    // Where the wire takes all there is at once, bytes are cheaper than the time to make fewer of them.
    const isQuick = this.#piecesLate * 2 < this.#pieces;
    this.#pool.level = isQuick ? levelOfQuickWire : levelDefault;
    this.#handOn(last);
    this.#body.end();
  }

  /** Settles when the first piece is handed on or the block has ended. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** The whole block, uncompressed, if it ended before a piece was full; else null and `body` has it. */
  get whole(): Buffer | null {
    return this.#whole;
  }

  /** The compressed block, piece by piece from now on. Breaks off after `cut`. */
  body(): Readable {
    this.#body ??= this.#openBody();
    return this.#body;
  }

  /** Gives the block up: who reads `body` or waits in `push` or for `begun` gets `error`. */
  cut(error: Error): void {
    this.#breakOff(error);
    this.#body?.destroy(error);
  }

  /** Gives the memory back; nothing of the block may be used any more. */
  free(): void {
    if (this.#whole !== null) give(this.#pool, this.records.bytes);
    this.#whole = null;
  }

  #handOn(bytes: Buffer): void {
    const piece = this.records.bytes;
    this.#compressing++;
    this.#compressingBytes += bytes.length;
    this.#body ??= this.#openBody();
    this.#pieces++;
    if (this.#body.readableLength > bodyBytesLate) this.#piecesLate++;
    this.#body.write(bytes, () => {
      this.#compressing--;
      this.#compressingBytes -= bytes.length;
      give(this.#pool, piece);
      this.#settle();
    });
  }

  #hasRoom(): boolean {
    return this.#compressing < piecesMax && this.#compressingBytes < compressingBytesMax;
  }

  #openBody(): ZstdCompress {
    const stream = createCompressor(this.#pool.level);
    stream.on('error', error => this.#breakOff(error));
    stream.on('close', () => {
      // Who reads the body may leave without a word.
      if (!stream.readableEnded) this.#breakOff(new Error('nobody reads the block any more'));
    });
    this.#begun.resolve();
    return stream;
  }

  #breakOff(error: Error): void {
    this.#error ??= error;
    this.#begun.reject(this.#error);
    this.#settle();
  }

  #settle(): void {
    if (this.#error !== null) this.#waiting?.reject(this.#error);
    else if (this.#hasRoom()) this.#waiting?.resolve();
    else return;
    this.#waiting = null;
  }
}

function createCompressor(level: number): ZstdCompress {
  // The typings know no stream options here.
  const options = {
    chunkSize: 256 * KiB,
    params: {[constants.ZSTD_c_compressionLevel]: level},
    readableHighWaterMark: bodyBytesMax,
  };
  return createZstdCompress(options);
}

/** Gives `records` an empty piece; its count and checksum go on. */
function lay(records: RecordBuffer, piece: Buffer): void {
  records.bytes = piece;
  records.view = new DataView(piece.buffer, piece.byteOffset, piece.length);
  records.length = 0;
}

function take(pool: PiecePool): Buffer {
  return pool.free.pop() ?? Buffer.allocUnsafeSlow(pieceBytes + pieceSlackBytes);
}

/** A piece that grew for a long row, or one too many, is left to the garbage collector. */
function give(pool: PiecePool, piece: Buffer): void {
  if (piece.length <= pieceBytes + pieceSlackBytes && pool.free.length < piecesKept)
    pool.free.push(piece);
}
