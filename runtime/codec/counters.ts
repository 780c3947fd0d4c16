// What the policies of a table did, one slot per plan column. Written by the transcoders, shown by task and status.
import type {TablePlan} from './plan.ts';

export interface Counters {
  /** Zero, partial and impossible dates that became NULL or text. */
  zeroDates: Float64Array;
  /** Values that were cut or dropped because they pass the cell limit. */
  overLong: Float64Array;
  /** Text that was repaired or dropped because it does not decode. */
  invalidText: Float64Array;
}

export function createCounters(plan: TablePlan): Counters {
  const slots = () => new Float64Array(plan.columns.length);
  return {zeroDates: slots(), overLong: slots(), invalidText: slots()};
}
