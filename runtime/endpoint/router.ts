// From a request to its answer: base path, signature, project, handler; refusals in XML or JSON (protocol section 4).
import {randomUUID} from 'node:crypto';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {minuteMs} from '../base/sizes.ts';
import {answerWithFault, takeFault} from './faults.ts';
import {instanceCalls} from './instanceCalls.ts';
import {asOdpsError, missing, OdpsError, xmlText} from './odpsError.ts';
import {
  authorizationToken,
  describeProject,
  describeTenant,
  emptyListing,
  listProjects,
  schemaCalls,
  swallow,
  tunnelAddress,
} from './projectCalls.ts';
import {bodyText, type Answer, type Call} from './request.ts';
import {checkSignature, readings} from './signature.ts';
import {tableCalls} from './tableCalls.ts';
import {isTunnelCall, tunnelCalls} from './tunnelCalls.ts';
import type {World} from './world.ts';

/** Clients that are configured with this base path and those without are served alike. */
const basePath = '/api';
/** What can be listed, and not be made. */
const notServed = /^(resources|registration\/functions)\b/;
const emptyLists = new Set(['registration/functions', 'resources', 'volumes']);
/** As the service: a body without bytes for this long ends its connection (protocol section 18). */
const idleMsMax = 2 * minuteMs;

/** Answers one request. Never throws. */
export async function answerRequest(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID().replaceAll('-', '').toUpperCase();
  response.setHeader('x-odps-request-id', requestId);
  request.setTimeout(idleMsMax, () => request.destroy());
  request.once('end', () => request.setTimeout(0));
  const leave = world.quietIntake.enter();
  try {
    const fault = takeFault(world.faults, request);
    const carryOut = (asked: IncomingMessage) => route(openCall(world, asked));
    if (fault === null) await send(response, await carryOut(request));
    else
      await answerWithFault(fault, request, response, carryOut, answer => send(response, answer));
  } catch (error) {
    const refusal = asOdpsError(error);
    if (refusal.status >= 500 && !request.destroyed)
      world.log.error({err: error, url: request.url}, 'a request failed');
    await refuse(request, response, refusal, requestId).catch(() => response.destroy());
  } finally {
    leave();
  }
}

function openCall(world: World, request: IncomingMessage): Call {
  const url = request.url ?? '/';
  const based =
    url === basePath || url.startsWith(`${basePath}/`) || url.startsWith(`${basePath}?`);
  const target = based ? url.slice(basePath.length) : url;
  const method = request.method ?? 'GET';
  world.flow.request();
  checkSignature({method, target, headers: request.headers}, world.key, world.nowMs());
  const [reading] = readings(target);
  const host = request.headers.host ?? '127.0.0.1';
  return {
    world,
    method,
    path: target.split('?')[0]!.split('/').slice(1).filter(Boolean).map(decodeSegment),
    query: new Map(reading!.query),
    request,
    address: based ? `${host}${basePath}` : host,
  };
}

async function route(call: Call): Promise<Answer> {
  const [first, project, ...rest] = call.path;
  if (first === 'tenants') return describeTenant();
  if (first !== 'projects') throw missing('Object', call.path.join('/'));
  if (project === undefined) return listProjects(call);
  if (project.toLowerCase() !== call.world.store.project.toLowerCase()) {
    throw missing('Project', project);
  }
  return inProject({...call, path: rest});
}

async function inProject(call: Call): Promise<Answer> {
  switch (call.path[0]) {
    case undefined:
      return describeProject(call);
    case 'tunnel':
      return tunnelAddress(call);
    case 'logs':
      return swallow(call);
    case 'authorization':
      return authorizationToken(call);
    case 'instances':
      return instanceCalls(call);
    case 'tables':
      return isTunnelCall(call) ? tunnelCalls(call) : tableCalls(call);
    case 'schemas':
      return call.path[2] === 'tables' ? tunnelCalls(call) : schemaCalls(call);
    default:
      if (call.method !== 'GET' && notServed.test(call.path.join('/'))) {
        await bodyText(call);
        const what = `ODPS-0420031: ${call.path[0] === 'resources' ? 'resources' : 'functions of users'} are not supported here`;
        throw new OdpsError('MethodNotAllowed', 405, what);
      }
      if (call.method === 'GET' && emptyLists.has(call.path.join('/'))) return emptyListing(call);
      await bodyText(call);
      throw missing('Object', call.path.join('/'));
  }
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const {status, headers = {}, body} = answer;
  if (body instanceof Readable) {
    response.writeHead(status, headers);
    // The head is out: trouble now can only end the connection, which the client sees as a stream without its footer.
    await pipeline(body, response).catch(() => response.destroy());
    return;
  }
  const bytes = Buffer.from(body ?? '', 'utf8');
  response.writeHead(status, {...headers, 'content-length': String(bytes.length)});
  response.end(bytes);
}

/** Reads what is left of the request first, so that the client is not cut off while it still writes. */
async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: OdpsError,
  requestId: string,
): Promise<void> {
  if (response.headersSent || response.destroyed) return void response.destroy();
  if (!request.readableEnded && !request.destroyed) {
    request.resume();
    await new Promise(resolve => request.once('close', resolve).once('end', resolve));
  }
  const {code, status, message, retryAfterSeconds} = refusal;
  if (retryAfterSeconds !== null) response.setHeader('retry-after', String(retryAfterSeconds));
  const tunnel = /[?&](uploads|uploadid|downloads|downloadid)\b|\/(streams|upserts)\b/.test(
    request.url ?? '',
  );
  const body = tunnel
    ? JSON.stringify({Code: code, Message: message, RequestId: requestId})
    : `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${xmlText(code)}</Code><Message>${xmlText(message)}</Message>` +
      `<RequestId>${requestId}</RequestId><HostId>${xmlText(request.headers.host ?? 'local')}</HostId></Error>`;
  response.writeHead(status, {
    'content-type': tunnel ? 'application/json' : 'application/xml',
    'content-length': String(Buffer.byteLength(body)),
  });
  response.end(body);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
