// A service that answers what a test says and keeps what it was sent: for bytes that are compared one by one.
import {once} from 'node:events';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';

/** One request as it arrived. */
export interface Arrival {
  method: string;
  /** Path and query. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export interface Script {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export class ScriptedService implements AsyncDisposable {
  /** Every request, in order of arrival. */
  readonly arrivals: Arrival[] = [];
  readonly #server: Server;

  private constructor(answer: (arrival: Arrival) => Script) {
    this.#server = createServer((incoming, outgoing) => {
      const pieces: Buffer[] = [];
      incoming.on('data', (piece: Buffer) => pieces.push(piece));
      incoming.on('end', () => {
        const {method = '', url = '', headers} = incoming;
        const arrival = {method, url, headers, body: Buffer.concat(pieces)};
        this.arrivals.push(arrival);
        const {status = 200, headers: more = {}, body = '{}'} = answer(arrival);
        outgoing.writeHead(status, more).end(body);
      });
    });
  }

  static async start(answer: (arrival: Arrival) => Script): Promise<ScriptedService> {
    const service = new ScriptedService(answer);
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
