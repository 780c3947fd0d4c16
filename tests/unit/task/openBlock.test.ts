import test from 'ava';
import {zstdDecompressSync} from 'node:zlib';
import {
  countRecord,
  createRecordBuffer,
  reserve,
  sealRecords,
} from '../../../runtime/codec/recordBuffer.ts';
import {compressWhole} from '../../../runtime/sink/compress.ts';
import {
  blockBytes,
  createBlock,
  inOnePiece,
  markBlock,
  pageFor,
  resetBlock,
  type OpenBlock,
} from '../../../runtime/task/openBlock.ts';

/** Appends a record of `bytes` bytes, as a transcoder does. */
function append(block: OpenBlock, bytes: number, fill: number): void {
  const page = pageFor(block, bytes);
  reserve(page, bytes);
  page.bytes.fill(fill, page.length, page.length + bytes);
  page.length += bytes;
  countRecord(page, fill);
}

/** The same records in one buffer. */
function whole(lengths: readonly number[]): Buffer {
  const buffer = createRecordBuffer(1);
  lengths.forEach((bytes, i) => {
    reserve(buffer, bytes);
    buffer.bytes.fill(i, buffer.length, buffer.length + bytes);
    buffer.length += bytes;
    countRecord(buffer, i);
  });
  return sealRecords(buffer);
}

// Within the small page, over its end, over many pages, and one record longer than a page.
const lengths = [100, 10_000, 9000, 60_000, 60_000, 60_000, 60_000, 700_000, 5, 120_000];

test('a block in pages is the same stream as in one buffer', async t => {
  const block = createBlock();
  lengths.forEach((bytes, i) => append(block, bytes, i));
  t.is(
    blockBytes(block),
    lengths.reduce((sum, bytes) => sum + bytes, 0),
  );
  t.true(block.full.length > 2);
  const packed = await inOnePiece(block, compressWhole);
  t.true(zstdDecompressSync(packed).equals(whole(lengths)));
  t.is(blockBytes(block), 0);
});

for (const kept of [0, 1, 2, 4, 8])
  test(`a block goes back to its first ${kept} records over any number of pages`, async t => {
    const block = createBlock();
    const mark = {pages: 0, length: 0, records: 0, checksum: 0};
    lengths.slice(0, kept).forEach((bytes, i) => append(block, bytes, i));
    markBlock(block, mark);
    const before = blockBytes(block);
    for (const bytes of lengths) append(block, bytes, 77);
    t.is(
      resetBlock(block, mark),
      lengths.reduce((sum, bytes) => sum + bytes, 0),
    );
    t.is(blockBytes(block), before);
    lengths.slice(kept).forEach((bytes, i) => append(block, bytes, kept + i));
    const stream = await inOnePiece(block, async bytes => Buffer.from(bytes));
    t.true(stream.equals(whole(lengths)));
    t.is(blockBytes(block), 0);
  });
