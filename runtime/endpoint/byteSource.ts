// Takes exact numbers of bytes off a body that comes in pieces: what frame formats are read with.
import {badRequest} from './odpsError.ts';

export interface ByteSource {
  /** The next `length` bytes; null when the body ended exactly before them. */
  take(length: number): Promise<Buffer | null>;
  /** The next `length` bytes; refuses a body that ends before. */
  need(length: number): Promise<Buffer>;
}

/** Reads `body`; the buffers it gives are copies or views that stay valid. */
export function byteSource(body: AsyncIterable<Uint8Array>): ByteSource {
  const iterator = body[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const take = async (length: number) => {
    const parts = [held];
    let size = held.length;
    while (size < length) {
      const next = await iterator.next();
      if (next.done === true) {
        if (size === 0) return null;
        throw badRequest('MalformedDataStream', 'The compressed body ends inside a frame');
      }
      parts.push(Buffer.from(next.value));
      size += next.value.length;
    }
    const joined = parts.length === 1 ? held : Buffer.concat(parts);
    held = joined.subarray(length);
    return joined.subarray(0, length);
  };
  const need = async (length: number) => {
    const bytes = await take(length);
    if (bytes === null && length > 0) {
      throw badRequest('MalformedDataStream', 'The compressed body ends inside a frame');
    }
    return bytes ?? Buffer.alloc(0);
  };
  return {take, need};
}
