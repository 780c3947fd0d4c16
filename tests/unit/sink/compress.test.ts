import {randomBytes} from 'node:crypto';
import {zstdDecompressSync} from 'node:zlib';
import test from 'ava';
import {compressBlock, compressWhole, levelFor} from '../../../runtime/sink/compress.ts';

test('a slow wire gets a higher level, a fast one a lower, an unknown one the middle', t => {
  t.deepEqual([null, 10e6, 46e6, 60e6, 200e6].map(levelFor), [1, 3, 3, 1, -3]);
});

test.serial('a block is one frame of the same bytes at every level', async t => {
  const bytes = Buffer.from('some record bytes '.repeat(10_000));
  for (const speed of [null, 1e6, 60e6, 1e9])
    await compressBlock(bytes, speed, async frame => {
      t.deepEqual(zstdDecompressSync(Buffer.concat(frame)), bytes);
    });
  t.deepEqual(zstdDecompressSync(await compressWhole(bytes)), bytes);
});

test.serial(
  'the room of a frame is used again for the next, but never while the frame is in use',
  async t => {
    const bytes = randomBytes(700_000);
    const roomOf = (use: (frame: readonly Buffer[]) => Promise<void>) =>
      compressBlock(bytes, null, async frame => {
        await use(frame);
        t.deepEqual(zstdDecompressSync(Buffer.concat(frame)), bytes);
        return `${frame[0]!.byteOffset} of ${rooms.indexOf(frame[0]!.buffer)}`;
      });
    const rooms: ArrayBufferLike[] = [];
    const note = async (frame: readonly Buffer[]) => {
      if (!rooms.includes(frame[0]!.buffer)) rooms.push(frame[0]!.buffer);
    };
    const first = await roomOf(note);
    t.is(await roomOf(note), first);
    const inner: string[] = [];
    t.is(
      await roomOf(async frame => void (await note(frame), inner.push(await roomOf(note)))),
      first,
    );
    t.deepEqual(inner, ['0 of 1']);
    // Longer than a room.
    const long = randomBytes(5_000_000);
    await compressBlock(long, null, async frame => {
      t.true(frame.length > 1);
      t.true(zstdDecompressSync(Buffer.concat(frame)).equals(long));
    });
    t.deepEqual(zstdDecompressSync(await compressWhole(bytes)), bytes);
  },
);
