// Blocks of every length: what comes out is one zstd frame of what went in, and memory stays with the pool.
import {randomFillSync} from 'node:crypto';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {zstdDecompressSync} from 'node:zlib';
import test from 'ava';
import {countRecord, reserve} from '../../../runtime/codec/recordBuffer.ts';
import {BlockStream, createPiecePool, pieceBytes} from '../../../runtime/task/blockStream.ts';

/** Appends a "record" of `length` bytes. */
function append(block: BlockStream, byte: number, length: number): void {
  const {records} = block;
  reserve(records, length);
  records.bytes.fill(byte, records.length, records.length + length);
  records.length += length;
  countRecord(records, byte);
}

async function collect(block: BlockStream): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of block.body()) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

test('a block of many pieces is one compressed stream with one footer', async t => {
  const pool = createPiecePool();
  const block = new BlockStream(pool);
  const collected = collect(block);
  const lengths = [100, pieceBytes, 5 * pieceBytes, 7, pieceBytes - 1, 3 * pieceBytes];
  for (const [i, length] of lengths.entries()) {
    append(block, i + 1, length);
    await block.push();
  }
  block.end();
  const bytes = zstdDecompressSync(await collected);
  let at = 0;
  for (const [i, length] of lengths.entries()) {
    t.true(bytes.subarray(at, at + length).every(byte => byte === i + 1));
    at += length;
  }
  // The footer: count and checksum.
  t.deepEqual([...bytes.subarray(at, at + 5)], [0xf0, 0xff, 0xff, 0x7f, lengths.length * 2]);
  t.is(block.whole, null);
  t.true(pool.free.every(piece => piece.length < 2 * pieceBytes));
});

test('a block shorter than a piece stays whole and needs no stream', async t => {
  const pool = createPiecePool();
  const pieces = pool.free.length;
  const block = new BlockStream(pool);
  t.is(pool.free.length, pieces - 1);
  append(block, 9, 1000);
  t.is(block.push(), undefined);
  block.end();
  await block.begun;
  t.is(
    block.whole?.subarray(0, 1000).every(byte => byte === 9),
    true,
  );
  block.free();
  t.is(pool.free.length, pieces);
});

test('rows are held back while pieces wait for the target, and a block that is cut lets them go', async t => {
  const block = new BlockStream(createPiecePool());
  let held: Promise<void> | undefined;
  for (let i = 0; held === undefined; i++) {
    t.true(i < 100, 'bounded');
    append(block, i, pieceBytes);
    held = block.push();
  }
  block.cut(new Error('the source is gone'));
  await t.throwsAsync(held, {message: 'the source is gone'});
  await t.throwsAsync(async () => block.push(), {message: 'the source is gone'});
  await t.throwsAsync(collect(block));
});

test('a wire that takes all at once makes the next block compress less, one that does not makes it compress more', async t => {
  const pool = createPiecePool();
  t.is(pool.level, 1);
  const quick = new BlockStream(pool);
  const collected = collect(quick);
  for (let i = 0; i < 4; i++) {
    append(quick, i, pieceBytes);
    await quick.push();
  }
  quick.end();
  await collected;
  t.is(pool.level, -3);
  const slow = new BlockStream(pool);
  for (let i = 0; i < 2; i++) {
    append(slow, 0, pieceBytes);
    // Noise stays as long as it is.
    randomFillSync(slow.records.bytes, 0, pieceBytes);
    void slow.push();
    while (slow.body().readableLength < pieceBytes / 2) await nextTurn();
  }
  slow.end();
  t.is(pool.level, 1);
  await collect(slow);
});
