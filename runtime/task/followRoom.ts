// Making room: when memory or the spool is full, reading waits until enough is compressed, sent and done (rules C19, C21).
import {setTimeout as sleep} from 'node:timers/promises';
import {KiB} from '../base/sizes.ts';
import {wait} from '../base/wait.ts';
import type {FollowedTable, OpenPart} from './followedTable.ts';
import {
  heldBytesMax,
  isPaused,
  markDue,
  openPartitionsMax,
  type FollowState,
} from './followState.ts';
import type {Holds} from './holds.ts';
import {blockBytes} from './openBlock.ts';
import {cutBlock, spoolOf} from './sendBatch.ts';

/** How often it is looked whether there is room again. */
const lookMs = 5;
/** A hold that is looked at again each time stays on the page this long after it ended. */
const shownMs = 1000;
/** Blocks smaller than this cost more in round trips than they free. Those of a paused table have no other way out. */
const worthCuttingBytes = 64 * KiB;

/**
 * Between two transactions: null while the spool has room. Else a promise for room, which `signal` ends: everything that may be
 * sent is, and reading waits. Where the rows are those of paused tables that is until somebody resumes one.
 */
export function makeSpoolRoom(
  state: FollowState,
  holds: Holds,
  signal: AbortSignal,
): Promise<void> | null {
  return state.inTransaction || hasRoom(state) ? null : waitForSpool(state, holds, signal);
}

async function waitForSpool(state: FollowState, holds: Holds, signal: AbortSignal): Promise<void> {
  const paused = [...state.openTables].filter(table => isPaused(state, table));
  state.log.warn(
    {
      spooledBytes: state.sender.spooledBytes,
      pausedTables: paused.map(({database, table}) => `${database}.${table}`),
    },
    'the spool is full: reading waits until the target has more of it',
  );
  while (!hasRoom(state)) {
    holds.slow('spool-full', shownMs);
    markDue(state, true);
    await wait(lookMs, signal);
  }
}

/** A paused table has room for the partitions of one batch too: beyond them its sessions would be too many at once. */
function hasRoom(state: FollowState): boolean {
  if (state.sender.spooledBytes > state.limits.spoolBytesMax) return false;
  for (const table of state.due)
    if (table.open.size >= openPartitionsMax && isPaused(state, table)) return false;
  return true;
}

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
      if (blockBytes(part.block) >= (isPaused(state, table) ? 1 : worthCuttingBytes))
        parts.push({table, part});
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
