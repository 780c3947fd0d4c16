// The fault switch: chosen requests go wrong as they do on the real service. Only who starts the endpoint in its own process
// can hand faults over (EndpointOptions.forTests); no request and no setting reaches it.
import type {IncomingMessage, ServerResponse} from 'node:http';
import {Readable} from 'node:stream';
import {OdpsError} from './odpsError.ts';
import type {Answer} from './request.ts';

export type FaultKind =
  /** Refused with a status and code, nothing done: 429 with or without Retry-After, 500, 503 … */
  | {kind: 'refuse'; status: number; code: string; retryAfterSeconds?: number}
  /** The connection ends, nothing done: a time-out before the effect. */
  | {kind: 'lost-request'}
  /** Carried out; the connection ends instead of the answer: a time-out after the effect. */
  | {kind: 'lost-answer'}
  /** Carried out; the answer's head and half of its body, then the connection ends. */
  | {kind: 'cut-answer'}
  /** Carried out; one byte in the middle of the answer's body is another. */
  | {kind: 'corrupt-answer'}
  /** The connection ends at once; carried out when `until` resolves: a late effect. */
  | {kind: 'late-effect'; until: Promise<void>}
  /** Carried out when `until` resolves, then answered: latency on the test's own clock. */
  | {kind: 'delay'; until: Promise<void>};

export interface EndpointFault {
  method?: string;
  /** Matched against path and query as sent. */
  url: RegExp;
  /** Matching requests that still go wrong; counted down here. */
  times: number;
  fault: FaultKind;
}

/** The fault that meets a request, counted as used; null for none. */
export function takeFault(faults: EndpointFault[], request: IncomingMessage): FaultKind | null {
  const found = faults.find(
    ({method, url, times}) =>
      times > 0 && (method ?? request.method) === request.method && url.test(request.url ?? ''),
  );
  if (found === undefined) return null;
  found.times--;
  return found.fault;
}

/** Answers in the way of `fault`: `carryOut` does what the request asks, `send` answers it. */
export async function answerWithFault(
  fault: FaultKind,
  request: IncomingMessage,
  response: ServerResponse,
  carryOut: (request: IncomingMessage) => Promise<Answer>,
  send: (answer: Answer) => Promise<void>,
): Promise<void> {
  switch (fault.kind) {
    case 'refuse':
      if (fault.retryAfterSeconds !== undefined)
        response.setHeader('retry-after', String(fault.retryAfterSeconds));
      throw new OdpsError(fault.code, fault.status, 'The fault switch refuses this request');
    case 'lost-request':
      return void response.destroy();
    case 'delay':
      await fault.until;
      return send(await carryOut(request));
    case 'late-effect': {
      const kept = await keptRequest(request);
      response.destroy();
      await fault.until;
      await carryOut(kept);
      return;
    }
    case 'lost-answer': {
      const {body} = await carryOut(request);
      if (body instanceof Readable) body.destroy();
      return void response.destroy();
    }
    case 'cut-answer':
    case 'corrupt-answer': {
      const answer = await carryOut(request);
      const bytes = await wholeBody(answer);
      if (fault.kind === 'corrupt-answer') {
        if (bytes.length > 0) bytes[bytes.length >> 1]! ^= 0x55;
        return send({...answer, body: Readable.from([bytes])});
      }
      const length = String(Math.max(1, bytes.length));
      response.writeHead(answer.status, {...answer.headers, 'content-length': length});
      response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
    }
  }
}

/** The request with its whole body in memory, to be carried out after its connection is gone. */
async function keptRequest(request: IncomingMessage): Promise<IncomingMessage> {
  const parts: Buffer[] = [];
  for await (const part of request.iterator({destroyOnReturn: false})) parts.push(part as Buffer);
  const {headers, method, url} = request;
  return Object.assign(Readable.from(parts), {headers, method, url}) as unknown as IncomingMessage;
}

async function wholeBody({body}: Answer): Promise<Buffer> {
  if (!(body instanceof Readable)) return Buffer.from(body ?? '');
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
