import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import test from 'ava';
import {decodeBody} from '../../../runtime/endpoint/contentEncoding.ts';
import {vectorBytes, vectorCases} from '../../support/tunnelVectors.ts';

interface CompressedVector {
  name: string;
  contentEncoding: string;
  file: string;
  decompressedSha256: string;
}

async function plain(bytes: Buffer, encoding: string, pieceBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    pieces.push(bytes.subarray(at, at + pieceBytes));
  const parts: Uint8Array[] = [];
  for await (const part of decodeBody(Readable.from(pieces), encoding))
    parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

for (const vector of vectorCases<CompressedVector>('compressed.json')) {
  test(`the body ${vector.name} is decoded whole, however it is cut`, async t => {
    for (const pieceBytes of [1, 777, 1_000_000]) {
      const bytes = await plain(vectorBytes(vector.file), vector.contentEncoding, pieceBytes);
      t.is(createHash('sha256').update(bytes).digest('hex'), vector.decompressedSha256);
    }
  });

  test(`the body ${vector.name} is refused when it is cut short or is something else`, async t => {
    const bytes = vectorBytes(vector.file);
    const refused = {code: 'MalformedDataStream'};
    await t.throwsAsync(plain(bytes.subarray(0, -5), vector.contentEncoding, 4096), refused);
    await t.throwsAsync(plain(Buffer.alloc(64, 7), vector.contentEncoding, 4096), refused);
  });
}

test('an encoding that the service does not have is refused', async t => {
  await t.throwsAsync(plain(Buffer.alloc(1), 'br', 1), {code: 'InvalidArgument'});
});
