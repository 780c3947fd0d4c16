// The relay log of a task: a stream of its own copies the binlog to disk, ahead of whatever following waits for, so that a purge at
// the source takes nothing from a task that is held. Following reads from here alone. Owns when copying begins, goes on and waits.
// What copying cannot go on from (rule C5) stops the task with the same codes as without it.
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {isSyncError, isTrouble} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import {KiB, MiB, secondMs} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import {BinlogStream} from '../source/binlogClient.ts';
import type {SourceOptions} from '../source/connection.ts';
import type {EventView} from '../source/eventView.ts';
import {findServer, preferServer} from '../source/findServer.ts';
import type {Position} from '../source/position.ts';
import {RelayLine} from '../source/relayLine.ts';
import {RelayLog} from '../source/relayLog.ts';
import {RelayWriter} from '../source/relayWriter.ts';
import type {Holds} from './holds.ts';
import type {RelayStatus} from './progress.ts';

export interface RelayOptions {
  dir: string;
  bytesMax: number;
  source: SourceOptions;
  serverId: number;
  replicaName: string;
  verifyChecksums: boolean;
  holds: Holds;
  log: Log;
  /** The GTID set that a server must have executed. */
  needs: () => string;
  connectionMsMax: number;
  /** Ends the task with this error. */
  fail: (error: unknown) => void;
}

/** The server says that it lives this often; three silences in a row are a dead link. */
const heartbeatSeconds = 2;
/** Silence of the disk says nothing: the link is watched where it is. */
const neverSeconds = 24 * 60 * 60;
const retryFirstMs = 500;
const retryPauseMsMax = 30 * secondMs;
/** How often it is looked whether there is room again, and how long the page shows that there was none. */
const lookMs = 50;
const shownMs = secondMs;
/** Room is made file by file: eight of them show little of it as missing. */
const filesMin = 8;
const fileBytes = {min: 64 * KiB, max: 64 * MiB};

export class Relay implements AsyncDisposable {
  readonly #options: RelayOptions;
  readonly #log: RelayLog;
  #line: RelayLine | null = null;
  #isFull = false;
  #kept: Position | null = null;
  #copying: Promise<void> | null = null;
  #stop = new AbortController();

  private constructor(options: RelayOptions, log: RelayLog) {
    this.#options = options;
    this.#log = log;
  }

  /** Opens what an earlier runtime left. Nothing is copied before `stream`. */
  static async open(options: RelayOptions): Promise<Relay> {
    return new Relay(options, await RelayLog.open(options.dir));
  }

  /**
   * A stream of everything after `position`, and of what comes before it in its file. Where the log lacks some of it, it begins
   * anew there, which the source has to prove. `onServer` hears of packets of another server before they come.
   */
  async stream(
    position: Position,
    onServer: (start: Position) => void,
    signal: AbortSignal,
  ): Promise<BinlogStream> {
    const file = this.#log.fileFor(position) ?? (await this.#begin(position, signal));
    this.#copying ??= this.#copy(this.#stop.signal).catch(error => {
      if (!this.#stop.signal.aborted) this.#options.fail(error);
    });
    const {host, port} = this.#options.source;
    this.#line = new RelayLine(this.#log, file, `${host}:${port}`, onServer);
    const settings = {serverId: 0, heartbeatSeconds: neverSeconds, signal};
    return BinlogStream.over(this.#line, {...settings, position: file.start});
  }

  /** Whether there is room already for all that comes after `position`. */
  isKeptFrom(position: Position): boolean {
    return this.#kept === position;
  }

  /** Everything before `position` is done, and the ledger says so. */
  async keepFrom(position: Position): Promise<void> {
    this.#kept = position;
    await this.#log.keepFrom(position);
  }

  /** Forgets everything: the next stream begins anew at the source. */
  async giveUp(): Promise<void> {
    await this.#endCopying();
    await this.#log.clear();
  }

  status(): RelayStatus | null {
    const {head, bytes} = this.#log;
    if (head === null) return null;
    const {fingerprint: _, ...position} = head;
    const bytesLeft = this.#line?.bytesLeft ?? bytes;
    return {bytes, bytesMax: this.#options.bytesMax, bytesLeft, isFull: this.#isFull, position};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endCopying();
    await this.#log[Symbol.asyncDispose]();
  }

  async #endCopying(): Promise<void> {
    this.#stop.abort(new DOMException('copying ends', 'AbortError'));
    await this.#copying;
    this.#copying = null;
    this.#stop = new AbortController();
  }

