// Checks a request's signature, versions 2 and 4, and its clock (protocol section 3).
// Signed is the path after the endpoint's base path, decoded, and the decoded query.
import {createHmac, timingSafeEqual} from 'node:crypto';
import type {IncomingHttpHeaders} from 'node:http';
import {minuteMs} from '../base/sizes.ts';
import {OdpsError} from './odpsError.ts';

export interface SignedRequest {
  method: string;
  /** As it came, without the endpoint's base path: `/projects/p?curr_project=p`. */
  target: string;
  headers: IncomingHttpHeaders;
}

export interface AccessKey {
  id: string;
  secret: string;
}

/** The service's own limit (protocol section 3.5). */
const clockMsMax = 15 * minuteMs;

/** Throws the refusal the service would give when the request is not signed by `key`. */
export function checkSignature(request: SignedRequest, key: AccessKey, nowMs: number): void {
  const header = request.headers.authorization ?? '';
  const match = /^ODPS ([^:/]+)(\/[^:]*)?:(.+)$/.exec(header);
  if (match === null) {
    throw new OdpsError('Unauthorized', 401, 'ODPS-0410001: Missing or unreadable Authorization');
  }
  const [, id, scope, signature] = match;
  if (id !== key.id) {
    throw new OdpsError(
      'Unauthorized',
      401,
      `ODPS-0410051:Invalid credentials - accessKeyId ${id} not found`,
    );
  }
  checkClock(request.headers, nowMs);
  const signingKey = scope === undefined ? key.secret : deriveKey(key.secret, scope);
  if (!readings(request.target).some(reading => fits(request, reading, signingKey, signature!))) {
    throw new OdpsError(
      'SignatureNotMatch',
      401,
      'ODPS-0410042:Invalid signature value - The request signature we calculated does not match the signature you provided.',
    );
  }
}

/** The text that is signed, for one reading of path and query. */
export function canonicalText(request: SignedRequest, reading: Reading): string {
  const lines: [string, string][] = [
    ['content-md5', String(request.headers['content-md5'] ?? '')],
    ['content-type', String(request.headers['content-type'] ?? '')],
    ['date', String(request.headers.date ?? '')],
  ];
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith('x-odps-')) lines.push([name, `${name}:${String(value)}`]);
  }
  for (const [name, value] of reading.query) {
    if (name.startsWith('x-odps-')) lines.push([name, `${name}:${value}`]);
  }
  lines.sort((a, b) => byBytes(a[0], b[0]));
  const signed = new Map(reading.query);
  const names = [...signed.keys()].toSorted(byBytes);
  const query = names.map(name => (signed.get(name) === '' ? name : `${name}=${signed.get(name)}`));
  const resource = query.length === 0 ? reading.path : `${reading.path}?${query.join('&')}`;
  return [request.method.toUpperCase(), ...lines.map(line => line[1]), resource].join('\n');
}

export interface Reading {
  path: string;
  query: [string, string][];
}

/**
 * The readings of a request target, the true one first. PyODPS decodes the whole address before it splits the query, so a
 * value holding + & = % or # is signed otherwise by it (protocol section 3.1).
 */
export function readings(target: string): Reading[] {
  const split = target.indexOf('?');
  const path = split < 0 ? target : target.slice(0, split);
  const query = split < 0 ? '' : target.slice(split + 1);
  const parts = query === '' ? [] : query.split('&');
  const pairs = (decoded: (text: string) => string) =>
    parts.map(part => pair(part)).map(([k, v]): [string, string] => [decoded(k), decoded(v)]);
  const plus = (text: string) => decode(text.replaceAll('+', ' '));
  return [
    {path: decode(path), query: pairs(decode)},
    {path: decode(path), query: pairs(plus)},
    decodedFirst(plus(target)),
    decodedFirst(decode(target)),
  ];
}

function decodedFirst(decoded: string): Reading {
  const [beforeHash] = decoded.split('#');
  const split = beforeHash!.indexOf('?');
  if (split < 0) return {path: beforeHash!, query: []};
  const parts = beforeHash!.slice(split + 1).split('&');
  return {path: beforeHash!.slice(0, split), query: parts.map(pair)};
}

function pair(part: string): [string, string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function checkClock(headers: IncomingHttpHeaders, nowMs: number): void {
  const dateMs = Date.parse(String(headers.date ?? ''));
  if (Number.isNaN(dateMs)) {
    throw new OdpsError('Unauthorized', 400, 'ODPS-0410001: Missing or unreadable Date');
  }
  if (Math.abs(nowMs - dateMs) <= clockMsMax) return;
  const text = (ms: number) => new Date(ms).toISOString();
  throw new OdpsError(
    'RequestTimeTooSkewed',
    400,
    `ODPS-0410031:Authentication request expired - the expire time interval exceeds the max limitation: ${clockMsMax}, ` +
      `max_interval_date:${clockMsMax},expire_date:${text(dateMs)},now_date:${text(nowMs)}`,
  );
}

/** /day/region/odps/aliyun_v4_request: the key derived from the secret along these words (protocol section 3.3). */
function deriveKey(secret: string, scope: string): Buffer {
  let key = Buffer.from(`aliyun_v4${secret}`);
  for (const word of scope.slice(1).split('/')) {
    key = createHmac('sha256', key).update(word).digest();
  }
  return key;
}

function fits(
  request: SignedRequest,
  reading: Reading,
  key: string | Buffer,
  signature: string,
): boolean {
  const due = createHmac('sha1', key).update(canonicalText(request, reading)).digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === due.length && timingSafeEqual(given, due);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
