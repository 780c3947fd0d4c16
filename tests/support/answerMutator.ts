// A proxy in front of one server that damages answers at random, from a seed: status, headers, body, length, structure.
// Every request reaches the server whole; what is broken is only what the client hears.
import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Agent} from 'undici';

/** A whole number from 0 to below `below`. */
export type Random = (below: number) => number;

/** mulberry32: a small generator with the same numbers for the same seed everywhere. */
export function createRandom(state: number): Random {
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** The connection ends after the body, which is shorter than the header says. */
  isCut: boolean;
}

const pages = ['', '{}', '[]', 'null', '{', '<a><b>', '<html>502</html>', '<?xml?>', '\0\0', '"x"'];
const statuses = [200, 201, 202, 204, 206, 301, 304, 400, 404, 409, 418, 500, 502, 504, 599];
const encodings = ['zstd', 'deflate', 'gzip', 'identity', 'br', ''];
const leaves = [null, '', -1, 0, 2 ** 53, 1e308, 'x', [], {}, [null], [[]], true, 'ä'.repeat(300)];

/** What may be done to a reply; each gives what it did in a word. */
const mutations: Record<string, (reply: Reply, random: Random) => void> = {
  cut: (reply, random) => {
    reply.body = reply.body.subarray(0, random(reply.body.length + 1));
    reply.isCut = true;
  },
  shorten: (reply, random) => {
    reply.body = reply.body.subarray(0, random(reply.body.length + 1));
  },
  flip: (reply, random) => {
    reply.body = Buffer.from(reply.body);
    if (reply.body.length > 0) reply.body[random(reply.body.length)]! ^= 1 << random(8);
  },
  page: (reply, random) => {
    reply.body = Buffer.from(pages[random(pages.length)]!);
  },
  status: (reply, random) => {
    reply.status = statuses[random(statuses.length)]!;
  },
  noHeaders: reply => {
    reply.headers = {};
  },
  encoding: (reply, random) => {
    reply.headers['content-encoding'] = encodings[random(encodings.length)]!;
  },
  leaf: (reply, random) => {
    reply.body = Buffer.from(withOtherLeaf(reply.body.toString(), random));
  },
  element: (reply, random) => {
    const text = reply.body.toString();
    const tags = [...text.matchAll(/<\/?\w+>/g)];
    const tag = tags[random(Math.max(1, tags.length))];
    if (tag === undefined) return;
    const other = ['', '<x/>', '</x>', '<Name>', '&bogus;'][random(5)]!;
    reply.body = Buffer.from(
      text.slice(0, tag.index) + other + text.slice(tag.index + tag[0].length),
    );
  },
  slots: (reply, random) => {
    reply.headers['odps-tunnel-slot-num'] = ['', '-1', '0', 'x', '99'][random(5)]!;
    reply.headers['odps-tunnel-routed-server'] = ['', ':', 'nowhere', 'a:b:c'][random(4)]!;
  },
};

/** A JSON text, alone or in the CDATA of an XML text, with one of its values replaced; other text stays. */
function withOtherLeaf(text: string, random: Random): string {
  const inside = /^([^]*<!\[CDATA\[)(\{[^]*\})(\]\]>[^]*)$/.exec(text);
  if (inside !== null) return inside[1]! + withOtherLeaf(inside[2]!, random) + inside[3]!;
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return text;
  }
  let node = root as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(node);
    const key = keys[random(Math.max(1, keys.length))];
    if (key === undefined) return JSON.stringify(leaves[random(leaves.length)]);
    const inner = node[key];
    if (typeof inner === 'object' && inner !== null && random(3) > 0) {
      node = inner as Record<string, unknown>;
      continue;
    }
    if (random(4) === 0) delete node[key];
    else node[key] = leaves[random(leaves.length)];
    return JSON.stringify(root);
  }
}

export class AnswerMutator implements AsyncDisposable {
  /** What was done since the last look, for messages of failed tests. */
  done: string[] = [];
  readonly #server: Server;
  readonly #agent = new Agent();
  readonly #target: URL;
  readonly #random: Random;
  readonly #oneIn: number;

  private constructor(target: string, random: Random, oneIn: number) {
    this.#target = new URL(target);
    this.#random = random;
    this.#oneIn = oneIn;
    this.#server = createServer((incoming, outgoing) => {
      this.#pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /** Damages about one answer in `oneIn`. */
  static async start(target: string, random: Random, oneIn: number): Promise<AnswerMutator> {
    const mutator = new AnswerMutator(target, random, oneIn);
    mutator.#server.listen(0, '127.0.0.1');
    await once(mutator.#server, 'listening');
    return mutator;
  }

  get url(): string {
    const {port} = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.#target.pathname}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#agent.destroy();
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const {method = 'GET', url = '/'} = incoming;
    const headers = {...incoming.headers, host: this.#target.host};
    delete headers['transfer-encoding'];
    delete headers.connection;
    const body: Buffer[] = [];
    for await (const piece of incoming) body.push(piece as Buffer);
    const sent = Buffer.concat(body);
    const answer = await this.#agent.request({
      origin: this.#target.origin,
      path: url,
      method: method as 'GET',
      headers,
      body: sent.length === 0 ? null : sent,
    });
    const reply: Reply = {
      status: answer.statusCode,
      headers: answer.headers as Record<string, string>,
      body: Buffer.from(await answer.body.arrayBuffer()),
      isCut: false,
    };
    for (const name of ['content-length', 'transfer-encoding', 'connection', 'keep-alive'])
      delete reply.headers[name];
    if (this.#random(this.#oneIn) === 0) this.#damage(reply, `${method} ${url}`);
    const length = reply.body.length + (reply.isCut ? 1 + this.#random(100) : 0);
    const isBare = reply.status === 204 || reply.status === 304;
    outgoing.writeHead(reply.status, {
      ...reply.headers,
      ...(isBare ? {} : {'content-length': length}),
    });
    if (reply.isCut && !isBare) outgoing.write(reply.body, () => outgoing.destroy());
    else outgoing.end(isBare ? undefined : reply.body);
  }

  #damage(reply: Reply, request: string): void {
    const names = Object.keys(mutations);
    const name = names[this.#random(names.length)]!;
    mutations[name]!(reply, this.#random);
    this.done.push(`${name} ${request.slice(0, 120)}`);
  }
}
