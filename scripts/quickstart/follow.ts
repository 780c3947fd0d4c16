// Watching the runtime: its progress until the target is close behind, and until it has reached a position.
import {setTimeout as sleep} from 'node:timers/promises';
import type {Connection} from 'mysql2/promise';
import {fetchStatus} from '../../runtime/task/control.ts';
import type {Status} from '../../runtime/task/progress.ts';
import {query} from './compare.ts';

/** "Close behind" for the quick start. */
const lagSecondsMax = 5;
const followMsMax = 10 * 60_000;
const betweenLinesMs = 2_000;
const pollMs = 300;

/** Prints a line of progress now and then until every table follows and lag is small. */
export async function untilFollowing(stateDir: string, tables: string[]): Promise<Status> {
  let printedMs = 0;
  return until(stateDir, 'the target to be close behind', status => {
    const isDone =
      status.state === 'following' &&
      status.lagSeconds !== null &&
      status.lagSeconds <= lagSecondsMax &&
      tables.every(name => status.tables.some(t => t.table === name && t.state === 'following'));
    if (isDone || Date.now() - printedMs >= betweenLinesMs) {
      console.log(`  ${progressLine(status)}`);
      printedMs = Date.now();
    }
    return Promise.resolve(isDone);
  });
}

/** Waits until everything that MySQL has committed by now is done on the target. */
export async function untilReached(stateDir: string, connection: Connection): Promise<void> {
  const [wanted] = await query(connection, 'SELECT @@GLOBAL.gtid_executed AS gtids');
  await until(stateDir, 'the target to reach the position of MySQL', async status => {
    const [answer] = await query(connection, 'SELECT GTID_SUBSET(?, ?) AS reached', [
      wanted!['gtids'],
      status.position?.gtidSet ?? '',
    ]);
    return Number(answer!['reached']) === 1;
  });
}

/** One line that says how far the task is. */
export function progressLine(status: Status): string {
  const loaded = status.tables.reduce((sum, t) => sum + t.rowsLoaded, 0);
  const followed = status.tables.reduce((sum, t) => sum + t.rowsFollowed, 0);
  const loading = status.tables.filter(t => t.state === 'loading' || t.state === 'waiting');
  const lag = status.lagSeconds === null ? 'no lag yet' : `lag ${status.lagSeconds.toFixed(1)} s`;
  return [
    status.state.padEnd(11),
    `${number(loaded)} rows loaded`,
    `${number(followed)} changes followed`,
    ...(loading.length > 0 ? [`loading ${loading.map(t => t.table).join(', ')}`] : []),
    lag,
  ].join(' · ');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

async function until(
  stateDir: string,
  what: string,
  isSo: (status: Status) => Promise<boolean>,
): Promise<Status> {
  const endMs = Date.now() + followMsMax;
  while (Date.now() < endMs) {
    const status = await fetchStatus(stateDir);
    if (status?.state === 'failed')
      throw new Error(`the task failed: ${JSON.stringify(status.error, null, 2)}`);
    if (status !== null && (await isSo(status))) return status;
    await sleep(pollMs);
  }
  throw new Error(`waited in vain for ${what}; see ${stateDir}`);
}
