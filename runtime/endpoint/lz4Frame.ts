// Reads LZ4 frames (LZ4 frame format 1.6), linked and independent blocks. The frame's own xxHash checksums are skipped:
// every record in it carries a CRC-32C.
import {byteSource, type ByteSource} from './byteSource.ts';
import {badRequest} from './odpsError.ts';

const magicNumber = 0x184d2204;
/** Largest block of the format, and how far a match of a linked block may reach back. */
const blockBytesMax = 4 * 1024 * 1024;
const windowBytes = 64 * 1024;

/** The plain bytes of a body of one or more LZ4 frames. */
export async function* lz4Pieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = byteSource(body);
  for (;;) {
    const magic = await source.take(4);
    if (magic === null) return;
    if (magic.readUInt32LE() !== magicNumber) throw malformed('no LZ4 frame begins here');
    yield* readFrame(source);
  }
}

async function* readFrame(source: ByteSource): AsyncGenerator<Uint8Array> {
  const flags = (await source.need(2))[0]!;
  if (flags >> 6 !== 1) throw malformed('the version is not 1');
  const linked = (flags & 32) === 0;
  // Content size, dictionary id, and the header's checksum.
  await source.need((flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1);
  let window: Uint8Array = new Uint8Array(0);
  for (;;) {
    const word = (await source.need(4)).readUInt32LE();
    if (word === 0) break;
    const size = word & 0x7fffffff;
    if (size > blockBytesMax) throw malformed(`a block of ${size} bytes`);
    const block = await source.need(size);
    if (flags & 16) await source.need(4);
    const plain = word > 0x7fffffff ? block : readBlock(block, window);
    if (linked) window = Buffer.concat([window, plain]).subarray(-windowBytes);
    yield plain;
  }
  if (flags & 4) await source.need(4);
}

/** Decodes one block; `window` is what came before it. */
function readBlock(block: Uint8Array, window: Uint8Array): Uint8Array {
  const out = new Uint8Array(window.length + blockBytesMax);
  out.set(window);
  let to = window.length;
  let at = 0;
  while (at < block.length) {
    const token = block[at++]!;
    let literals = token >> 4;
    if (literals === 15) [literals, at] = longLength(block, at, literals);
    if (at + literals > block.length || to + literals > out.length) throw malformed('literals');
    out.set(block.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at === block.length) break;
    const distance = block[at]! | (block[at + 1]! << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) [length, at] = longLength(block, at, length);
    length += 4;
    if (distance === 0 || distance > to || to + length > out.length) throw malformed('a match');
    for (let from = to - distance, end = to + length; to < end;) out[to++] = out[from++]!;
  }
  return out.subarray(window.length, to);
}

function longLength(block: Uint8Array, at: number, length: number): [number, number] {
  for (;;) {
    const byte = block[at++];
    if (byte === undefined) throw malformed('a length');
    length += byte;
    if (byte < 255) return [length, at];
  }
}

function malformed(what: string): Error {
  return badRequest('MalformedDataStream', `The LZ4 frame is broken: ${what}`);
}
