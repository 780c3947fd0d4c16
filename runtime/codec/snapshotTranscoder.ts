// Rows of the binary result protocol to records of `_base`. Chooses everything once per table; per row only bytes move.
import type {CellCode} from './compileCells.ts';
import {compileCells} from './compileCells.ts';
import {CellFault, cellError} from './cellFault.ts';
import {packetNullBitsOffset, packetSteps, strictNullBits} from './cellStep.ts';
import {MiB} from '../base/sizes.ts';
import {results} from './cellKit.ts';
import {engineFor, usualEngine, type Engine} from './engine.ts';
import {finishRecord} from './finishRecord.ts';
import type {Counters} from './counters.ts';
import type {TablePlan} from './plan.ts';
import {reserve, type RecordBuffer} from './recordBuffer.ts';
import {snapshotCell} from './snapshotCell.ts';
import {wasmPacketsTranscoder, wasmSnapshotTranscoder} from './wasmTranscoder.ts';

/**
 * Appends the record of one row: the packet's payload input[at, end), of any length. `view` covers the same memory as
 * `input`. On an error nothing is appended. What lies behind `end` in `input` may be read ahead: its bytes must stay
 * until a row at or before `at` is given.
 */
export type SnapshotTranscoder = (
  input: Buffer,
  view: DataView,
  at: number,
  end: number,
  out: RecordBuffer,
  counters: Counters,
) => void;

/**
 * Appends the records of the rows that stand in input[at, end) as packets of a result set behind their headers, up to the
 * first packet that is no row, not whole, or long; returns the place of that. On an error nothing is appended.
 */
export type PacketsTranscoder = (
  input: Buffer,
  at: number,
  end: number,
  out: RecordBuffer,
  counters: Counters,
) => number;

/** Rows longer than this are read where they are: WebAssembly would have one copy of them and one of their record. */
const longBytes = 4 * MiB;

/** The transcoder for rows whose columns are those of `selectList`. */
export function snapshotTranscoder(
  plan: TablePlan,
  engine: Engine = usualEngine,
): SnapshotTranscoder {
  if (engineFor(plan, engine) === 'js') return generatedTranscoder(plan);
  const usual = wasmSnapshotTranscoder(plan);
  let ofLong: SnapshotTranscoder | null = null;
  return (input, view, at, end, out, counters) => {
    if (end - at <= longBytes) return usual(input, view, at, end, out, counters);
    ofLong ??= generatedWhereAllowed(plan) ?? usual;
    ofLong(input, view, at, end, out, counters);
  };
}

/** The transcoder of the same rows by the chunk, from which one call a row is saved; null where rows come one by one. */
export function packetsTranscoder(
  plan: TablePlan,
  engine: Engine = usualEngine,
): PacketsTranscoder | null {
  return engineFor(plan, engine) === 'js' ? null : wasmPacketsTranscoder(plan);
}

/** Null where no code may be made from text. */
function generatedWhereAllowed(plan: TablePlan): SnapshotTranscoder | null {
  try {
    return generatedTranscoder(plan);
  } catch (error) {
    if (error instanceof EvalError) return null;
    throw error;
  }
}

function generatedTranscoder(plan: TablePlan): SnapshotTranscoder {
  const cells = packetSteps(plan).map(({slot, field, bit, shape}): CellCode => {
    return {code: snapshotCell(shape, {slot, field}), bit, shape, slot};
  });
  const {parts, roomBytes} = compileCells(shapeKey(cells), cells);
  const nullBytes = (plan.columns.length + packetNullBitsOffset + 7) >> 3;
  const notNull = strictNullBits(
    nullBytes,
    cells.map(({bit, shape}) => ({bit, nullable: shape.nullable})),
  );
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
      if (p !== end)
        throw new CellFault('malformed', -1, `the row has ${p - at} bytes, not ${end - at}`);
      finishRecord(out, o, ~crc);
    } catch (error) {
      out.length = start;
      throw cellError(plan, error);
    }
  };
}

/** The SELECT expressions in the order of the plan, for a connection in utf8mb4 with time zone +00:00. */
export function selectList(plan: TablePlan): string {
  return selectExpressions(plan).join(', ');
}

/** The same, one by one. */
export function selectExpressions(plan: TablePlan): string[] {
  return plan.columns.map(
    ({source, select}) => select ?? `\`${source.name.replaceAll('`', '``')}\``,
  );
}

function shapeKey(cells: readonly CellCode[]): string {
  return `snapshot ${JSON.stringify(cells.map(cell => cell.shape))}`;
}