  async #begin(position: Position, signal: AbortSignal) {
    await this.#endCopying();
    const {source, needs, log} = this.#options;
    const found = await findServer(source, position, signal, {needs: needs()});
    preferServer(source, found.source);
    const start = positionAt(position, found.serverUuid);
    const {file, offset, gtidSet} = start;
    log.info({file, offset, gtidSet}, 'the relay log begins here');
    await this.#log.begin(start);
    return this.#log.fileFor(start)!;
  }

  /** Copies until told to end; a lost stream is opened again after its resume was proved. */
  async #copy(signal: AbortSignal): Promise<void> {
    const {connectionMsMax, holds, log} = this.#options;
    let attempt = 0;
    let troubleSinceMs = 0;
    while (!signal.aborted) {
      const before = this.#log.head;
      try {
        await this.#copyOnce(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isTrouble(error)) throw error;
        if (this.#log.head !== before) attempt = 0;
        if (attempt++ === 0) troubleSinceMs = performance.now();
        if (performance.now() - troubleSinceMs > connectionMsMax) throw error;
        const pauseMs = Math.min(retryPauseMsMax, retryFirstMs * 2 ** (attempt - 1));
        const code = isSyncError(error) ? error.code : 'unknown';
        log.warn(
          {code, attempt, pauseMs, err: String(error)},
          'copying the binlog ended: it is opened again',
        );
        // What is copied is followed meanwhile.
        holds.slow('source-connection', pauseMs + shownMs);
        await wait(pauseMs, signal).catch(() => undefined);
      }
    }
  }

  async #copyOnce(signal: AbortSignal): Promise<void> {
    const {source, serverId, replicaName, verifyChecksums, needs, log} = this.#options;
    const head = this.#log.head!;
    const found = await findServer(source, head, signal, {needs: needs()});
    preferServer(source, found.source);
    const position = positionAt(head, found.serverUuid);
    if (position !== head) {
      const server = `${found.source.host}:${found.source.port}`;
      log.warn({server, serverUuid: found.serverUuid}, 'the binlog is copied from another server');
      await this.#log.nextFile(position);
    }
    const broken = new AbortController();
    let last: EventView | null = null;
    const parts: {writer: RelayWriter | null} = {writer: null};
    await using stream = await BinlogStream.open(found.source, {
      position,
      serverId,
      replicaName,
      heartbeatSeconds,
      verifyChecksums,
      signal: AbortSignal.any([signal, broken.signal]),
      takeRaw: hasChecksum => parts.writer!.pieces(hasChecksum, () => last!),
    });
    await using writer = new RelayWriter({
      log: this.#log,
      position,
      fingerprint: () => stream.fingerprint(),
      fileBytesMax: fileBytesOf(this.#options.bytesMax),
      room: inTransaction => this.#room(inTransaction, signal),
      fail: error => broken.abort(error),
    });
    parts.writer = writer;
    await stream.run(event => writer.take((last = event)));
  }

  /** A transaction larger than the log goes on while following waits for its rest: nothing of it can be done before its end. */
  #room(inTransaction: boolean, signal: AbortSignal): Promise<void> | null {
    const hasRoom = () =>
      this.#log.bytes < this.#options.bytesMax || (inTransaction && this.#log.isDry);
    if (hasRoom()) return null;
    return (async () => {
      const {holds, log, bytesMax} = this.#options;
      if (!this.#isFull) log.warn({bytesMax}, 'the relay log is full: copying waits');
      this.#isFull = true;
      while (!hasRoom()) {
        holds.slow('relay-log-full', shownMs);
        await wait(lookMs, signal);
      }
      this.#isFull = false;
    })();
  }
}

/** Where the relay log of a task lies. */
export function relayDir(stateDir: string): string {
  return join(stateDir, 'relay-log');
}

/** How far a task that stands at `position` can go without its source: to the end of what was copied, or nowhere. */
export async function copiedFrom(stateDir: string, position: Position): Promise<Position> {
  await using log = await RelayLog.open(relayDir(stateDir));
  return log.fileFor(position) === null ? position : log.head!;
}

/** Forgets what an earlier runtime copied: the task does not go on from there. */
export function removeRelayLog(stateDir: string): void {
  rmSync(relayDir(stateDir), {recursive: true, force: true});
}

/** `position` as it is at the server `serverUuid`: files and offsets are of one server, sets of all. */
export function positionAt(position: Position, serverUuid: string): Position {
  if (position.serverUuid === serverUuid) return position;
  return {...position, epoch: position.epoch + 1, serverUuid, file: '', offset: 0};
}

function fileBytesOf(bytesMax: number): number {
  return Math.max(fileBytes.min, Math.min(fileBytes.max, bytesMax / filesMin));
}
