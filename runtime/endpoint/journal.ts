// A file of lines of JSON that only grows: what was appended is read again at the next start. Appends that come together are
// written, and where asked made durable, together. A line that was cut off by the end of the process counts as not written.
import {open, readFile, rename, type FileHandle} from 'node:fs/promises';

interface Append {
  text: string;
  done: PromiseWithResolvers<void>;
}

export class Journal implements AsyncDisposable {
  readonly #file: string;
  readonly #durable: boolean;
  #handle: FileHandle;
  /** Length of the whole lines. */
  #bytes: number;
  #waiting: Append[] = [];
  #work: Promise<void> = Promise.resolve();

  private constructor(file: string, durable: boolean, handle: FileHandle, bytes: number) {
    this.#file = file;
    this.#durable = durable;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Opens or makes `file`, and gives its lines. `durable`: an append has ended when the disk has it, not only the system. */
  static async open(file: string, durable: boolean): Promise<{journal: Journal; lines: unknown[]}> {
    const found = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    const whole = found.subarray(0, found.lastIndexOf(0x0a) + 1);
    const lines = whole.toString('utf8').split('\n').slice(0, -1);
    // Not opened for appending: a line that was cut off, or could not be written, is written over.
    const handle = await open(file, found.length === 0 ? 'w' : 'r+', 0o600);
    const journal = new Journal(file, durable, handle, whole.length);
    return {journal, lines: lines.map(line => JSON.parse(line) as unknown)};
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Resolves when the line is written; lines keep the order of their calls. */
  append(line: object): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#waiting.push({text: `${JSON.stringify(line)}\n`, done});
    if (this.#waiting.length === 1) this.#work = this.#work.then(() => this.#flush());
    return done.promise;
  }

  /** Puts `lines` in place of all that was written; they are asked for when everything appended before is written. */
  rewrite(lines: () => object[]): Promise<void> {
    const run = this.#work.then(async () => {
      await this.#flush();
      const draft = `${this.#file}.draft`;
      const text = lines().map(line => `${JSON.stringify(line)}\n`);
      const handle = await open(draft, 'w', 0o600);
      try {
        const bytes = Buffer.from(text.join(''), 'utf8');
        await writeAt(handle, bytes, 0);
        if (this.#durable) await handle.datasync();
        await rename(draft, this.#file);
        await this.#handle.close();
        this.#handle = handle;
        this.#bytes = bytes.length;
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
    this.#work = run.catch(() => undefined);
    return run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work;
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    const appends = this.#waiting;
    this.#waiting = [];
    if (appends.length === 0) return;
    try {
      const bytes = Buffer.from(appends.map(({text}) => text).join(''), 'utf8');
      await writeAt(this.#handle, bytes, this.#bytes);
      if (this.#durable) await this.#handle.datasync();
      this.#bytes += bytes.length;
      for (const {done} of appends) done.resolve();
    } catch (error) {
      // What is behind the last whole line must not be read as lines at the next start.
      await this.#handle.truncate(this.#bytes).catch(() => undefined);
      for (const {done} of appends) done.reject(error);
    }
  }
}

async function writeAt(handle: FileHandle, bytes: Buffer, start: number): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const {bytesWritten} = await handle.write(bytes, at, bytes.length - at, start + at);
    at += bytesWritten;
  }
}
