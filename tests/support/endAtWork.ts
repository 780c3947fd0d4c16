// A runtime in a place of its own ended again and again at work, while it loads and while it follows, with a writer beside it.
import type {ExecutionContext} from 'ava';
import type {Deployer} from '../../provider/deploy/deployer.ts';
import type {Status} from '../../runtime/task/progress.ts';
import type {PlaceTask} from './placeTask.ts';
import {writeShop} from './shop.ts';

const seed = Number(process.env['SEED'] ?? 20261122);
const writerPauseMs = 20;

/** Ends it `loading` and then `following` times, each when it has moved since its last start; then every row is compared. */
export async function endAtWork(
  t: ExecutionContext<any>,
  task: PlaceTask,
  deployer: Deployer,
  times: {loading: number; following: number},
  tables: readonly string[],
  end: () => Promise<void>,
): Promise<void> {
  let over = false;
  const writing = writeShop(await task.database.connect(), seed, () => over, writerPauseMs);
  // Where the test fails, this connection goes first; that is told by the test itself.
  writing.catch(() => undefined);
  for (const [state, count] of Object.entries(times))
    for (let ended = 0; ended < count; ended++) {
      let first: number | null = null;
      await task.until(deployer, deployed => {
        if (deployed.state !== state) return false;
        first ??= rowsOf(deployed.status);
        return rowsOf(deployed.status) > first;
      });
      await end();
    }
  over = true;
  t.log(`ended ${JSON.stringify(times)}, ${await writing} transactions, SEED=${seed}`);
  await task.caughtUp(deployer);
  for (const table of tables) await task.equal(table);
}

function rowsOf(status: Status | null): number {
  const tables = status?.tables ?? [];
  return tables.reduce((sum, table) => sum + table.rowsLoaded + table.rowsFollowed, 0);
}
