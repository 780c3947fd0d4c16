// What goes wrong inside a cell. Compiled code knows slots, not names: it throws a fault, and the transcoder of the
// table turns it into a coded error that names table and column.
import {fail, isSyncError, type SyncError} from '../base/errors.ts';
import type {TablePlan} from './plan.ts';
import {tableName} from './planTable.ts';
import {webAssembly} from './webAssembly.ts';

type FaultKind = 'malformed' | 'zeroDate' | 'overLong' | 'invalidText' | 'outside';

/** Thrown inside compiled code only. `slot` is a plan column, or -1 when the row as a whole is at fault. */
export class CellFault extends Error {
  readonly kind: FaultKind;
  readonly slot: number;

  constructor(kind: FaultKind, slot: number, value: string) {
    super(value);
    this.kind = kind;
    this.slot = slot;
  }
}

/** The coded error for `error`, which compiled code threw while it read a row of the plan's table. */
export function cellError(plan: TablePlan, error: unknown): SyncError {
  if (isSyncError(error)) return error;
  const table = tableName(plan.source);
  if (!(error instanceof CellFault)) {
    // DataView and WebAssembly refuse reads beyond their memory: the row says it is longer than it is.
    const isBeyond =
      error instanceof RangeError ||
      (webAssembly !== null && error instanceof webAssembly.RuntimeError);
    const what = isBeyond ? 'it ends before its last cell' : String(error);
    return fail('SYNC3203', {table, column: '?', what}, error);
  }
  const planned = plan.columns[error.slot];
  const column = planned?.source.name ?? '?';
  const value = error.message;
  switch (error.kind) {
    case 'zeroDate':
      return fail('SYNC3204', {table, column, value});
    case 'overLong':
      return fail('SYNC3205', {table, column, value});
    case 'invalidText':
      return fail('SYNC3206', {table, column, value});
    case 'outside':
      return fail('SYNC3207', {table, column, value, targetType: planned!.targetType});
    default:
      return fail('SYNC3203', {table, column, what: value});
  }
}
