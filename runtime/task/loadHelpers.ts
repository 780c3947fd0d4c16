// The conductor's end of load pods: workers on other machines that connect, prove themselves and take chunks from the same queue
// as the threads here. The ledger, the sessions and what is committed stay the conductor's alone. A pod that is lost loses
// nothing: its chunk goes back into the queue, for the same range of keys and the same block.
import {createServer, type Server, type Socket} from 'node:net';
import type {Log} from '../base/log.ts';
import {loadWorkersMax} from '../spec/limits.ts';
import type {LoadAnswer} from './loadJob.ts';
import type {LoadPool} from './loadPool.ts';
import {openWire, type Notice, type Wire} from './loadWire.ts';

export interface HelperOptions {
  host: string;
  port: number;
  /** What proves a pod; each deployment has its own. */
  token: string;
  /** How many are expected: limits are divided by them and the conductor. */
  pods: number;
  log: Log;
}

interface Helper {
  socket: Socket;
  wire: Wire;
}

/** Listens until it is closed. Workers wait here while there is no pool, and are sent away once the load is over. */
export class LoadHelpers implements AsyncDisposable {
  readonly pods: number;
  readonly #server: Server;
  readonly #log: Log;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<Helper>();
  readonly #joined = new Map<
    Helper,
    {answer: (answer: LoadAnswer) => void; ended: () => boolean}
  >();
  #pool: LoadPool | null = null;
  #isOver = false;
  /** Chunks that load pods have read. */
  #chunks = 0;

  private constructor(server: Server, {pods, token, log}: HelperOptions) {
    this.pods = pods;
    this.#server = server;
    this.#log = log;
    server.maxConnections = pods * loadWorkersMax;
    server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      openWire(socket, 'conductor', token)
        .then(wire => this.#serve({socket, wire}))
        .catch((error: unknown) => {
          const problem = error instanceof Error ? error.message : String(error);
          log.info({peer: socket.remoteAddress, problem}, 'a worker of a load pod is gone');
          socket.destroy();
        });
    });
  }

  /** Listens. Raises what listening raises. */
  static async open(options: HelperOptions): Promise<LoadHelpers> {
    const server = createServer();
    const helpers = new LoadHelpers(server, options);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, options.host, resolve);
    });
    return helpers;
  }

  /** The port that it listens on. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  /** Workers that wait and those that come take chunks of `pool`. */
  attach(pool: LoadPool): void {
    this.#pool = pool;
    this.#isOver = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const helper of waiting) this.#join(helper, pool);
  }

  /** Everything is loaded: those that wait, and those that come, end. */
  over(): void {
    this.#log.info({chunks: this.#chunks}, 'load pods have read chunks; the load is over');
    this.#pool = null;
    this.#isOver = true;
    for (const {wire} of this.#waiting) wire.send({kind: 'over'} satisfies Notice);
    this.#waiting.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  /** Until the worker goes: its answers to whoever gave it work. */
  async #serve(helper: Helper): Promise<void> {
    const {socket, wire} = helper;
    this.#log.info({peer: socket.remoteAddress}, 'a worker of a load pod has come');
    if (this.#isOver) wire.send({kind: 'over'} satisfies Notice);
    else if (this.#pool?.isOpen === true) this.#join(helper, this.#pool);
    else this.#waiting.add(helper);
    try {
      for await (const frame of wire.frames) {
        const answer = frame as LoadAnswer | Notice;
        if (answer.kind === 'result') this.#chunks++;
        if (answer.kind !== 'alive') this.#joined.get(helper)?.answer(answer as LoadAnswer);
      }
    } finally {
      this.#waiting.delete(helper);
      if (this.#joined.get(helper)?.ended() === true)
        this.#log.info({peer: socket.remoteAddress}, 'the chunk of a load pod is read again');
      this.#joined.delete(helper);
    }
  }

  #join(helper: Helper, pool: LoadPool): void {
    const {socket, wire} = helper;
    const hand = {
      postMessage: (job: unknown) => wire.send(job),
      // What it reads is given up; it connects again and asks what is next.
      terminate: () => Promise.resolve(socket.destroy()),
    };
    this.#joined.set(helper, pool.adopt(hand));
  }
}
