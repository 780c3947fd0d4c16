// A taken-over connection: commands and result sets as raw packets, rows handed on as bytes where the socket put them.
// Format: MySQL "Client/Server Protocol", text and binary result sets, EOF packets kept (mysql2 does not deprecate them).
import type {Socket} from 'node:net';
import {assert} from '../base/assert.ts';
import {fail} from '../base/errors.ts';
import {classifySourceError} from './classify.ts';
import {SourceConnection, type SourceOptions} from './connection.ts';
import type {Dialect} from './dialect.ts';
import {
  createPacketFrames,
  feedPackets,
  framePacket,
  nextPacket,
  nextPacketAt,
  readErrorPacket,
} from './packets.ts';

const command = {query: 0x03, prepare: 0x16, execute: 0x17, closeStatement: 0x19} as const;
const commandBytesMax = 0xffffff - 1;

/** Takes one packet of an answer, input[at, end); true when the answer is complete. */
type TakePacket = (input: Buffer, at: number, end: number) => boolean;

/** Called after each socket read; a promise holds the socket back until it settles. */
export type AfterBatch = () => Promise<void> | void;

/**
 * Takes rows by the chunk: those that stand in input[at, end) as packets behind their headers, up to the first packet that
 * is not whole or that it leaves to `onRow`. Returns the place of that.
 */
export interface TakeRows {
  take: (input: Buffer, at: number, end: number) => number;
  /** Rows taken so. */
  rows: number;
}

export interface Statement {
  id: number;
  columnCount: number;
}

interface Answer {
  take: TakePacket;
  /** null: packets are taken one by one. */
  takeRows: ((input: Buffer, at: number, end: number) => number) | null;
  afterBatch: AfterBatch | null;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class RawConnection implements AsyncDisposable {
  /** host:port, for errors. */
  readonly server: string;
  /** How its server is spoken to. */
  readonly dialect: Dialect;
  /** Bytes received since the takeover. */
  bytesRead = 0;
  #connection: SourceConnection;
  #socket: Socket;
  #frames = createPacketFrames();
  #answer: Answer | null = null;
  #broken: unknown = null;
  #forget: () => void = () => undefined;

  private constructor(connection: SourceConnection) {
    this.server = connection.server;
    this.dialect = connection.dialect;
    this.#connection = connection;
    this.#socket = connection.takeBytes(bytes => this.#onData(bytes));
    this.#socket.on('error', error => this.#break(classifySourceError(error, this.server)));
    this.#socket.on('close', () => this.#break(lost(this.server)));
    this.#socket.resume();
  }

  /** Connects and takes the socket over. An abort of `signal` cuts it at any time. */
  static async open(options: SourceOptions, signal: AbortSignal): Promise<RawConnection> {
    const connection = await SourceConnection.open(options, signal, true);
    const raw = new RawConnection(connection);
    // The connection destroys the socket on abort; who waits here hears the reason.
    const onAbort = () => raw.#break(signal.reason);
    signal.addEventListener('abort', onAbort, {once: true});
    raw.#forget = () => signal.removeEventListener('abort', onAbort);
    return raw;
  }

  /** False once the connection was lost, cut, or left in the middle of an answer. */
  get usable(): boolean {
    return this.#broken === null;
  }

  async prepare(sql: string): Promise<Statement> {
    const statement = {id: -1, columnCount: 0};
    let packetsLeft = 0;
    await this.#exchange(textCommand(command.prepare, sql), (input, at) => {
      if (statement.id >= 0) return --packetsLeft === 0;
      statement.id = input.readUInt32LE(at + 1);
      statement.columnCount = input.readUInt16LE(at + 5);
      const parameterCount = input.readUInt16LE(at + 7);
      assert(parameterCount === 0, 'a statement without parameters');
      // Column definitions, then an EOF.
      packetsLeft = statement.columnCount === 0 ? 0 : statement.columnCount + 1;
      return packetsLeft === 0;
    });
    return statement;
  }

  /**
   * Executes and gives each row as one packet of the binary protocol: input[at] is its 0x00 byte, the NULL bitmap
   * follows. `takeRows` has the first say on each chunk of them. Returns the number of rows. An error thrown by either cuts
   * the connection.
   */
  async execute(
    statement: Statement,
    onRow: (input: Buffer, at: number, end: number) => void,
    afterBatch: AfterBatch | null = null,
    takeRows: TakeRows | null = null,
  ): Promise<number> {
    const payload = Buffer.alloc(10);
    payload[0] = command.execute;
    payload.writeUInt32LE(statement.id, 1);
    payload.writeUInt32LE(1, 6);
    const rowsBefore = takeRows?.rows ?? 0;
    let rows = 0;
    const set = createResultSet((input, at, end) => {
      rows++;
      onRow(input, at, end);
    });
    const takeMany =
      takeRows === null
        ? null
        : (input: Buffer, at: number, end: number) =>
            set.isInRows() ? takeRows.take(input, at, end) : at;
    await this.#exchange(payload, set.take, afterBatch, takeMany);
    return rows + (takeRows?.rows ?? 0) - rowsBefore;
  }

  /** Runs `sql` and gives each row as one packet of the text protocol, for servers that prepare no statements. */
  async executeText(
    sql: string,
    onRow: (input: Buffer, at: number, end: number) => void,
    afterBatch: AfterBatch | null = null,
  ): Promise<number> {
    let rows = 0;
    const {take} = createResultSet((input, at, end) => {
      rows++;
      onRow(input, at, end);
    });
    await this.#exchange(textCommand(command.query, sql), take, afterBatch);
    return rows;
  }

  /** Frees a statement at the server; there is no answer to wait for. */
  closeStatement(statement: Statement): void {
    const payload = Buffer.alloc(5);
    payload[0] = command.closeStatement;
    payload.writeUInt32LE(statement.id, 1);
    if (this.usable) this.#socket.write(framePacket(payload));
  }

  /** Runs a small statement; rows of text values. */
  async query(sql: string): Promise<Array<Array<string | null>>> {
    const rows: Array<Array<string | null>> = [];
    const {take} = createResultSet((input, at, end) => rows.push(readTextRow(input, at, end)));
    await this.#exchange(textCommand(command.query, sql), take);
    return rows;
  }

  async close(): Promise<void> {
    this.#break(lost(this.server));
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #exchange(
    payload: Buffer,
    take: TakePacket,
    afterBatch: AfterBatch | null = null,
    takeRows: Answer['takeRows'] = null,
  ): Promise<void> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    assert(this.#answer === null, 'one command at a time');
    assert(payload.length <= commandBytesMax, 'a command below 16 MiB');
    return new Promise((resolve, reject) => {
      this.#answer = {take, takeRows, afterBatch, resolve, reject};
      this.#socket.write(framePacket(payload));
    });
  }

  #onData(chunk: Buffer): void {
    if (this.#broken !== null) return;
    this.bytesRead += chunk.length;
    feedPackets(this.#frames, chunk);
    try {
      this.#takePackets();
    } catch (error) {
      // The rest of the answer is on its way and nobody wants it.
      this.#break(error);
      return;
    }
    const held = this.#answer?.afterBatch?.();
    if (held === undefined) return;
    this.#socket.pause();
    held.then(
      () => this.#socket.resume(),
      error => this.#break(error),
    );
  }

  #takePackets(): void {
    const frames = this.#frames;
    for (;;) {
      const takeRows = this.#answer?.takeRows ?? null;
      const {chunk} = frames;
      const at = nextPacketAt(frames);
      if (takeRows !== null && at >= 0) frames.chunkAt = takeRows(chunk, at, chunk.length);
      if (!nextPacket(frames)) return;
      const answer = this.#answer;
      if (answer === null) throw this.#unasked();
      if (frames.input[frames.at] === 0xff) {
        this.#answer = null;
        const error = readErrorPacket(frames.input, frames.at, frames.end);
        answer.reject(classifySourceError(error, this.server));
      } else if (answer.take(frames.input, frames.at, frames.end)) {
        this.#answer = null;
        answer.resolve();
      }
    }
  }

  /** A packet that answers nothing: the server's last words before it closes, or bytes we misread. */
  #unasked(): unknown {
    const {input, at, end} = this.#frames;
    if (input[at] === 0xff)
      return classifySourceError(readErrorPacket(input, at, end), this.server);
    return fail('SYNC2014', {server: this.server, what: 'a packet that answers nothing'});
  }

  #break(error: unknown): void {
    if (this.#broken !== null) return;
    this.#broken = error;
    this.#forget();
    this.#connection.destroy();
    const answer = this.#answer;
    this.#answer = null;
    answer?.reject(error);
  }
}

