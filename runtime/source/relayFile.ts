// Reads files of the relay log: what one begins with, and how far it is whole.
import {open, type FileHandle} from 'node:fs/promises';
import {
  isWhole,
  recordBytes,
  recordHeadBytes,
  recordJson,
  recordKind,
  type RelayHead,
} from './relayRecord.ts';
import type {Position} from './position.ts';

const readBytes = 1024 * 1024;

/** The end of the last whole transaction of a file. */
export interface RelayMark {
  position: Position;
  /** Bytes of the file up to there. */
  bytes: number;
}

/** What is found of a file: its head, and its last mark (the head's own end when there is none). Null when not even a head is whole. */
export async function scanRelayFile(
  path: string,
  number: number,
): Promise<{head: RelayHead; mark: RelayMark} | null> {
  const handle = await open(path, 'r');
  try {
    const records = new RecordReader(handle);
    let found: {head: RelayHead; mark: RelayMark} | null = null;
    for (let record; (record = await records.next(Infinity)) !== null;) {
      const {bytes, at, end} = record;
      if (found === null) {
        const head = headOf(record, number);
        if (head === null) return null;
        found = {head, mark: {position: head.start, bytes: records.offset}};
      } else if (bytes[at] === recordKind.head) break;
      else if (bytes[at] === recordKind.mark)
        found.mark = {position: recordJson(bytes, at, end) as Position, bytes: records.offset};
    }
    return found;
  } finally {
    await handle.close();
  }
}

/** The head of a file alone; null when it is not whole. */
export async function readRelayHead(path: string, number: number): Promise<RelayHead | null> {
  const handle = await open(path, 'r');
  try {
    const record = await new RecordReader(handle).next(Infinity);
    return record === null ? null : headOf(record, number);
  } finally {
    await handle.close();
  }
}

/** What the first record of file `number` says; null when it is no head, or of another file. */
export function headOf({bytes, at, end}: FoundRecord, number: number): RelayHead | null {
  if (bytes[at] !== recordKind.head) return null;
  const head = recordJson(bytes, at, end) as RelayHead;
  return head.number === number ? head : null;
}

/** One record in bytes[at, end), valid until the next is read. */
export interface FoundRecord {
  bytes: Buffer;
  at: number;
  end: number;
}

/** Reads records one after the other from a file, which may grow meanwhile. */
export class RecordReader {
  /** Bytes of the file before the next record. */
  offset: number;
  readonly #handle: FileHandle;
  #bytes = Buffer.allocUnsafeSlow(readBytes);
  #at = 0;
  #end = 0;

  constructor(handle: FileHandle, offset = 0) {
    this.#handle = handle;
    this.offset = offset;
  }

  /** The next record that lies in the first `bytesMax` bytes of the file; null where none is whole there. */
  async next(bytesMax: number): Promise<FoundRecord | null> {
    if (!(await this.#have(recordHeadBytes, bytesMax))) return null;
    const length = recordBytes(this.#bytes, this.#at);
    if (length === 0 || !(await this.#have(length, bytesMax))) return null;
    const at = this.#at;
    const end = at + length;
    if (!isWhole(this.#bytes, at, end)) return null;
    this.#at = end;
    this.offset += length;
    return {bytes: this.#bytes, at, end};
  }

  /** Brings `length` bytes from the next record on into the buffer; false where the file has fewer. */
  async #have(length: number, bytesMax: number): Promise<boolean> {
    if (this.offset + length > bytesMax) return false;
    if (this.#end - this.#at >= length) return true;
    const rest = this.#bytes.subarray(this.#at, this.#end);
    if (length > this.#bytes.length) this.#bytes = Buffer.concat([rest], length);
    else rest.copy(this.#bytes);
    this.#end -= this.#at;
    this.#at = 0;
    while (this.#end < length) {
      // What lies beyond what was published may change yet.
      const wanted = Math.min(this.#bytes.length - this.#end, bytesMax - this.offset - this.#end);
      const place = this.offset + this.#end;
      const {bytesRead} = await this.#handle.read(this.#bytes, this.#end, wanted, place);
      if (bytesRead === 0) return false;
      this.#end += bytesRead;
    }
    return true;
  }
}
