import {zstdDecompressSync} from 'node:zlib';
import test from 'ava';
import {compressBlock, levelFor} from '../../../runtime/sink/compress.ts';

test('a slow wire gets a higher level, a fast one a lower, an unknown one the middle', t => {
  t.deepEqual([null, 10e6, 46e6, 60e6, 200e6].map(levelFor), [1, 3, 3, 1, -3]);
});

test('a block is one frame of the same bytes at every level', async t => {
  const bytes = Buffer.from('some record bytes '.repeat(10_000));
  for (const speed of [null, 1e6, 60e6, 1e9])
    t.deepEqual(zstdDecompressSync(Buffer.concat(await compressBlock(bytes, speed))), bytes);
});
