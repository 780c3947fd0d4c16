// A record stream as an answer, compressed as the client asked.
import {pipeline, type Readable} from 'node:stream';
import {encodeAnswer} from './contentEncoding.ts';
import type {Answer, Call} from './request.ts';

/** The answer that carries `stream`. */
export function encoded(call: Call, stream: Readable): Answer {
  const headers = {'content-type': 'application/octet-stream'};
  const encoding = encodeAnswer(call.request.headers['accept-encoding'] as string | undefined);
  if (encoding === null) return {status: 200, headers, body: stream};
  // Trouble destroys both; the server ends the connection, so the client sees a stream without its footer.
  pipeline(stream, encoding.transform, () => undefined);
  return {
    status: 200,
    headers: {...headers, 'content-encoding': encoding.name},
    body: encoding.transform,
  };
}
