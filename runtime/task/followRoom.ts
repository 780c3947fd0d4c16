// Making room: when memory or the spool is full, reading waits until enough is compressed, sent and done (rules C19, C21).
import {setTimeout as sleep} from 'node:timers/promises';
import {KiB} from '../base/sizes.ts';
import type {FollowedTable, OpenPart} from './followedTable.ts';
import {heldBytesMax, markDue, type FollowState} from './followState.ts';
import {blockBytes} from './openBlock.ts';
import {cutBlock, spoolOf} from './sendBatch.ts';

/** How often it is looked whether there is room again. */
const lookMs = 5;
/** Blocks smaller than this cost more in round trips than they free. */
const worthCuttingBytes = 64 * KiB;

/** Resolves when memory and spool are below their limits again, or when the task ends. */
export async function makeRoom(state: FollowState): Promise<void> {
  const {sender, limits} = state;
  cutLargest(state, heldBytesMax / 2);
  // What is left are many small buffers: they only go with their batches.
  if (heldByOpen(state) > heldBytesMax / 2 || !canSpool(state)) markDue(state, true);
  while (!sender.signal.aborted && !(sender.heldBytes <= heldBytesMax && canSpool(state))) {
    const onlyOpen = [...state.openTables].every(table => table.sending === null);
    if (onlyOpen && heldByOpen(state) >= sender.heldBytes && canSpool(state)) return;
    await sleep(lookMs);
    if (sender.spooledBytes > limits.spoolBytesMax) markDue(state, true);
  }
}

/** A transaction that alone is larger than the spool goes on: nothing can be committed before its end. */
function canSpool({sender, limits, inTransaction}: FollowState): boolean {
  return sender.spooledBytes <= limits.spoolBytesMax || inTransaction;
}

/** Cuts blocks, the largest first, until open buffers hold no more than `bytes`. */
function cutLargest(state: FollowState, bytes: number): void {
  const parts: {table: FollowedTable; part: OpenPart}[] = [];
  for (const table of state.openTables)
    for (const part of table.open.values())
      if (blockBytes(part.block) >= worthCuttingBytes) parts.push({table, part});
  parts.sort((left, right) => blockBytes(right.part.block) - blockBytes(left.part.block));
  let held = heldByOpen(state);
  for (const {table, part} of parts) {
    if (held <= bytes) return;
    held -= blockBytes(part.block);
    cutBlock(state.sender, spoolOf(state.sender, table), part);
  }
}

/** Bytes in open buffers: they cannot shrink by waiting inside a transaction. */
function heldByOpen(state: FollowState): number {
  let bytes = 0;
  for (const table of state.openTables)
    for (const part of table.open.values()) bytes += blockBytes(part.block);
  return bytes;
}
