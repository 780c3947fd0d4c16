// One signed, bounded, repeating HTTP client for a MaxCompute project: REST side and tunnel side.
// Knows requests, signatures and retries; what a path means is instance.ts, tables.ts and uploadSession.ts.
import {randomUUID} from 'node:crypto';
import type {Readable} from 'node:stream';
import {asSyncError, fail, SyncError} from '../base/errors.ts';
import type {Log} from '../base/log.ts';
import {KiB, MiB, minuteMs, secondMs} from '../base/sizes.ts';
import {retry, wait, type RetryBounds} from '../base/wait.ts';
import {failedAnswer, failedConnection, type CallFailure} from './callErrors.ts';
import {HttpAgent} from './httpAgent.ts';
import {createPace, keepQuiet, noteDdl, noteThrottled, pacedBody, type Pace} from './pace.ts';
import {authorize, type Credentials, type CredentialSource} from './sign.ts';
import {isAddress} from './tunnelAnswer.ts';

export interface TargetOptions {
  /** With its base path: `https://service.cn-shanghai.maxcompute.aliyun.com/api`. */
  endpoint: string;
  project: string;
  schema: string | null;
  /** null: the one the service names for the project. */
  tunnelEndpoint: string | null;
  /** Tunnel resource group. */
  quota: string | null;
  /** With a region requests are signed with v4. */
  region: string | null;
  /** Asked before every attempt, so rotating keys need nothing else; cache inside. */
  credentials: CredentialSource;
}

export interface TargetRequest {
  /** For errors and logs: `write block 3 of shop_orders_base`. */
  operation: string;
  side: 'rest' | 'tunnel';
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Decoded segments after the endpoint. */
  path: readonly string[];
  /** Decoded; an empty value makes an action such as `?taskstatus`. */
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  /**
   * A list is sent chunked, in its pieces; a single text or buffer with its length. A function makes the body of each
   * attempt anew; a coded error that breaks it off ends the request.
   */
  body?: string | Buffer | readonly Buffer[] | (() => Readable);
  /** Whether the request may be sent again when it may already have had its effect. */
  repeatable: boolean;
  signal: AbortSignal;
  /** Hears each attempt that may have had an effect although no good answer came. */
  onDoubt?: () => void;
  /** Where a session's slot is now, asked before the next attempt where its server may have moved (308, 502, 504). */
  reroute?: () => Promise<string | null>;
}

export interface TargetResponse {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** Retries of one request: 1, 2, 4 … 64 s as the service's own clients do, for at most ten minutes. */
export const requestRetryDefault: RetryBounds = {
  countMax: 12,
  elapsedMsMax: 10 * minuteMs,
  firstMs: secondMs,
  pauseMsMax: 64 * secondMs,
};

/** 20 sessions a second and the workers' blocks fit; more connections than this only queue at the service. */
const connectionsMax = 64;
/** The service closes idle connections after 120 s; closing first spares a lost request. */
const keepAliveMs = 100 * secondMs;
const connectMsMax = 20 * secondMs;
/** A commit of many blocks answers late; a silent connection longer than this is lost. */
const answerMsMax = 5 * minuteMs;
/** Results are cut at 10,000 rows by the service; a larger answer is not one of its. */
const answerBytesMax = 256 * MiB;
/** Longest part of an error answer that is read for its code. */
const errorBodyBytesMax = 64 * KiB;
const userAgent = `synctask Node/${process.versions.node}`;

const tunnelHeaders = {
  'x-odps-tunnel-version': '6',
  'odps-tunnel-date-transform': 'v1',
  'odps-tunnel-sdk-support-schema-evolution': 'true',
};

/** A client of one project. Close it with `await using`. */
export class TargetClient implements AsyncDisposable {
  readonly project: string;
  readonly schema: string | null;
  readonly quota: string | null;
  readonly log: Log;
  readonly bounds: RetryBounds;
  readonly #pace = createPace();
  readonly #options: TargetOptions;
  readonly #agent: HttpAgent;
  #tunnelEndpoint: Promise<string> | null;

