// A real HTTP proxy in front of one server, which breaks chosen requests: tests of both ends use it.
// Requests without a matching fault pass through untouched, in both directions as streams.
import {once} from 'node:events';
import {
  Agent,
  createServer,
  request as forwardRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type {AddressInfo} from 'node:net';

export type FaultKind =
  /** The connection ends before anything is forwarded: no effect. */
  | {kind: 'drop-before'}
  /** The server carries the request out, and its answer is lost. */
  | {kind: 'drop-after'}
  /** Half of the request's body arrives, then both connections end. */
  | {kind: 'cut-request'}
  /** Half of the answer's body arrives, then the connection ends. */
  | {kind: 'cut-answer'}
  /** Answered here; the server never hears of it. */
  | {kind: 'answer'; status: number; headers?: Record<string, string>; body?: string}
  /** The server carries the request out, then this is answered in its place. */
  | {kind: 'answer-after'; status: number; headers?: Record<string, string>; body?: string}
  /** The connection ends at once; the request reaches the server when `until` resolves: a late effect. */
  | {kind: 'late'; until: Promise<void>}
  /** Forwarded when `until` resolves. */
  | {kind: 'delay'; until: Promise<void>};

export interface Fault {
  method?: string;
  /** Matched against path and query. */
  url?: RegExp;
  /** How many matching requests are broken; further ones pass. */
  times: number;
  fault: FaultKind;
}

export interface SeenRequest {
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  /** Of the fault that broke it, or null. */
  fault: FaultKind['kind'] | null;
}

export class FaultProxy implements AsyncDisposable {
  /** Every request, in order of arrival. */
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #target: URL;
  readonly #agent = new Agent({keepAlive: true});
  readonly #late: Promise<void>[] = [];
  #faults: Fault[] = [];

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, outgoing) => {
      this.#handle(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /** A proxy on a free loopback port for the server at `target`; its base path is kept. */
  static async start(target = 'http://127.0.0.1:9/api'): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** Where clients connect, with the target's base path. */
  get url(): string {
    const {port} = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.#target.pathname.replace(/\/$/, '')}`;
  }

  /** Breaks the next matching requests; faults are tried in the order they were added. */
  add(...faults: Fault[]): void {
    this.#faults.push(...faults);
  }

  /** Resolves when every `late` request has been carried out. */
  async lateEffects(): Promise<void> {
    await Promise.all(this.#late);
  }

  /** Requests whose method and URL fit. */
  seen(method: string, url: RegExp): SeenRequest[] {
    return this.requests.filter(r => r.method === method && url.test(r.url));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(method: string, url: string): FaultKind | null {
    const fault = this.#faults.find(
      f => f.times > 0 && (f.method ?? method) === method && (f.url?.test(url) ?? true),
    );
    if (fault === undefined) return null;
    fault.times--;
    return fault.fault;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const {method = 'GET', url = '/', headers} = incoming;
    const fault = this.#take(method, url);
    this.requests.push({method, url, headers: {...headers}, fault: fault?.kind ?? null});
    if (fault === null) return await this.#pass(incoming, outgoing, null);
    if (fault.kind === 'drop-before') return void outgoing.destroy();
    if (fault.kind === 'answer') {
      await drain(incoming);
      return answer(outgoing, fault);
    }
    const body = await drain(incoming);
    if (fault.kind === 'delay') {
      await fault.until;
      return await this.#pass(incoming, outgoing, body);
    }
    if (fault.kind === 'late') {
      outgoing.destroy();
      this.#late.push(fault.until.then(() => this.#send(incoming, body)).then(() => undefined));
      return;
    }
    if (fault.kind === 'cut-request') {
      outgoing.destroy();
      return await this.#sendHalf(incoming, body);
    }
    const reply = await this.#send(incoming, body);
    if (fault.kind === 'drop-after') return void outgoing.destroy();
    if (fault.kind === 'answer-after') return answer(outgoing, fault);
    outgoing.writeHead(reply.status, {...reply.headers, 'content-length': reply.body.length + 2});
    outgoing.write(reply.body.subarray(0, reply.body.length / 2), () => outgoing.destroy());
  }

  #forward(incoming: IncomingMessage) {
    const {method, url, headers} = incoming;
    const {hostname, port} = this.#target;
    return forwardRequest({hostname, port, method, path: url, headers, agent: this.#agent});
  }

  async #pass(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    body: Buffer | null,
  ): Promise<void> {
    const forward = this.#forward(incoming);
    if (body === null) incoming.pipe(forward);
    else forward.end(body);
    const [reply] = (await once(forward, 'response')) as [IncomingMessage];
    outgoing.writeHead(reply.statusCode!, reply.headers);
    reply.pipe(outgoing);
    await once(reply, 'end');
  }

  async #send(incoming: IncomingMessage, body: Buffer) {
    const forward = this.#forward(incoming);
    forward.end(body);
    const [reply] = (await once(forward, 'response')) as [IncomingMessage];
    return {status: reply.statusCode!, headers: reply.headers, body: await drain(reply)};
  }

  /** The server sees a body that ends before its time. */
  async #sendHalf(incoming: IncomingMessage, body: Buffer): Promise<void> {
    const forward = this.#forward(incoming);
    forward.on('error', () => undefined);
    forward.write(body.subarray(0, body.length / 2), () => forward.destroy());
    await once(forward, 'close');
  }
}

async function drain(stream: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

function answer(
  outgoing: ServerResponse,
  fault: {status: number; headers?: Record<string, string>; body?: string},
): void {
  outgoing.writeHead(fault.status, {'x-odps-request-id': 'fault-proxy', ...fault.headers});
  outgoing.end(fault.body ?? '');
}
