// Rows of the binary result protocol to records of `_base`. Chooses everything once per table; per row only bytes move.
import type {CellCode} from './compileCells.ts';
import {compileCells} from './compileCells.ts';
import {CellFault, cellError} from './cellFault.ts';
import {cellShape} from './cellShape.ts';
import {results} from './cellKit.ts';
import {finishRecord} from './finishRecord.ts';
import type {Counters} from './counters.ts';
import type {TablePlan} from './plan.ts';
import {reserve, type RecordBuffer} from './recordBuffer.ts';
import {snapshotCell} from './snapshotCell.ts';

/**
 * Appends the record of one row: the packet's payload input[at, end), of any length. `view` covers the same memory as
 * `input`. On an error nothing is appended.
 */
export type SnapshotTranscoder = (
  input: Buffer,
  view: DataView,
  at: number,
  end: number,
  out: RecordBuffer,
  counters: Counters,
) => void;

/** Bits of the null bitmap that the protocol leaves unused before the first column. */
const nullBitsOffset = 2;

/** The transcoder for rows whose columns are those of `selectList`. */
export function snapshotTranscoder(plan: TablePlan): SnapshotTranscoder {
  const cells = plan.columns.map((column, slot): CellCode => {
    const shape = cellShape(column, 0, column.source.nullable);
    const code = snapshotCell(shape, {slot, field: slot + 1});
    return {code, bit: slot + nullBitsOffset, shape, slot};
  });
  const {parts, roomBytes} = compileCells(shapeKey(cells), cells);
  const nullBytes = (plan.columns.length + nullBitsOffset + 7) >> 3;
  const notNull = notNullBits(cells, nullBytes);
  return (input, view, at, end, out, counters) => {
    const start = out.length;
    try {
      reserve(out, roomBytes + end - at);
      const nulls = at + 1;
      for (let i = 0; i < nullBytes; i++)
        if ((input[nulls + i]! & notNull[i]!) !== 0)
          throw new CellFault('malformed', -1, 'NULL in a column that is NOT NULL');
      let p = nulls + nullBytes;
      let o = start;
      let crc = -1;
      for (let i = 0; i < parts.length; i++) {
        o = parts[i]!(input, view, p, end, nulls, out, o, crc, counters);
        p = results[0]!;
        crc = results[1]!;
      }
      if (p !== end) throw new CellFault('malformed', -1, `the row ends at ${p}, not at ${end}`);
      finishRecord(out, o, ~crc);
    } catch (error) {
      out.length = start;
      throw cellError(plan, error);
    }
  };
}

/** The SELECT expressions in the order of the plan, for a connection in utf8mb4 with time zone +00:00. */
export function selectList(plan: TablePlan): string {
  return plan.columns.map(({source}) => `\`${source.name.replaceAll('`', '``')}\``).join(', ');
}

function shapeKey(cells: readonly CellCode[]): string {
  return `snapshot ${JSON.stringify(cells.map(cell => cell.shape))}`;
}

/** For each byte of the null bitmap the bits that no row may set. */
function notNullBits(cells: readonly CellCode[], bytes: number): Uint8Array {
  const bits = new Uint8Array(bytes);
  for (const {bit, shape} of cells) if (!shape.nullable) bits[bit >> 3]! |= 1 << (bit & 7);
  return bits;
}
