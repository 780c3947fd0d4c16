// The steps that take a row to its record, in order and for either engine: pass over a cell, write it, or go elsewhere.
// Made once per table version, from the plan and (for row images) the table map.
import {cellShape, skippedShape, type CellShape} from './cellShape.ts';
import {isLive, type TablePlan} from './plan.ts';
import {additionalColumns} from './planTable.ts';
import type {TableMap} from './tableMap.ts';
import {lengthBytesOf} from './tableMapCheck.ts';

/**
 * `write` a cell, `skip` it, `mark` where it begins, or `jump` to a mark; all but the marks' end are left out for NULL.
 */
export interface CellStep {
  what: 'write' | 'skip' | 'mark' | 'jump';
  /** Column of the plan, or -1; of a mark or jump, its number. */
  slot: number;
  /** Field number in the record. */
  field: number;
  /** Bit in the row's null bitmap. */
  bit: number;
  shape: CellShape;
}

/** Bits of the null bitmap that the binary protocol leaves unused before the first column. */
export const packetNullBitsOffset = 2;

/** The steps for rows of the binary protocol whose columns are those of the plan, in its order. */
export function packetSteps(plan: TablePlan): CellStep[] {
  return plan.columns.map((column, slot) => ({
    what: 'write',
    slot,
    field: slot + 1,
    bit: slot + packetNullBitsOffset,
    shape: cellShape(column, 0, column.source.nullable),
  }));
}

/** The steps for row images. Records have ascending field numbers, so a plan in another order than the image walks first. */
export function imageSteps(plan: TablePlan, map: TableMap): CellStep[] {
  const live = plan.columns.flatMap((column, slot) => (isLive(column) ? [{column, slot}] : []));
  const slots = new Map(live.map(({column, slot}, i) => [column.imageIndex, {slot, i}]));
  const inOrder = live.every(
    ({column}, i) => i === 0 || column.imageIndex > live[i - 1]!.column.imageIndex,
  );
  const skips = plan.source.columns.map((column, i): CellStep => {
    const shape = skippedShape(column, lengthBytesAt(map, i), map.nullable[i]!);
    return {what: 'skip', slot: -1, field: 0, bit: i, shape};
  });
  const writes = live.map(({column, slot}): CellStep => {
    const i = column.imageIndex;
    const shape = cellShape(column, lengthBytesAt(map, i), map.nullable[i]!);
    return {what: 'write', slot, field: slot + 1 + additionalColumns, bit: i, shape};
  });
  if (inOrder)
    return skips.map((skip, i) => {
      const found = slots.get(i);
      return found === undefined ? skip : writes[found.i]!;
    });
  const end = plan.columns.length;
  const walk = skips.flatMap((skip, i): CellStep[] => {
    const slot = slots.get(i)?.slot;
    return slot === undefined ? [skip] : [{...skip, what: 'mark', slot}, skip];
  });
  const jumps = writes.flatMap((write): CellStep[] => [{...write, what: 'jump'}, write]);
  return [...walk, endStep('mark', end), ...jumps, endStep('jump', end)];
}

/** The null bits that no row may set, a byte each. */
export function strictNullBits(
  bytes: number,
  bits: Iterable<{bit: number; nullable: boolean}>,
): Uint8Array {
  const strict = new Uint8Array(bytes);
  for (const {bit, nullable} of bits) if (!nullable) strict[bit >> 3]! |= 1 << (bit & 7);
  return strict;
}

function lengthBytesAt(map: TableMap, i: number): number {
  return lengthBytesOf(map.types[i]!, map.metadata[i]!);
}

function endStep(what: 'mark' | 'jump', slot: number): CellStep {
  const shape: CellShape = {source: {kind: 'year'}, target: null, nullable: false, policies: null};
  return {what, slot, field: 0, bit: 0, shape};
}
