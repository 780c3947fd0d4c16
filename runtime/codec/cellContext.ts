// What both engines derive from a cell's shape: what the slow functions need of its column, and the room it takes.
import type {CellShape} from './cellShape.ts';
import {cellContext, type CellContext} from './textCell.ts';

/** The context of column `slot`, whose policies are known. */
export function contextOf(slot: number, {source, policies}: CellShape): CellContext {
  const charset = source.kind === 'text' && source.lengthBytes > 0 ? source.charset : null;
  const labels =
    source.kind === 'enum' ? ['', ...source.labels] : source.kind === 'set' ? source.labels : [];
  const setBytes = source.kind === 'set' ? source.bytes : 0;
  return cellContext(slot, policies!, charset, labels, setBytes);
}

/** Bytes that a record of these cells can take beyond a copy of its row. */
export function roomBytesOf(shapes: readonly CellShape[]): number {
  return shapes.reduce((sum, shape) => sum + roomOf(shape), recordOverheadBytes);
}

/** Head of a log record, end tag and checksum. */
const recordOverheadBytes = 64;

/** Most bytes that a cell's field takes beyond the bytes of the cell itself. */
function roomOf({source}: CellShape): number {
  // Key, length, and the longest number or time as text.
  const base = 48;
  switch (source.kind) {
    case 'decimal':
      return base + source.precision;
    case 'fixedBinary':
      return base + source.length;
    case 'vector':
      return base + source.dimensionsMax;
    case 'enum':
      return base + Math.max(0, ...source.labels.map(label => Buffer.byteLength(label)));
    default:
      return base;
  }
}
