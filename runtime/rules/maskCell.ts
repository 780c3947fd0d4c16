// MASK of a UTF-8 column from cell to cell: bytes are copied, and no string is made.
import type {ImageRow} from './imageRow.ts';
import {take, type ImageOut} from './setCell.ts';
import {cellLength} from './textCell.ts';
import type {Context} from './value.ts';

/** Writes the cell of `column` with `mark` for the characters from place `from` to `to`. */
export function maskCell(
  c: Context,
  column: number,
  from: number,
  to: number,
  mark: Buffer,
): (row: ImageRow, out: ImageOut) => boolean {
  c.named.add(column);
  const lengthBytes = c.lengthBytes[column]!;
  return ({input, view, places}, out) => {
    const place = places[column]!;
    if (place < 0) return false;
    let p = place + lengthBytes;
    const end = p + cellLength(view, place, lengthBytes);
    const start = take(out, 4 + (end - p) * mark.length);
    const {bytes} = out;
    let o = start + 4;
    for (let i = 0; i <= to && p < end; i++) {
      const stop = p + characterBytes(input[p]!);
      if (i < from) while (p < stop) bytes[o++] = input[p++]!;
      else for (let k = 0; k < mark.length; k++) bytes[o++] = mark[k]!;
      p = stop;
    }
    while (p < end) bytes[o++] = input[p++]!;
    out.view.setUint32(start, o - start - 4, true);
    out.length = o;
    return true;
  };
}

function characterBytes(first: number): number {
  if (first < 0xc0) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
