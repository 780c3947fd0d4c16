// A disk that forgets what was not synced, writes less than asked, and is full now and then.
import type {SpoolDisk, SpoolHandle} from '../../../runtime/task/spool.ts';
import type {Life, SimClock} from './simClock.ts';

interface SimFile {
  bytes: Buffer;
  /** How much of it would survive a power cut. */
  syncedBytes: number;
}

export class SimDisk {
  readonly files = new Map<string, SimFile>();
  readonly #clock: SimClock;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** The disk as the runtime of `life` sees it. */
  of(life: Life, fullShare: number): SpoolDisk {
    return {
      open: (path, flags) => life.after(() => this.#open(life, path, flags, fullShare)),
      unlink: path => life.after(() => void this.files.delete(path)),
      makeFolder: () => undefined,
      list: path => [...this.files.keys()].map(name => name.slice(path.length + 1)),
      remove: path => void this.files.delete(path),
    };
  }

  /** What a power cut leaves: of what was not synced, any part. */
  cut(): void {
    for (const [path, file] of this.files) {
      const kept = file.syncedBytes + this.#clock.below(file.bytes.length - file.syncedBytes + 1);
      if (file.syncedBytes === 0 && this.#clock.chance(0.3)) this.files.delete(path);
      else file.bytes = file.bytes.subarray(0, kept);
    }
  }

  #open(life: Life, path: string, flags: 'r' | 'w', fullShare: number): SpoolHandle {
    const clock = this.#clock;
    if (flags === 'w') this.files.set(path, {bytes: Buffer.alloc(0), syncedBytes: 0});
    const file = this.files.get(path);
    if (file === undefined && path.includes('batch-'))
      throw Object.assign(new Error(), {code: 'ENOENT'});
    return {
      write: (bytes, at, length, offset) =>
        life.after(() => {
          if (clock.chance(fullShare)) throw Object.assign(new Error(), {code: 'ENOSPC'});
          const written = length > 1 && clock.chance(0.1) ? 1 + clock.below(length) : length;
          const grown = Buffer.alloc(Math.max(file!.bytes.length, offset + written));
          file!.bytes.copy(grown);
          bytes.copy(grown, offset, at, at + written);
          file!.bytes = grown;
          return {bytesWritten: written};
        }),
      read: (bytes, at, length, offset) =>
        life.after(() => ({bytesRead: file!.bytes.copy(bytes, at, offset, offset + length)})),
      sync: () =>
        life.after(() => {
          if (file !== undefined) file.syncedBytes = file.bytes.length;
        }),
      close: () => life.after(() => undefined),
    };
  }
}
