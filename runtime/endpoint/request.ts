// One request as the handlers see it, and the answers they give.
import type {IncomingMessage} from 'node:http';
import type {Readable} from 'node:stream';
import {missing} from './odpsError.ts';
import {xmlText} from './odpsError.ts';
import type {World} from './world.ts';

export interface Call {
  world: World;
  method: string;
  /** Decoded segments after the base path and `/projects/<name>`. */
  path: string[];
  /** Decoded; an action without a value is the empty text. */
  query: ReadonlyMap<string, string>;
  request: IncomingMessage;
  /** `127.0.0.1:8731/api`: how the client reached us, for addresses in answers. */
  address: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Readable;
}

/** Bodies of REST calls are small: SQL of 2 MB at most, and its XML. */
const restBodyBytesMax = 8 * 1024 * 1024;

/** The whole body of a REST call as text. */
export async function bodyText(call: Call): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of call.request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > restBodyBytesMax) throw missing('Object', 'a body of this size');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** An XML answer. */
export function xml(body: string, headers: Record<string, string> = {}, status = 200): Answer {
  return {
    status,
    headers: {'content-type': 'application/xml', ...headers},
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

/** A JSON answer. */
export function json(value: unknown, headers: Record<string, string> = {}, status = 200): Answer {
  return {
    status,
    headers: {'content-type': 'application/json', ...headers},
    body: JSON.stringify(value),
  };
}

/** An XML element with text. */
export function element(name: string, text: string | number): string {
  return `<${name}>${xmlText(String(text))}</${name}>`;
}

/** RFC 1123, as the service writes times. */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** One page of a listing: items from `marker` on, and the marker of the next page, empty at the end. */
export function page<T>(items: T[], call: Call): {items: T[]; marker: string; itemsMax: number} {
  const itemsMax = Number(call.query.get('maxitems')) || 1000;
  const start = Number(call.query.get('marker')) || 0;
  const end = start + itemsMax;
  return {items: items.slice(start, end), marker: end < items.length ? String(end) : '', itemsMax};
}