  private constructor(options: TargetOptions, log: Log, bounds: RetryBounds, answerMs: number) {
    this.project = options.project;
    this.schema = options.schema;
    this.quota = options.quota;
    this.log = log;
    this.bounds = bounds;
    this.#options = options;
    const {tunnelEndpoint} = options;
    this.#tunnelEndpoint =
      tunnelEndpoint === null ? null : Promise.resolve(trimmed(tunnelEndpoint));
    this.#agent = new HttpAgent({
      connections: connectionsMax,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      headersTimeout: answerMs,
      bodyTimeout: answerMs,
      maxResponseSize: answerBytesMax,
      connect: {timeout: connectMsMax},
    });
  }

  /** Opens nothing yet: connections are made when first needed. `answerMs` bounds the silence before an answer. */
  static open(
    options: TargetOptions,
    log: Log,
    bounds: RetryBounds = requestRetryDefault,
    answerMs = answerMsMax,
  ): TargetClient {
    return new TargetClient(options, log, bounds, answerMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  /** Sends `request` until it is answered well, refused, or the bounds end. Raises a coded error for all but 2xx. */
  async request(request: TargetRequest): Promise<TargetResponse> {
    const series: Series = {
      request,
      base:
        request.side === 'rest'
          ? trimmed(this.#options.endpoint)
          : await this.tunnelEndpoint(request.signal),
      traceId: randomUUID(),
      routedServer: null,
      routeLost: false,
      holdMs: 0,
      usedSecondTry: false,
      refused: null,
    };
    const result = await retry(
      this.bounds,
      request.signal,
      count => this.#tryOnce(series, count),
      (error, pauseMs, count) => {
        const {code} = asSyncError(error);
        const {operation} = request;
        this.log.warn({operation, code, count, pauseMs, holdMs: series.holdMs}, 'target: again');
        return series.holdMs;
      },
    );
    if (result instanceof SyncError) throw result;
    return result;
  }

  /** Bytes a second that one connection took of late; null until a body was long enough to tell. */
  get bytesPerSecond(): number | null {
    return this.#pace.bytesPerSecond;
  }

  /** What a DDL statement took of late; 0 before the first. */
  get ddlMs(): number {
    return this.#pace.ddlMs;
  }

  /** Waits between two questions about the same thing. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await wait(ms, signal);
  }

  /** A DDL statement ended after `ms`. */
  noteDdl(ms: number): void {
    noteDdl(this.#pace, ms);
  }

  /** Throws what may be tried again (always trouble), returns what must not. */
  async #tryOnce(series: Series, count: number): Promise<TargetResponse | SyncError> {
    const {request} = series;
    if (series.routeLost && request.reroute !== undefined)
      series.routedServer = await request.reroute();
    await keepQuiet(this.#pace, request.side, request.signal);
    const answer = await this.#send(series, count);
    if (!('error' in answer)) return answer;
    series.holdMs = answer.holdMs;
    if (answer.error.code === 'SYNC4002') noteThrottled(this.#pace, request.side, answer.holdMs);
    if (answer.again === 'doubt') request.onDoubt?.();
    if (answer.again === 'once' && !series.usedSecondTry) {
      series.usedSecondTry = true;
      return await this.#tryOnce(series, count);
    }
    if (answer.again === 'refused' || (answer.again === 'doubt' && request.repeatable))
      throw answer.error;
    return answer.error;
  }

  /** One attempt on the wire. Raises only cancellation and bugs. */
  async #send(series: Series, count: number): Promise<TargetResponse | CallFailure> {
    const {request, base} = series;
    series.routeLost = false;
    const credentials = await this.#options.credentials(series.refused);
    const url = new URL(base);
    const path = `/${request.path.join('/')}`;
    const query = {...request.query, curr_project: this.project, ...this.#schemaQuery()};
    const headers = this.#headers(series, count);
    const signed = authorize(
      {method: request.method, path, query, headers},
      credentials,
      this.#options.region,
      Date.now(),
    );
    try {
      const answer = await this.#agent.request({
        origin: url.origin,
        path: encodedPath(url.pathname, request.path, query),
        method: request.method,
        headers: {...headers, ...signed},
        body: bodyOf(request, this.#pace),
        signal: request.signal,
      });
      const body = Buffer.from(await answer.body.arrayBuffer());
      const answerHeaders = lowerHeaders(answer.headers);
      if (answer.statusCode < 300) return {status: answer.statusCode, headers: answerHeaders, body};
      const movedTo = answerHeaders['odps-tunnel-routed-server'];
      const isMoved = answer.statusCode === 308 && movedTo === undefined;
      series.routeLost = isMoved || answer.statusCode === 502 || answer.statusCode === 504;
      series.routedServer = movedTo ?? series.routedServer;
      const text = body.toString('utf8', 0, errorBodyBytesMax);
      const {operation} = request;
      const failure = failedAnswer(operation, answer.statusCode, answerHeaders, text, credentials);
      const isExpired = failure.again === 'once' && failure.error.code === 'SYNC4004';
      series.refused = isExpired ? credentials : null;
      return failure;
    } catch (error) {
      request.signal.throwIfAborted();
      if (error instanceof SyncError) return {error, again: 'no', holdMs: 0};
      const failure = failedConnection(request.operation, url.host, error);
      if (failure === null) throw error;
      return failure;
    }
  }

  #headers(series: Series, count: number): Record<string, string> {
    const {request} = series;
    const headers: Record<string, string> = {
      Date: new Date().toUTCString(),
      'User-Agent': userAgent,
      'x-odps-user-agent': userAgent,
      ...(request.side === 'tunnel' ? tunnelHeaders : {}),
      ...request.headers,
    };
    if (request.side === 'tunnel') {
      headers['odps-tunnel-retry-trace-id'] = series.traceId;
      headers['odps-tunnel-retry-index'] = String(count - 1);
    }
    if (series.routedServer !== null && isAddress(series.routedServer))
      headers['odps-tunnel-routed-server'] = series.routedServer;
    return headers;
  }

  #schemaQuery(): Record<string, string> {
    return this.schema === null ? {} : {curr_schema: this.schema};
  }

  /** The tunnel endpoint: the one configured, else the one the service names, asked once. */
  async tunnelEndpoint(signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      const isMine = this.#tunnelEndpoint === null;
      this.#tunnelEndpoint ??= this.#askTunnel(signal).catch((error: unknown) => {
        this.#tunnelEndpoint = null;
        throw error;
      });
      try {
        return await this.#tunnelEndpoint;
      } catch (error) {
        // Another caller's question may have ended with its signal: then it is asked again.
        if (isMine) throw error;
      }
    }
  }

  async #askTunnel(signal: AbortSignal): Promise<string> {
    const operation = `look up the tunnel endpoint of ${this.project}`;
    const answer = await this.request({
      operation,
      side: 'rest',
      method: 'GET',
      path: ['projects', this.project, 'tunnel'],
      query: {service: '', ...(this.quota === null ? {} : {quotaName: this.quota})},
      repeatable: true,
      signal,
    });
    const address = answer.body.toString().trim();
    // The answer carries no scheme: the endpoint's own holds.
    const url = `${new URL(this.#options.endpoint).protocol}//${address}`;
    if (!URL.canParse(url) || /[\s<>]/.test(address) || address === '')
      throw fail('SYNC4012', {operation, what: 'the answer is not host[:port][/path]'});
    return trimmed(url);
  }
}

