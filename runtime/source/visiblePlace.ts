// What MariaDB has committed and every later snapshot sees (rule C1). Its state of GTIDs moves on when a transaction is
// written to the binlog, before the engine commits it; but a consistent snapshot there names its own place in the binlog. A
// state that was read before a snapshot whose place is not before it is all visible: no lock is needed.
import {setTimeout as sleep} from 'node:timers/promises';
import {fail} from '../base/errors.ts';
import {isBeforePlace} from './place.ts';
import type {Position} from './position.ts';

/** Commits take milliseconds, a semi-synchronous one as long as its replica lets it wait. */
const triesMax = 40;
const pauseMs = 50;

/** Runs one statement on a connection to `server`; rows of texts. */
export interface Asking {
  server: string;
  ask: (sql: string) => Promise<Array<Array<string | null>>>;
}

/** Waits until every snapshot sees what the binlog holds up to `place`. SYNC2127 when commits hang. */
export async function waitUntilVisible(
  {server, ask}: Asking,
  place: Pick<Position, 'file' | 'offset'>,
): Promise<void> {
  for (let tries = 0; tries < triesMax; tries++) {
    if (!isBeforePlace(await readSnapshotPlace(ask), place)) return;
    await sleep(pauseMs);
  }
  throw fail('SYNC2127', {server, place: `${place.file}:${place.offset}`}, undefined, {
    where: `source ${server}`,
  });
}

/** Where a snapshot that is opened now stands in the binlog. */
async function readSnapshotPlace(ask: Asking['ask']): Promise<Pick<Position, 'file' | 'offset'>> {
  await ask('START TRANSACTION WITH CONSISTENT SNAPSHOT');
  try {
    const rows = await ask("SHOW STATUS LIKE 'Binlog_snapshot_%'");
    const value = (name: string) => rows.find(row => row[0] === name)?.[1] ?? '';
    return {
      file: value('Binlog_snapshot_file'),
      offset: Number(value('Binlog_snapshot_position')),
    };
  } finally {
    await ask('ROLLBACK');
  }
}
