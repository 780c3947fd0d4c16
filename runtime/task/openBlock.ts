// The records of one block while it grows, in pages of one arena where the transcoder writes: no buffer grows by doubling,
// and none is discarded, for at 100 MB/s their collection costs more than reading the rows (rule C21).
// A block of few records has one small page of its own: a task may follow thousands of tables.
import PQueue from 'p-queue';
import {KiB, MiB} from '../base/sizes.ts';
import {createRecordBuffer, sealRecords, type RecordBuffer} from '../codec/recordBuffer.ts';
import {nearBuffers} from '../codec/wasmMemory.ts';

const pageBytes = 256 * KiB;
const smallBytes = 16 * KiB;
/** As much as may be held at once (followState.ts), and a page that is not full for each of some busy tables. */
const arenaBytes = 32 * MiB;
/** Records are seldom longer than this many times their images; where they are, a page grows by itself. */
const recordBytesPerImageByte = 2;

export interface OpenBlock {
  /** Where the next records go; its count and checksum are the whole block's. */
  page: RecordBuffer;
  /** Full pages before it, and their bytes. */
  full: RecordBuffer[];
  fullBytes: number;
}

/** The end of a block at some moment; to go back there. */
export interface BlockMark {
  pages: number;
  length: number;
  records: number;
  checksum: number;
}

/** Blocks that are in one piece at once; a block is cut a little below `joinedBytes`. */
const joining = new PQueue({concurrency: 2});
const joinedBytes = 4 * MiB;
const joined: Buffer[] = [];

/** Pages of the arena that are free; null before the first is asked for. */
let free: Buffer[] | null = null;
/** The arena's bytes of a page, whatever a long row made of it since. */
const homes = new WeakMap<RecordBuffer, Buffer>();

/** An empty block; its first page is made for its first records. */
export function createBlock(): OpenBlock {
  return {page: createRecordBuffer(0), full: [], fullBytes: 0};
}

/** Bytes in the block. */
export function blockBytes(block: OpenBlock): number {
  return block.fullBytes + block.page.length;
}

/** The page to which the records of `imageBytes` bytes of row images are to be appended. */
export function pageFor(block: OpenBlock, imageBytes: number): RecordBuffer {
  const {page} = block;
  const bytesMore = recordBytesPerImageByte * imageBytes;
  if (page.length + bytesMore <= page.bytes.length) return page;
  // Rows that no page holds.
  if (page.length === 0 && page.bytes.length >= pageBytes) return page;
  return nextPage(block, bytesMore);
}

function nextPage(block: OpenBlock, bytesMore: number): RecordBuffer {
  const {page} = block;
  const isFirst = page.bytes.length === 0;
  const next = isFirst && bytesMore <= smallBytes ? createRecordBuffer(smallBytes) : takePage();
  next.records = page.records;
  next.checksum = page.checksum;
  block.page = next;
  if (page.bytes.length > smallBytes) {
    block.full.push(page);
    block.fullBytes += page.length;
    return next;
  }
  // The small page of a block that grows is moved, so that full pages are what the compressor gets.
  page.bytes.copy(next.bytes, 0, 0, page.length);
  next.length = page.length;
  return next;
}

/** Notes in `mark` where the block ends. */
export function markBlock({page, full}: OpenBlock, mark: BlockMark): void {
  mark.pages = full.length;
  mark.length = page.length;
  mark.records = page.records;
  mark.checksum = page.checksum;
}

/** Takes out what was appended since `mark`; gives its bytes. */
export function resetBlock(block: OpenBlock, mark: BlockMark): number {
  const before = blockBytes(block);
  while (block.full.length > mark.pages) {
    givePage(block.page);
    block.page = block.full.pop()!;
    block.fullBytes -= block.page.length;
  }
  const {page} = block;
  page.length = mark.length;
  page.records = mark.records;
  page.checksum = mark.checksum;
  return before - blockBytes(block);
}

/** Writes the footer, calls `use` with the whole stream in one piece, valid until it settles, and gives the pages back. */
export async function inOnePiece<T>(
  block: OpenBlock,
  use: (stream: Buffer) => Promise<T>,
): Promise<T> {
  const last = sealRecords(block.page);
  if (block.full.length === 0) return await use(last).finally(() => freeBlock(block));
  return await joining.add(async () => {
    const bytes = block.fullBytes + last.length;
    const scratch = joined.pop() ?? Buffer.allocUnsafeSlow(Math.max(bytes, joinedBytes));
    const whole = bytes <= scratch.length ? scratch : Buffer.allocUnsafeSlow(bytes);
    let at = 0;
    for (const page of block.full) at += page.bytes.copy(whole, at, 0, page.length);
    last.copy(whole, at);
    freeBlock(block);
    return await use(whole.subarray(0, bytes)).finally(() => joined.push(scratch));
  });
}

/** Gives the pages back; the block is empty then, and may be used again. */
export function freeBlock(block: OpenBlock): void {
  for (const page of block.full) givePage(page);
  givePage(block.page);
  block.page = createRecordBuffer(0);
  block.full = [];
  block.fullBytes = 0;
}

function takePage(): RecordBuffer {
  free ??= nearBuffers(arenaBytes / pageBytes, pageBytes);
  const home = free.pop();
  // More pages than the arena has are many tables' with little in them; the collector has them afterwards.
  if (home === undefined) return createRecordBuffer(pageBytes);
  const page = createRecordBuffer(0);
  page.bytes = home;
  page.view = new DataView(home.buffer, home.byteOffset, home.length);
  homes.set(page, home);
  return page;
}

function givePage(page: RecordBuffer): void {
  const home = homes.get(page);
  if (home === undefined) return;
  homes.delete(page);
  free!.push(home);
}
