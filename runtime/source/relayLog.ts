// The relay log: what was read of the source's binlog, in files on our disk, so that what the source purges meanwhile is still
// there. Owns which files there are, how far they are whole, and what they cost. Does not know who fills or reads them, but for
// waking readers. Whatever is not proved whole is cut off: it is read from the source again.
// Order of writes: a file is complete and synced before the next begins; files go oldest first. Format: relayRecord.ts.
import {mkdirSync, readdirSync, rmSync, statSync} from 'node:fs';
import {open, rename, truncate, unlink, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import {assert} from '../base/assert.ts';
import {fail} from '../base/errors.ts';
import {secondMs} from '../base/sizes.ts';
import {containsGtidSet, parseGtidSet} from './gtidSet.ts';
import {isBeforePlace} from './place.ts';
import type {Position} from './position.ts';
import {readRelayHead, scanRelayFile, type RelayMark} from './relayFile.ts';
import {jsonRecord, recordKind} from './relayRecord.ts';

const namePattern = /^relay-(\d{8})$/;
/** What the disk may lose in a power cut: it is read from the source again. */
const syncMs = secondMs;

/** One file; `bytes` of it may be read. */
export interface RelayFile {
  number: number;
  start: Position;
  bytes: number;
}

export class RelayLog implements AsyncDisposable {
  readonly dir: string;
  /** A reader has taken everything in and waits. */
  isDry = false;
  /** The last heartbeat of the source, as an event, and how many came. It says that everything before was read. */
  heartbeat: Buffer = Buffer.alloc(0);
  heartbeats = 0;
  /** Hears what is cut off: the file, and the bytes of it that stay. */
  onCut: (file: RelayFile, bytes: number) => void = () => undefined;
  #files: RelayFile[] = [];
  #handle: FileHandle | null = null;
  #mark: RelayMark | null = null;
  #kept: Position | null = null;
  #changed = Promise.withResolvers<void>();
  #isSynced = true;
  #syncTimer: NodeJS.Timeout | null = null;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** Opens what is in `dir`, as far as it is whole. SYNC2129 when the disk refuses, like every method here. */
  static async open(dir: string): Promise<RelayLog> {
    const log = new RelayLog(dir);
    await guard(dir, () => log.#recover());
    return log;
  }

  /** The end of the last whole transaction; null while there is nothing. */
  get head(): Position | null {
    return this.#mark?.position ?? null;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /** Bytes of the file that grows. */
  get lastBytes(): number {
    return this.#files.at(-1)?.bytes ?? 0;
  }

  /** Bytes of what comes after `file` at `offset`; none where what was there is cut off. */
  bytesAfter({number}: RelayFile, offset: number): number {
    const later = this.#files.filter(file => file.number >= number);
    return Math.max(
      0,
      later.reduce((sum, file) => sum + file.bytes, -offset),
    );
  }

  pathOf({number}: RelayFile): string {
    return join(this.dir, `relay-${String(number).padStart(8, '0')}`);
  }

  /** The file after `file`; null while that is the last. */
  after({number}: RelayFile): RelayFile | null {
    return this.#files.find(file => file.number === number + 1) ?? null;
  }

  /** The file to read from for everything after `position`; null when some of that is not here. */
  fileFor(position: Position): RelayFile | null {
    const head = this.head;
    if (head === null || !isAtOrAfter(head, position)) return null;
    return this.#files.findLast(file => isAtOrAfter(position, file.start)) ?? null;
  }

  /** Forgets everything, and begins at `position`. */
  async begin(position: Position): Promise<void> {
    await this.clear();
    await this.#startFile(position);
  }

  /** Removes every file. */
  async clear(): Promise<void> {
    await this.#close();
    const files = this.#files.splice(0);
    this.#mark = null;
    this.#kept = null;
    for (const file of files) await guard(this.dir, () => unlink(this.pathOf(file)));
    this.wake();
  }

  /** Goes on in a new file, which begins at `position`: the end of the last one, or the same at another server. */
  async nextFile(position: Position): Promise<void> {
    assert(this.#mark?.bytes === this.lastBytes, 'a file of the relay log ends with a mark');
    await this.#startFile(position);
    await this.#prune();
  }

  /** Appends whole records; `mark` is the last of them that is one. Readers see them when this resolves. */
  async append(records: Buffer, mark: RelayMark | null): Promise<void> {
    const file = this.#files.at(-1)!;
    const handle = this.#handle!;
    const before = file.bytes;
    await guard(this.dir, async () => {
      for (let at = 0; at < records.length;) {
        const left = records.length - at;
        at += (await handle.write(records, at, left, before + at)).bytesWritten;
      }
    });
    file.bytes += records.length;
    if (mark !== null) this.#mark = {position: mark.position, bytes: before + mark.bytes};
    this.#isSynced = false;
    this.#syncTimer ??= setTimeout(() => void this.#sync().catch(() => undefined), syncMs).unref();
    this.wake();
  }

  /** Cuts off what came after the last mark: a transaction whose end was not read. The reader is told. */
  async rewind(): Promise<void> {
    const file = this.#files.at(-1);
    if (file === undefined || this.#mark === null || file.bytes === this.#mark.bytes) return;
    const {bytes} = this.#mark;
    await guard(this.dir, () => this.#handle!.truncate(bytes));
    file.bytes = bytes;
    this.onCut(file, bytes);
    this.wake();
  }

  /** Notes a heartbeat. */
  beat(event: Buffer): void {
    this.heartbeat = event;
    this.heartbeats++;
    this.wake();
  }

  /** Removes the files that nobody needs who goes on from `kept` or later. */
  async keepFrom(kept: Position): Promise<void> {
    this.#kept = kept;
    await this.#prune();
  }

  /** Resolves when something was appended, cut off, removed or heard, or somebody woke the log. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Lets whoever waits for a change look again. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #prune(): Promise<void> {
    const needed = this.#kept === null ? null : this.fileFor(this.#kept);
    if (needed === null) return;
    while (this.#files[0]!.number < needed.number) {
      const oldest = this.#files.shift()!;
      await guard(this.dir, () => unlink(this.pathOf(oldest)));
      this.wake();
    }
  }

  async #startFile(start: Position): Promise<void> {
    const before = this.#files.at(-1);
    await this.#close();
    const file = {number: (before?.number ?? 0) + 1, start, bytes: 0};
    const bytesBefore = before?.bytes ?? 0;
    const head = jsonRecord(recordKind.head, {version: 1, number: file.number, start, bytesBefore});
    await guard(this.dir, async () => {
      // A name stands for a file with a head.
      const made = `${this.pathOf(file)}.new`;
      this.#handle = await open(made, 'w+', 0o600);
      await this.#handle.write(head, 0, head.length, 0);
      await this.#handle.sync();
      await rename(made, this.pathOf(file));
      const folder = await open(this.dir, 'r');
      await folder.sync().finally(() => folder.close());
    });
    file.bytes = head.length;
    this.#files.push(file);
    this.#mark = {position: start, bytes: head.length};
    this.wake();
  }

  async #sync(): Promise<void> {
    this.#syncTimer = null;
    if (this.#isSynced || this.#handle === null) return;
    this.#isSynced = true;
    await guard(this.dir, () => this.#handle!.datasync());
  }

  async #close(): Promise<void> {
    if (this.#syncTimer !== null) clearTimeout(this.#syncTimer);
    await this.#sync();
    await this.#handle?.close();
    this.#handle = null;
  }

  /** The longest run of files up to the newest, each as long as the one after it says; the newest as far as it is whole. */
  async #recover(): Promise<void> {
    mkdirSync(this.dir, {recursive: true, mode: 0o700});
    const numbers = readdirSync(this.dir)
      .flatMap(name => namePattern.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
    const kept: RelayFile[] = [];
    let bytesBefore: number | null = null;
    for (const number of numbers.toReversed()) {
      const file: RelayFile = {number, start: noPosition, bytes: 0};
      const path = this.pathOf(file);
      const next = kept[0];
      if (next !== undefined && (next.number !== number + 1 || statSync(path).size !== bytesBefore))
        break;
      const found =
        next === undefined ? await scanRelayFile(path, number) : await readWhole(path, number);
      if (found === null && next !== undefined) break;
      if (found === null) continue;
      if (next === undefined) {
        this.#mark = found.mark;
        await truncate(path, found.mark.bytes);
      }
      file.start = found.head.start;
      file.bytes = found.mark.bytes;
      bytesBefore = found.head.bytesBefore;
      kept.unshift(file);
    }
    this.#files = kept;
    const names = new Set(kept.map(file => this.pathOf(file)));
    for (const name of readdirSync(this.dir))
      if (!names.has(join(this.dir, name))) rmSync(join(this.dir, name), {force: true});
    const last = kept.at(-1);
    if (last !== undefined) this.#handle = await open(this.pathOf(last), 'r+');
  }
}

const noPosition: Position = {
  epoch: 0,
  serverUuid: '',
  gtidSet: '',
  file: '',
  offset: 0,
  fingerprint: null,
};

/** A file that the next one vouches for: its length is right, so that its sums are looked at when it is read. */
async function readWhole(path: string, number: number): ReturnType<typeof scanRelayFile> {
  const head = await readRelayHead(path, number);
  if (head === null) return null;
  return {head, mark: {position: head.start, bytes: statSync(path).size}};
}

/** Whether everything before `earlier` is before `later` too. By sets where there are any; else by place, of one server. */
function isAtOrAfter(later: Position, earlier: Position): boolean {
  if (later.gtidSet !== '')
    return containsGtidSet(parseGtidSet(later.gtidSet), parseGtidSet(earlier.gtidSet));
  if (earlier.gtidSet !== '' || later.serverUuid !== earlier.serverUuid) return false;
  return !isBeforePlace(later, earlier);
}

async function guard<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const problem = (error as NodeJS.ErrnoException).code ?? String(error);
    throw fail('SYNC2129', {dir, problem}, error);
  }
}
