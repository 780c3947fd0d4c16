// Target tables of tables that joined without any: made beside the loads of others, a bounded number at a time and in the
// tables' order (rule C4). A load and a log wait for their own. Every name was seen to be free.
import PQueue from 'p-queue';
import type {TargetClient} from '../sink/client.ts';
import {formatOwner, type Owner} from '../sink/owner.ts';
import {baseTableDdl, createTable, logTableDdl} from '../sink/tables.ts';
import type {Ledger} from './ledger.ts';
import type {TableRecord} from './ledgerTypes.ts';

/** Tables at a time; each takes two statements at once (16 statements, rule C4: bounded, not one after the other). */
const tablesMax = 8;
/** Up to this many tables are there before the task counts as set up: two rounds of statements. */
const tablesAtStartMax = 16;

export interface Making {
  /** Ends when the target tables of the table are there; null when they are. Rejects when they cannot be made, or on a stop. */
  made: (tableId: number) => Promise<void> | null;
  /** Ends when all are made, early on a stop; rejects with the first failure. */
  all: Promise<void>;
  /** Whether there are so few that a start waits for them. */
  isSmall: boolean;
}

interface MakingRoom {
  client: TargetClient;
  ledger: Ledger;
  uid: string;
  epoch: number;
  /** No statement is begun any more; those under way are cut off. */
  signal: AbortSignal;
}

/** Begins to make the target tables of those of `tables` that have none. */
export function startMaking(room: MakingRoom, tables: readonly TableRecord[]): Making {
  const {signal} = room;
  const queue = new PQueue({concurrency: tablesMax});
  let failure: {error: unknown} | null = null;
  const unmade = tables.filter(table => !table.isMade);
  const makings = new Map(
    unmade.map(table => {
      const making = queue.add(async () => {
        if (failure !== null) throw failure.error;
        signal.throwIfAborted();
        try {
          await make(room, table);
        } catch (error) {
          failure ??= {error};
          throw error;
        }
      });
      // Whoever needs the table hears of it.
      making.catch(() => undefined);
      return [table.tableId, making] as const;
    }),
  );
  const all = Promise.all(makings.values()).then(
    () => undefined,
    (error: unknown) => {
      if (!signal.aborted) throw error;
    },
  );
  all.catch(() => undefined);
  return {
    made: tableId => makings.get(tableId) ?? null,
    all,
    isSmall: unmade.length <= tablesAtStartMax,
  };
}

async function make(
  {client, ledger, uid, epoch, signal}: MakingRoom,
  {tableId, plan, generation}: TableRecord,
): Promise<void> {
  const owner: Owner = {uid, generation, epoch};
  const mark = formatOwner(owner);
  await Promise.all(
    [baseTableDdl(plan, mark), logTableDdl(plan, mark)].map(ddl =>
      createTable(client, ddl, signal),
    ),
  );
  await ledger.made(tableId);
}
