// The owner marks of a task's log tables (rule C12), checked and taken over with the epoch of this runtime. A later epoch,
// another task's mark or a missing table stops the task. A task of few tables does that before anything else; one of many
// does it beside following, and no log is written before its own mark is taken.
import PQueue from 'p-queue';
import type {TargetClient} from '../sink/client.ts';
import {checkOwner, takeOwnership, type Owner} from '../sink/owner.ts';
import type {TableRecord} from './ledgerTypes.ts';

/** Calls of the target at once. */
const callsMax = 16;
/** Marks of more tables than this are taken beside following: 16 at once with 50 ms each is a second. */
export const marksAtStartMax = 200;

export interface OwnerMarks {
  /** Before a table is written: its mark is taken. Null when it is already, or was made by this run. */
  claim: (tableId: number) => Promise<void> | null;
  /** Ends when every mark is taken, early when the signal is aborted. */
  sweep: () => Promise<void>;
  /** Whether there are so few that a start waits for them. */
  isSmall: boolean;
}

/** The marks of `tables`, which earlier runs made. Both calls raise SYNC4030, and SYNC4008 for a missing table. */
export function ownerMarks(
  client: TargetClient,
  uid: string,
  tables: readonly TableRecord[],
  epoch: number,
  signal: AbortSignal,
): OwnerMarks {
  const queue = new PQueue({concurrency: callsMax});
  const claims = new Map<number, Promise<void>>();
  const taken = new Set<number>();
  const marks = new Map(
    tables.map(({tableId, plan, generation}) => {
      const owner: Owner = {uid, generation, epoch};
      return [tableId, {table: plan.logTable, owner}] as const;
    }),
  );
  const take = async (tableId: number, isChecked: boolean): Promise<void> => {
    const {table, owner} = marks.get(tableId)!;
    if (!isChecked) await checkOwner(client, table, owner, signal);
    await takeOwnership(client, table, owner, signal);
    taken.add(tableId);
  };
  const claim = (tableId: number, isChecked = false): Promise<void> | null => {
    if (!marks.has(tableId) || taken.has(tableId)) return null;
    let claimed = claims.get(tableId);
    if (claimed === undefined) {
      claimed = queue.add(() => take(tableId, isChecked));
      claims.set(tableId, claimed);
    }
    return claimed;
  };
  return {
    // Somebody waits for this one: it goes before those of the sweep, which are only in the queue a few at a time.
    claim: tableId => claim(tableId),
    // Every mark is checked before one is taken, so that a refused start changes none.
    sweep: async () => {
      const check = ({table, owner}: {table: string; owner: Owner}) =>
        checkOwner(client, table, owner, signal);
      await inTurn([...marks.values()], check, signal);
      await inTurn(
        [...marks.keys()],
        async tableId => (await claim(tableId, true)) ?? undefined,
        signal,
      );
    },
    isSmall: marks.size <= marksAtStartMax,
  };
}

/** Runs `work` over `items`, few at once; stops without an error when the signal is aborted. */
async function inTurn<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && !signal.aborted) await work(items[next++]!);
  };
  try {
    await Promise.all(Array.from({length: callsMax}, lane));
  } catch (error) {
    next = items.length;
    if (!signal.aborted) throw error;
  }
}
