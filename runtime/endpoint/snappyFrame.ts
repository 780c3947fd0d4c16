// Reads the Snappy framing format (google/snappy framing_format.txt): chunks with masked CRC-32C.
import {crc32c} from '../codec/crc32c.ts';
import {byteSource} from './byteSource.ts';
import {badRequest} from './odpsError.ts';

/** Chunk types; 0x80 to 0xfe are skipped, the rest refused. */
const chunkTypes = {compressed: 0, plain: 1, skipFrom: 0x80, identifier: 0xff} as const;
/** Plain bytes of a chunk at most. */
const plainBytesMax = 65_536;

/** The plain bytes of a framed Snappy body. */
export async function* snappyPieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = byteSource(body);
  for (;;) {
    const head = await source.take(4);
    if (head === null) return;
    const type = head[0]!;
    const chunk = await source.need(head.readUIntLE(1, 3));
    if (type === chunkTypes.compressed || type === chunkTypes.plain) {
      if (chunk.length < 4) throw malformed('a chunk without a checksum');
      const data = chunk.subarray(4);
      const plain = type === chunkTypes.plain ? data : readBlock(data);
      if (mask(crc32c(plain)) !== chunk.readUInt32LE()) throw malformed('a checksum does not fit');
      yield plain;
    } else if (type < chunkTypes.skipFrom) throw malformed(`a chunk of type ${type}`);
  }
}

/** The checksum as it stands in a chunk: rotated by 15 and shifted by a constant. */
function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function readBlock(block: Uint8Array): Uint8Array {
  let [size, at] = [0, 0];
  for (let shift = 0; ; shift += 7) {
    const byte = block[at++] ?? 0;
    size |= (byte & 127) << shift;
    if (byte < 128) break;
    if (shift > 21) throw malformed('a length');
  }
  if (size > plainBytesMax) throw malformed(`a chunk of ${size} bytes`);
  const out = new Uint8Array(size);
  let to = 0;
  while (at < block.length) {
    const tag = block[at++]!;
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    let distance = 0;
    if (kind === 0) {
      if (length > 60) {
        const bytes = length - 60;
        length = little(block, at, bytes) + 1;
        at += bytes;
      }
      if (at + length > block.length || to + length > size) throw malformed('a literal');
      out.set(block.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    if (kind === 1) {
      length = ((tag >> 2) & 7) + 4;
      distance = ((tag >> 5) << 8) | block[at]!;
    } else distance = little(block, at, kind === 2 ? 2 : 4);
    at += kind === 1 ? 1 : kind === 2 ? 2 : 4;
    if (distance === 0 || distance > to || to + length > size) throw malformed('a copy');
    for (let from = to - distance, end = to + length; to < end;) out[to++] = out[from++]!;
  }
  if (to !== size) throw malformed('a chunk that is shorter than it says');
  return out;
}

function little(block: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (block[at + i] ?? 0);
  return value;
}

function malformed(what: string): Error {
  return badRequest('MalformedDataStream', `The Snappy frame is broken: ${what}`);
}
