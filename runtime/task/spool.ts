// The spool: compressed blocks of one batch in one file, appended while the batch grows, fsynced before it is sent (rule C8).
// A file is removed once its batch is done; a file that no open intent names is a leftover of a crash.
import {mkdirSync, readdirSync, rmSync} from 'node:fs';
import {open, unlink} from 'node:fs/promises';
import {join} from 'node:path';
import {fail} from '../base/errors.ts';
import type {SpoolBlock} from './ledgerTypes.ts';

/** What the spool asks of a disk. Another one than the system's injects faults. */
export interface SpoolDisk {
  open: (path: string, flags: 'r' | 'w', mode?: number) => Promise<SpoolHandle>;
  unlink: (path: string) => Promise<void>;
  makeFolder: (path: string) => void;
  list: (path: string) => string[];
  remove: (path: string) => void;
}

/** An open file of the spool, or its folder. */
export interface SpoolHandle {
  write: (
    bytes: Buffer,
    at: number,
    length: number,
    offset: number,
  ) => Promise<{bytesWritten: number}>;
  read: (bytes: Buffer, at: number, length: number, offset: number) => Promise<{bytesRead: number}>;
  sync: () => Promise<void>;
  close: () => Promise<void>;
}

/** The disk of the system. */
export const systemDisk: SpoolDisk = {
  open,
  unlink,
  makeFolder: path => void mkdirSync(path, {recursive: true, mode: 0o700}),
  list: path => readdirSync(path),
  remove: path => rmSync(path, {force: true}),
};

/** A spool file while it is written. Appends may overlap: each gets its own range at once. */
export class SpoolFile implements AsyncDisposable {
  readonly name: string;
  readonly #disk: SpoolDisk;
  readonly #dir: string;
  readonly #handle: SpoolHandle;
  #length = 0;

  private constructor(disk: SpoolDisk, dir: string, name: string, handle: SpoolHandle) {
    this.#disk = disk;
    this.#dir = dir;
    this.name = name;
    this.#handle = handle;
  }

  /** Makes `name` in `dir`. Raises SYNC5020 when the disk refuses, like every method here. */
  static async create(dir: string, name: string, disk = systemDisk): Promise<SpoolFile> {
    const handle = await guard(dir, () => disk.open(join(dir, name), 'w', 0o600));
    return new SpoolFile(disk, dir, name, handle);
  }

  /** Writes one block, given in pieces; resolves when the system has it (durable after `seal`). */
  async append(pieces: readonly Buffer[]): Promise<SpoolBlock> {
    const block = {offset: this.#length, length: bytesOf(pieces)};
    this.#length += block.length;
    await guard(this.#dir, async () => {
      let {offset} = block;
      for (const piece of pieces) {
        await this.#write(piece, offset);
        offset += piece.length;
      }
    });
    return block;
  }

  async #write(bytes: Buffer, offset: number): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const left = bytes.length - at;
      const {bytesWritten} = await this.#handle.write(bytes, at, left, offset + at);
      at += bytesWritten;
    }
  }

  /** Makes every block durable, the file's name included. */
  async seal(): Promise<void> {
    await guard(this.#dir, async () => {
      await this.#handle.sync();
      const dir = await this.#disk.open(this.#dir, 'r');
      await dir.sync().finally(() => dir.close());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** Reads one block back, into `room` where it is long enough. Raises SYNC5020 when it is not whole. */
export async function readSpoolBlock(
  dir: string,
  name: string,
  block: SpoolBlock,
  disk = systemDisk,
  room: Buffer | null = null,
): Promise<Buffer> {
  return guard(dir, async () => {
    const handle = await disk.open(join(dir, name), 'r');
    try {
      const hasRoom = room !== null && room.length >= block.length;
      const bytes = hasRoom ? room.subarray(0, block.length) : Buffer.allocUnsafeSlow(block.length);
      const {bytesRead} = await handle.read(bytes, 0, block.length, block.offset);
      if (bytesRead !== block.length) throw Object.assign(new Error('short read'), {code: 'EIO'});
      return bytes;
    } finally {
      await handle.close();
    }
  });
}

/** Removes a file whose batch is done. Freeing its pages takes the system a while, so that nobody waits for it. */
export function removeSpoolFile(dir: string, name: string, disk = systemDisk): void {
  // What cannot be removed now is a leftover that the next start removes.
  disk.unlink(join(dir, name)).catch(() => undefined);
}

/** Makes the folder, and removes every file but those of `kept` (open intents). */
export function openSpool(dir: string, kept: ReadonlySet<string>, disk = systemDisk): void {
  disk.makeFolder(dir);
  for (const name of disk.list(dir)) if (!kept.has(name)) disk.remove(join(dir, name));
}

function bytesOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, {length}) => sum + length, 0);
}

async function guard<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fail(
      'SYNC5020',
      {dir, problem: (error as NodeJS.ErrnoException).code ?? String(error)},
      error,
    );
  }
}
