// The cells of row images, one after another: where each begins and ends, nothing decoded. For the few events that are
// rewritten before they are read; transcoders have walks of their own.
import {CellFault} from './cellFault.ts';
import {skippedShape} from './cellShape.ts';
import {fixedBytes} from './logCell.ts';
import type {TableMap} from './tableMap.ts';
import {lengthBytesOf} from './tableMapCheck.ts';
import type {SourceColumn} from './sourceTable.ts';

/** How a column lies in an image. */
export interface ImageColumn {
  /** Bytes of its cells; null when a length of `lengthBytes` stands before each. */
  fixed: number | null;
  lengthBytes: number;
}

/** How `columns` lie in images that follow `map`. */
export function imageColumns(columns: readonly SourceColumn[], map: TableMap): ImageColumn[] {
  return columns.map((column, i) => {
    const lengthBytes = lengthBytesOf(map.types[i]!, map.metadata[i]!);
    return {fixed: fixedBytes(skippedShape(column, lengthBytes, true).source), lengthBytes};
  });
}

/** Goes over the image at `at`, gives the bytes of each cell that is not NULL, and returns where it ends. */
export function walkImage(
  columns: readonly ImageColumn[],
  input: Buffer,
  at: number,
  end: number,
  onCell: (i: number, start: number, stop: number) => void,
): number {
  const nulls = at;
  at += (columns.length + 7) >> 3;
  for (const [i, {fixed, lengthBytes}] of columns.entries()) {
    if (at > end) break;
    if ((input[nulls + (i >> 3)]! & (1 << (i & 7))) !== 0) continue;
    const start = fixed === null ? at + lengthBytes : at;
    const length = fixed ?? (start > end ? 0 : input.readUIntLE(at, lengthBytes));
    at = start + length;
    if (at > end) break;
    onCell(i, start, at);
  }
  if (at > end) throw new CellFault('malformed', -1, `a row ends ${at - end} bytes too late`);
  return at;
}