/** One request over its attempts. */
interface Series {
  request: TargetRequest;
  base: string;
  traceId: string;
  /** Where a 308 sent us; the request itself still goes to the tunnel endpoint. */
  routedServer: string | null;
  /** The last answer was a 502 or 504, or a 308 that did not say where to. */
  routeLost: boolean;
  holdMs: number;
  usedSecondTry: boolean;
  /** Keys that the last answer called expired. */
  refused: Credentials | null;
}

function bodyOf({body}: TargetRequest, pace: Pace): string | Buffer | Readable | null {
  if (typeof body === 'function') return body();
  if (!isPieces(body)) return body ?? null;
  // Undici sends whatever can be iterated over, chunked, for it does not ask for the length; its types know only streams.
  return pacedBody(pace, body) as AsyncIterable<Buffer> as Readable;
}

function isPieces(body: TargetRequest['body']): body is readonly Buffer[] {
  return Array.isArray(body);
}

function trimmed(endpoint: string): string {
  return endpoint.replace(/\/+$/, '');
}

function encodedPath(
  basePath: string,
  segments: readonly string[],
  query: Readonly<Record<string, string>>,
): string {
  const path = segments.map(encodeURIComponent).join('/');
  const parameters = Object.entries(query).map(([name, value]) =>
    value === ''
      ? encodeURIComponent(name)
      : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return `${basePath.replace(/\/+$/, '')}/${path}?${parameters.join('&')}`;
}

function lowerHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined)
      lower[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  return lower;
}