/** Packets of a result set: column count, definitions, EOF, rows, EOF. A bare OK has no rows. */
function createResultSet(onRow: (input: Buffer, at: number, end: number) => void) {
  let headLeft = -1;
  const take: TakePacket = (input, at, end) => {
    const isEof = input[at] === 0xfe && end - at < 9;
    if (headLeft > 0) headLeft--;
    else if (headLeft < 0) {
      if (input[at] === 0) return true;
      headLeft = (input[at]! < 251 ? input[at]! : input.readUInt16LE(at + 1)) + 1;
    } else if (isEof) return true;
    else onRow(input, at, end);
    return false;
  };
  return {take, isInRows: () => headLeft === 0};
}

function readTextRow(input: Buffer, at: number, end: number): Array<string | null> {
  const values: Array<string | null> = [];
  while (at < end) {
    const first = input[at]!;
    if (first === 251) {
      values.push(null);
      at++;
      continue;
    }
    const size = first < 251 ? 0 : first === 252 ? 2 : first === 253 ? 3 : 6;
    const length = size === 0 ? first : input.readUIntLE(at + 1, size);
    // Eight length bytes are announced by 254; a value beyond 2^48 does not exist.
    at += first === 254 ? 9 : 1 + size;
    values.push(input.toString('utf8', at, at + length));
    at += length;
  }
  return values;
}

function textCommand(code: number, sql: string): Buffer {
  return Buffer.concat([Buffer.from([code]), Buffer.from(sql)]);
}

function lost(server: string): unknown {
  return fail('SYNC2004', {server, said: 'the server closed it'}, undefined, {
    where: `source ${server}`,
  });
}
