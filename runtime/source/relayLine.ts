// Reads the relay log as if its packets came from a server, for a binlog stream over it: waits at its end for more, passes on
// heartbeats once everything before was given, and tells where packets of another server begin.
import {open, type FileHandle} from 'node:fs/promises';
import {fail, isSyncError} from '../base/errors.ts';
import type {ByteFlow, ByteLine} from './byteLine.ts';
import type {Position} from './position.ts';
import {headOf, RecordReader} from './relayFile.ts';
import type {RelayFile, RelayLog} from './relayLog.ts';
import {recordHeadBytes, recordKind} from './relayRecord.ts';

export class RelayLine implements ByteLine {
  readonly server: string;
  readonly #log: RelayLog;
  readonly #onStart: (start: Position) => void;
  #file: RelayFile;
  #offset = 0;
  /** The least that a cut left of the file since it was looked at last. */
  #cutTo = Infinity;
  #heartbeats: number;
  #onBytes: (bytes: Buffer) => void = () => undefined;
  #onError: (error: Error) => void = () => undefined;
  #running: PromiseWithResolvers<void> | null = Promise.withResolvers<void>();
  #isBegun = false;
  #isOver = false;

  /** Packets of `log` from the beginning of `file` on. `onStart` hears where each file begins, before its packets. */
  constructor(log: RelayLog, file: RelayFile, server: string, onStart: (start: Position) => void) {
    this.#log = log;
    this.#file = file;
    this.server = server;
    this.#onStart = onStart;
    this.#heartbeats = log.heartbeats;
    log.onCut = (cut, bytes) => {
      if (cut === this.#file) this.#cutTo = Math.min(this.#cutTo, bytes);
    };
  }

  /** Bytes of the log that were not given yet. */
  get bytesLeft(): number {
    return this.#log.bytesAfter(this.#file, this.#offset);
  }

  takeBytes(onBytes: (bytes: Buffer) => void): ByteFlow {
    this.#onBytes = onBytes;
    return {
      on: (event, listener) => (event === 'error' ? (this.#onError = listener) : undefined),
      write: () => undefined,
      pause: () => (this.#running ??= Promise.withResolvers<void>()),
      resume: () => this.#resume(),
    };
  }

  destroy(): void {
    this.#isOver = true;
    this.#log.isDry = false;
    this.#log.wake();
    this.#running?.resolve();
  }

  #resume(): void {
    this.#running?.resolve();
    this.#running = null;
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#read().catch((error: Error) => {
      if (!this.#isOver) this.#onError(error);
    });
  }

  async #read(): Promise<void> {
    while (!this.#isOver) {
      const handle = await this.#open();
      try {
        await this.#readFile(handle);
      } finally {
        await handle.close();
      }
    }
  }

  async #open(): Promise<FileHandle> {
    try {
      return await open(this.#log.pathOf(this.#file), 'r');
    } catch (error) {
      throw this.#damaged(`the system says ${(error as NodeJS.ErrnoException).code}`, error);
    }
  }

  /** Gives what stands in the file until the next one begins. */
  async #readFile(handle: FileHandle): Promise<void> {
    let records = new RecordReader(handle);
    while (!this.#isOver) {
      if (this.#cutTo < this.#offset) throw this.#lost();
      // What was read ahead may have been cut off and written anew.
      if (this.#cutTo < Infinity) records = new RecordReader(handle, this.#offset);
      this.#cutTo = Infinity;
      const {bytes: bytesMax} = this.#file;
      if (this.#offset === bytesMax) {
        if (await this.#wait()) return;
        continue;
      }
      const record = await records.next(bytesMax);
      if (this.#isOver) return;
      if (this.#cutTo < Infinity) continue;
      if (record === null) throw this.#damaged(`a record at ${records.offset} is not whole`);
      const {bytes, at, end} = record;
      const isFirst = this.#offset === 0;
      const isHead = bytes[at] === recordKind.head;
      if (isFirst ? headOf(record, this.#file.number) === null : isHead)
        throw this.#damaged(`the record at ${this.#offset} is of another file`);
      this.#offset = records.offset;
      if (isFirst) this.#onStart(this.#file.start);
      if (bytes[at] !== recordKind.packets) continue;
      this.#onBytes(bytes.subarray(at + recordHeadBytes, end));
      await this.#flowing();
    }
  }

  /** Whoever takes the bytes may have paused. */
  async #flowing(): Promise<void> {
    while (this.#running !== null && !this.#isOver) await this.#running.promise;
  }

  /** At the end of the file: true when another one goes on, false when something came to this one. */
  async #wait(): Promise<boolean> {
    const next = this.#log.after(this.#file);
    if (next !== null) {
      this.#file = next;
      this.#offset = 0;
      return true;
    }
    if (this.#heartbeats !== this.#log.heartbeats) {
      this.#heartbeats = this.#log.heartbeats;
      this.#onBytes(packetOf(this.#log.heartbeat));
      await this.#flowing();
      return false;
    }
    this.#log.isDry = true;
    await this.#log.changed();
    this.#log.isDry = false;
    return false;
  }

  /** What was given was cut off: the link to the source was lost within a transaction. */
  #lost(): unknown {
    return fail('SYNC2108', {server: this.server}, undefined, {where: `source ${this.server}`});
  }

  #damaged(problem: string, cause?: unknown): unknown {
    if (isSyncError(cause)) return cause;
    return fail('SYNC2130', {path: this.#log.pathOf(this.#file), problem}, cause);
  }
}

/** A short event as one packet. */
function packetOf(event: Buffer): Buffer {
  const packet = Buffer.alloc(5 + event.length);
  packet.writeUIntLE(1 + event.length, 0, 3);
  event.copy(packet, 5);
  return packet;
}
