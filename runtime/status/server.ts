// The loopback server of a running task: the page, its JSON, metrics, health, and control calls that carry the token.
// Refuses every Host but this machine's own names, so that a web page which rebinds its name to 127.0.0.1 reads nothing.
// Reading needs no token: it is open to every account of this machine and to nobody else; in a container, which listens on its
// own address, to whoever its network lets in. No secret is in a status.
import {createHash, randomBytes, timingSafeEqual} from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import {isIP, type AddressInfo} from 'node:net';
import {isSyncError} from '../base/errors.ts';
import {hideSecrets} from '../base/secretTexts.ts';
import {secondMs} from '../base/sizes.ts';
import type {TaskHandle} from '../task/handle.ts';
import {readRates} from './readRates.ts';
import {createMetrics} from './metrics.ts';
import {renderPage} from './page.ts';

/** A local reader sends its request at once; one that does not is cut off. */
const requestMsMax = 10 * secondMs;
/** A browser holds six connections, a scraper one or two. */
const connectionsMax = 64;

export interface StatusServerOptions {
  /** TCP port; 0 picks a free one. */
  port: number;
  /** Address to listen on. Default: 127.0.0.1. */
  host?: string;
  /** What control calls must carry as `Authorization: Bearer`. */
  token: string;
}

export interface StatusServer {
  port: number;
  /** Takes no more requests and ends the connections that are open. */
  close(): Promise<void>;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

type Route = (headers: IncomingHttpHeaders, query: URLSearchParams) => Answer | Promise<Answer>;

/** Serves `handle`. Rejects with Node's own error when the port cannot be had. */
export async function startStatusServer(
  handle: TaskHandle,
  options: StatusServerOptions,
): Promise<StatusServer> {
  const {host = '127.0.0.1'} = options;
  const isOwn = host === '127.0.0.1' ? isOwnName : isOwnNameOrAddress;
  const routes = routesOf(handle, options.token);
  const server = createServer({requestTimeout: requestMsMax, headersTimeout: requestMsMax});
  server.maxConnections = connectionsMax;
  server.on('request', (request, response) => {
    // No call has a body that matters; it is read away, so that the connection can be used again.
    request.resume();
    void answerTo(request, routes, isOwn).then(answer => send(request, response, answer));
  });
  const {promise: listening, resolve, reject} = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options.port, host, resolve);
  await listening;
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const {promise: closed, resolve: done} = Promise.withResolvers<void>();
      server.close(() => done());
      server.closeAllConnections();
      await closed;
    },
  };
}

function routesOf(handle: TaskHandle, token: string): Record<string, Route> {
  const metrics = createMetrics(handle);
  const withToken =
    (act: (query: URLSearchParams) => Answer | Promise<Answer>): Route =>
    (headers, query) =>
      carriesToken(headers, token) ? act(query) : text(401, 'The token of runtime.json is needed.');
  const control = (call: 'pause' | 'resume' | 'stop') =>
    withToken(query => {
      const asked = query.get('tables');
      if (asked !== null && call !== 'stop') return controlTables(handle, call, asked);
      handle[call]();
      return json(200, {call});
    });
  const throttle = withToken(query => {
    const asked = readRates(query);
    if (typeof asked === 'string') return text(400, asked);
    handle.throttle(asked.phase, asked.rates);
    return json(200, {call: 'throttle', ...asked});
  });
  const reload = withToken(async query => {
    const asked = query.get('tables') ?? '[]';
    try {
      await handle.reload(asked === 'all' ? 'all' : (JSON.parse(asked) as string[]));
    } catch (error) {
      if (isSyncError(error)) return json(400, {finding: error.finding});
      throw error;
    }
    return json(200, {call: 'reload'});
  });
  return {
    'GET /': () => page(handle),
    'GET /status': () => json(200, handle.status()),
    'GET /metrics': async () => ({
      status: 200,
      headers: {'content-type': metrics.contentType},
      body: await metrics.text(),
    }),
    'GET /healthz': () => {
      const {state} = handle.status();
      return json(state === 'failed' ? 503 : 200, {state});
    },
    'POST /control/pause': control('pause'),
    'POST /control/resume': control('resume'),
    'POST /control/stop': control('stop'),
    'POST /control/throttle': throttle,
    'POST /control/reload': reload,
  };
}

/** Pauses or resumes the tables that `asked` lists as JSON. */
function controlTables(handle: TaskHandle, call: 'pause' | 'resume', asked: string): Answer {
  const tables = JSON.parse(asked) as string[];
  try {
    if (call === 'pause') handle.pauseTables(tables);
    else handle.resumeTables(tables);
  } catch (error) {
    if (isSyncError(error)) return json(400, {finding: error.finding});
    throw error;
  }
  return json(200, {call, tables});
}

async function answerTo(
  request: IncomingMessage,
  routes: Record<string, Route>,
  isOwn: (host: string) => boolean,
): Promise<Answer> {
  if (!isOwn(request.headers.host ?? ''))
    return text(421, 'This server answers to 127.0.0.1 and localhost only.');
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = routes[`${method} ${path}`];
  if (route !== undefined) {
    try {
      return await route(request.headers, new URLSearchParams(query));
    } catch (error) {
      // The task must live whatever a reader meets.
      return text(500, hideSecrets(String(error)));
    }
  }
  const allowed = ['GET', 'POST'].filter(other => routes[`${other} ${path}`] !== undefined);
  if (allowed.length === 0) return text(404, 'There is nothing here.');
  const refused = text(405, `Use ${allowed.join(' or ')}.`);
  return {...refused, headers: {...refused.headers, allow: allowed.join(', ')}};
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    ...answer.headers,
    'content-length': Buffer.byteLength(answer.body),
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

function page(handle: TaskHandle): Answer {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return {
    status: 200,
    headers: {'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy},
    body: renderPage(handle.status().name, nonce),
  };
}

function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: {'content-type': 'application/json; charset=utf-8'},
    body: `${JSON.stringify(value)}\n`,
  };
}

function text(status: number, message: string): Answer {
  return {
    status,
    headers: {'content-type': 'text/plain; charset=utf-8'},
    body: `${message}\n`,
  };
}

function isOwnName(host: string): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host);
}

/** In a container probes and scrapers come by address. A web page that rebinds its name still sends that name. */
function isOwnNameOrAddress(host: string): boolean {
  const address = host.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1');
  return isOwnName(host) || isIP(address) !== 0;
}

/** Digests have one length, so that the comparison tells nothing about where they differ. */
function carriesToken(headers: IncomingHttpHeaders, token: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`));
}
