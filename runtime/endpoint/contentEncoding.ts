// Bodies of the tunnel under their content encodings (protocol section 8), both ways, piece by piece.
import {Readable, type Transform} from 'node:stream';
import {createDeflate, createInflate, createZstdCompress, createZstdDecompress} from 'node:zlib';
import {lz4Pieces} from './lz4Frame.ts';
import {badRequest} from './odpsError.ts';
import {snappyPieces} from './snappyFrame.ts';

/** The plain bytes of a body that came with `encoding`; throws MalformedDataStream for bytes that are not of it. */
export async function* decodeBody(
  body: Readable,
  encoding: string | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces(body, (encoding ?? '').toLowerCase());
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!/^(Z_|ZSTD_|ERR_ZLIB|ERR__ERROR)/.test(code)) throw error;
    throw badRequest('MalformedDataStream', `The body is not ${encoding}: ${code}`);
  }
}

/** Compresses an answer when the client asked for one of the encodings that we write; null means plain. */
export function encodeAnswer(
  wish: string | undefined,
): {name: string; transform: Transform} | null {
  const asked = (wish ?? '').split(',').map(name => name.split(';')[0]!.trim().toLowerCase());
  // HTTP libraries ask for gzip and deflate together on their own: no wish of a tunnel client.
  if (asked.includes('gzip')) return null;
  if (asked.includes('zstd')) return {name: 'zstd', transform: createZstdCompress()};
  if (asked.includes('deflate')) return {name: 'deflate', transform: createDeflate({level: 1})};
  return null;
}

function pieces(body: Readable, encoding: string): AsyncIterable<Uint8Array> {
  switch (encoding) {
    case '':
    case 'identity':
      return kept(body);
    case 'deflate':
      return through(body, createInflate());
    case 'zstd':
      return through(body, createZstdDecompress());
    case 'x-lz4-frame':
    case 'x-odps-lz4-frame':
      return lz4Pieces(kept(body));
    case 'x-snappy-framed':
      return snappyPieces(kept(body));
    default:
      throw badRequest('InvalidArgument', `Content-Encoding ${encoding} is not supported`);
  }
}

/** The body's pieces; whoever stops early leaves the rest to be read, so that a refusal can still be answered. */
function kept(body: Readable): AsyncIterable<Uint8Array> {
  return {[Symbol.asyncIterator]: () => body.iterator({destroyOnReturn: false})};
}

function through(body: Readable, transform: Transform): AsyncIterable<Uint8Array> {
  body.on('error', error => transform.destroy(error));
  return body.pipe(transform);
}
