// A bare tunnel client for tests of the endpoint: signs with node:crypto on its own, shares nothing with the product's client.
import {createHmac} from 'node:crypto';
import type {RecordColumn} from '../../runtime/codec/recordReader.ts';
import {readRecords, type RecordValue} from '../../runtime/codec/recordStream.ts';
import {writeRecords} from '../../runtime/codec/recordWriter.ts';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';

export const key = {accessKeyId: 'testId', accessKeySecret: 'testSecret'};

export interface Reply {
  status: number;
  text: string;
  body: Buffer;
  headers: Headers;
}

/** One signed request (version 2) to `path` of `endpoint`, its query in place. */
export async function call(
  endpoint: string,
  method: string,
  path: string,
  body: Uint8Array | string | AsyncIterable<Uint8Array> = '',
  headers: Record<string, string> = {},
  secret = key.accessKeySecret,
): Promise<Reply> {
  const date = headers['date'] ?? new Date().toUTCString();
  const type = headers['content-type'] ?? '';
  const [place, query] = path.split('?');
  const sorted = (query ?? '').split('&').map(decodeURIComponent).toSorted().join('&');
  const resource = decodeURIComponent(place!) + (query === undefined ? '' : `?${sorted}`);
  const text = [method, '', type, date, resource].join('\n');
  const signature = createHmac('sha1', secret).update(text).digest('base64');
  const authorization = `ODPS ${key.accessKeyId}:${signature}`;
  const reply = await fetch(`${endpoint}${path}`, {
    method,
    headers: {...headers, date, authorization},
    ...(method === 'GET' ? {} : bodyOf(body)),
  });
  const bytes = Buffer.from(await reply.arrayBuffer());
  return {status: reply.status, text: bytes.toString('utf8'), body: bytes, headers: reply.headers};
}

function bodyOf(body: Uint8Array | string | AsyncIterable<Uint8Array>): RequestInit {
  if (typeof body === 'string' || body instanceof Uint8Array) return {body: Buffer.from(body)};
  return {body: ReadableStream.from(body), duplex: 'half'} as RequestInit;
}

/** Runs a statement to its end; its result text (CSV for queries). Throws the failure's text. */
export async function sql(endpoint: string, statement: string): Promise<string> {
  const body = `<Instance><Job><Tasks><SQL><Name>T</Name><Query><![CDATA[${statement}]]></Query></SQL></Tasks></Job></Instance>`;
  const made = await call(endpoint, 'POST', '/projects/local/instances', body, {
    'content-type': 'application/xml',
  });
  if (made.status !== 201) throw new Error(made.text);
  const path = `/projects/local/instances/${made.headers.get('location')!.split('/').at(-1)}`;
  for (;;) {
    const status = await call(endpoint, 'GET', `${path}?instancestatus`);
    if (status.text.includes('Terminated')) break;
  }
  const result = (await call(endpoint, 'GET', `${path}?result`)).text;
  const text = Buffer.from(/<Result[^>]*><!\[CDATA\[(.*?)\]\]>/s.exec(result)![1]!, 'base64');
  if (!result.includes('<Status>Success</Status>')) throw new Error(text.toString());
  return text.toString();
}

/** Columns from pairs of name and type. */
export function columnsOf(types: Record<string, string>): RecordColumn[] {
  return Object.entries(types).map(([name, type]) => ({name, type: parseOdpsType(type)}));
}

/** Makes an upload session; its id. */
export async function openUpload(endpoint: string, table: string, more = ''): Promise<string> {
  const reply = await call(endpoint, 'POST', `/projects/local/tables/${table}?uploads${more}`);
  if (reply.status !== 200) throw new Error(reply.text);
  return (JSON.parse(reply.text) as {UploadID: string}).UploadID;
}

/** Writes a block. */
export function putBlock(
  endpoint: string,
  table: string,
  id: string,
  block: number,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const path = `/projects/local/tables/${table}?blockid=${block}&uploadid=${id}`;
  return call(endpoint, 'PUT', path, body, headers);
}

/** Commits a session. */
export function commit(endpoint: string, table: string, id: string): Promise<Reply> {
  return call(endpoint, 'POST', `/projects/local/tables/${table}?uploadid=${id}`);
}

/** A stream of `rows`. */
export function stream(columns: RecordColumn[], rows: RecordValue[][]): Buffer {
  return writeRecords(rows, columns);
}

/** All rows of a table, or a partition, through a download session. */
export async function download(
  endpoint: string,
  table: string,
  columns: RecordColumn[],
  partition = '',
): Promise<RecordValue[][]> {
  const place = `/projects/local/tables/${table}`;
  const made = await call(endpoint, 'POST', `${place}?downloads${partition}`);
  if (made.status !== 200) throw new Error(made.text);
  const session = JSON.parse(made.text) as {DownloadID: string; RecordCount: number};
  const range = encodeURIComponent(`(0,${session.RecordCount})`);
  const path = `${place}?data&downloadid=${session.DownloadID}&rowrange=${range}${partition}`;
  return readRecords((await call(endpoint, 'GET', path)).body, columns).rows;
}
