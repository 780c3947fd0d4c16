// One growing buffer for cells that are made before they are copied into a record: JSON, GeoJSON, converted text.
// Transcoding is synchronous, so one a thread is enough. It keeps its size: the largest cell met so far, 8 MiB and more.

export const scratch = {bytes: Buffer.allocUnsafeSlow(64 * 1024), length: 0};

/** Makes room for `bytesMore` more bytes after the ones in use. */
export function scratchRoom(bytesMore: number): void {
  const needed = scratch.length + bytesMore;
  if (needed <= scratch.bytes.length) return;
  const grown = Buffer.allocUnsafeSlow(Math.max(needed, scratch.bytes.length * 2));
  scratch.bytes.copy(grown, 0, 0, scratch.length);
  scratch.bytes = grown;
}

/** Appends a string of ASCII. */
export function appendAscii(text: string): void {
  scratchRoom(text.length);
  scratch.length += scratch.bytes.write(text, scratch.length, 'latin1');
}

/** Appends a string as UTF-8. */
export function appendText(text: string): void {
  scratchRoom(text.length * 3);
  scratch.length += scratch.bytes.write(text, scratch.length, 'utf8');
}

/** Appends input[from, to). */
export function appendBytes(input: Uint8Array, from: number, to: number): void {
  scratchRoom(to - from);
  scratch.bytes.set(input.subarray(from, to), scratch.length);
  scratch.length += to - from;
}
