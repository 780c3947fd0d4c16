// Bodies of the tunnel under their content encodings (protocol section 8), both ways, piece by piece.
import type {Transform} from 'node:stream';
import {
  constants,
  createDeflate,
  createInflate,
  createZstdCompress,
  createZstdDecompress,
} from 'node:zlib';
import {KiB} from '../base/sizes.ts';
import {lz4Pieces} from './lz4Frame.ts';
import {badRequest} from './odpsError.ts';
import {snappyPieces} from './snappyFrame.ts';

/** Output pieces of a decompressor: larger than zlib's own 16 KiB, so that it returns to us less often. */
const pieceBytes = 256 * KiB;

/**
 * The plain bytes of a body that came with `encoding`; throws MalformedDataStream for bytes that are not of it.
 * A piece of `body` is done with when the next is asked for.
 */
export async function* decodeBody(
  body: AsyncIterable<Uint8Array>,
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

/** Level 1 is the fastest per byte saved. */
const fastZstd = {
  chunkSize: pieceBytes,
  params: {[constants.ZSTD_c_compressionLevel]: 1},
};

/** Compresses an answer when the client asked for one of the encodings that we write; null means plain. */
export function encodeAnswer(
  wish: string | undefined,
): {name: string; transform: Transform} | null {
  const asked = (wish ?? '').split(',').map(name => name.split(';')[0]!.trim().toLowerCase());
  // HTTP libraries ask for gzip and deflate together on their own: no wish of a tunnel client.
  if (asked.includes('gzip')) return null;
  if (asked.includes('zstd')) return {name: 'zstd', transform: createZstdCompress(fastZstd)};
  if (asked.includes('deflate'))
    return {name: 'deflate', transform: createDeflate({level: 1, chunkSize: pieceBytes})};
  return null;
}

function pieces(body: AsyncIterable<Uint8Array>, encoding: string): AsyncIterable<Uint8Array> {
  switch (encoding) {
    case '':
    case 'identity':
      return body;
    case 'deflate':
      return through(body, createInflate({chunkSize: pieceBytes}));
    case 'zstd':
      return through(body, createZstdDecompress({chunkSize: pieceBytes}));
    case 'x-lz4-frame':
    case 'x-odps-lz4-frame':
      return lz4Pieces(body);
    case 'x-snappy-framed':
      return snappyPieces(body);
    default:
      throw badRequest('InvalidArgument', `Content-Encoding ${encoding} is not supported`);
  }
}

function through(body: AsyncIterable<Uint8Array>, transform: Transform): AsyncIterable<Uint8Array> {
  feed(body, transform).catch((error: Error) => transform.destroy(error));
  return transform;
}

async function feed(body: AsyncIterable<Uint8Array>, transform: Transform): Promise<void> {
  for await (const piece of body) {
    // The callback comes when the piece was taken in, which waits for whoever reads the output.
    await new Promise<void>((resolve, reject) => {
      transform.write(piece, error => (error ? reject(error) : resolve()));
    });
  }
  transform.end();
}
