// The spool: compressed blocks of one batch in one file, appended while the batch grows, fsynced before it is sent (rule C8).
// A file is removed once its batch is done; a file that no open intent names is a leftover of a crash.
import {mkdirSync, readdirSync, rmSync} from 'node:fs';
import {open, unlink, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {fail} from '../base/errors.ts';
import type {SpoolBlock} from './ledgerTypes.ts';

/** A spool file while it is written. Appends may overlap: each gets its own range at once. */
export class SpoolFile implements AsyncDisposable {
  readonly name: string;
  readonly #dir: string;
  readonly #handle: FileHandle;
  #length = 0;

  private constructor(dir: string, name: string, handle: FileHandle) {
    this.#dir = dir;
    this.name = name;
    this.#handle = handle;
  }

  /** Makes `name` in `dir`. Raises SYNC5020 when the disk refuses, like every method here. */
  static async create(dir: string, name: string): Promise<SpoolFile> {
    return new SpoolFile(dir, name, await guard(dir, () => open(join(dir, name), 'w', 0o600)));
  }

  /** Writes one block; resolves when the system has it (durable after `seal`). */
  async append(bytes: Buffer): Promise<SpoolBlock> {
    const block = {offset: this.#length, length: bytes.length};
    this.#length += bytes.length;
    await guard(this.#dir, async () => {
      for (let at = 0; at < bytes.length;) {
        const {bytesWritten} = await this.#handle.write(
          bytes,
          at,
          bytes.length - at,
          block.offset + at,
        );
        at += bytesWritten;
      }
    });
    return block;
  }

  /** Makes every block durable, the file's name included. */
  async seal(): Promise<void> {
    await guard(this.#dir, async () => {
      await this.#handle.sync();
      const dir = await open(this.#dir, 'r');
      await dir.sync().finally(() => dir.close());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** Reads one block back. Raises SYNC5020 when it is not whole. */
export async function readSpoolBlock(
  dir: string,
  name: string,
  block: SpoolBlock,
): Promise<Buffer> {
  return guard(dir, async () => {
    await using handle = await open(join(dir, name), 'r');
    const bytes = Buffer.allocUnsafeSlow(block.length);
    const {bytesRead} = await handle.read(bytes, 0, block.length, block.offset);
    if (bytesRead !== block.length) throw Object.assign(new Error('short read'), {code: 'EIO'});
    return bytes;
  });
}

/** Removes a file whose batch is done. Freeing its pages takes the system a while, so that nobody waits for it. */
export function removeSpoolFile(dir: string, name: string): void {
  // What cannot be removed now is a leftover that the next start removes.
  unlink(join(dir, name)).catch(() => undefined);
}

/** Makes the folder, and removes every file but those of `kept` (open intents). */
export function openSpool(dir: string, kept: ReadonlySet<string>): void {
  mkdirSync(dir, {recursive: true, mode: 0o700});
  for (const name of readdirSync(dir)) if (!kept.has(name)) rmSync(join(dir, name), {force: true});
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
