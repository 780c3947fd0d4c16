// Making room: when memory or the spool is full, reading waits until enough is compressed, sent and done (rules C19, C21).
import {setTimeout as sleep} from 'node:timers/promises';
import {MiB} from '../base/sizes.ts';
import {heldBytesMax, markDue, type FollowState} from './followState.ts';
import {cutBlock, spoolOf} from './sendBatch.ts';

/** Open buffers below this size are not worth a block of their own. */
const worthCuttingBytes = MiB;
/** How often it is looked whether there is room again. */
const lookMs = 10;

/** Resolves when memory and spool are below their limits again, or when the task ends. */
export async function makeRoom(state: FollowState): Promise<void> {
  const {sender, limits} = state;
  for (const table of state.openTables)
    for (const part of table.open.values())
      if (part.buffer.length >= worthCuttingBytes) cutBlock(sender, spoolOf(sender, table), part);
  markDue(state, true);
  // A transaction that alone is larger than the spool goes on: nothing can be committed before its end.
  const canSpool = () => sender.spooledBytes <= limits.spoolBytesMax || state.inTransaction;
  while (!sender.signal.aborted && !(sender.heldBytes <= heldBytesMax / 2 && canSpool())) {
    const onlyOpen = [...state.openTables].every(table => table.sending === null);
    if (onlyOpen && heldByOpen(state) >= sender.heldBytes && canSpool()) return;
    await sleep(lookMs);
  }
}

/** Bytes in open buffers: they cannot shrink by waiting inside a transaction. */
function heldByOpen(state: FollowState): number {
  let bytes = 0;
  for (const table of state.openTables)
    for (const part of table.open.values()) bytes += part.buffer.length;
  return bytes;
}
