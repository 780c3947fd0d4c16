// The owner marks of a task's log tables (rule C12): checked at start, before anything is written, and taken over with
// the epoch of this runtime. A later epoch, another task's mark or a missing table stops the task.
import PQueue from 'p-queue';
import {checkOwner, takeOwnership} from '../sink/owner.ts';
import type {TargetClient} from '../sink/client.ts';
import type {LedgerState} from './ledgerTypes.ts';

/** Calls of the target at once; a task may have 5,000 logs. */
const callsMax = 16;

/** Checks every mark first, so that a refused start changes none. Raises SYNC4030, and SYNC4008 for a missing table. */
export async function takeOver(
  client: TargetClient,
  {uid, tables}: Pick<LedgerState, 'uid' | 'tables'>,
  epoch: number,
  signal: AbortSignal,
): Promise<void> {
  const marks = tables.map(({plan, generation}) => ({
    table: plan.logTable,
    owner: {uid, generation, epoch},
  }));
  for (const step of [checkOwner, takeOwnership]) {
    const queue = new PQueue({concurrency: callsMax});
    await queue.addAll(
      marks.map(
        ({table, owner}) =>
          () =>
            step(client, table, owner, signal),
      ),
      {signal},
    );
  }
}
