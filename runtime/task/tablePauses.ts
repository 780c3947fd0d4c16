// Tables that an operator paused while the others stream on: kept in the state folder, so that a restart keeps to it.
// A paused table is read as ever; only nothing of it is sent. What waits is bounded by the spool (followRoom.ts).
import {readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {wait} from '../base/wait.ts';

/** How often whoever waits for a table looks whether it goes on. */
const lookMs = 100;

export interface TablePauses {
  /** Whether `table` (`database.table`) is paused. */
  has: (table: string) => boolean;
  pause: (tables: readonly string[]) => void;
  resume: (tables: readonly string[]) => void;
  /** Resolves when `table` is not paused, rejects when `signal` is aborted. */
  resumed: (table: string, signal: AbortSignal) => Promise<void>;
}

/** The pauses that the state folder remembers. */
export function openTablePauses(stateDir: string): TablePauses {
  const path = join(stateDir, 'paused-tables.json');
  const paused = new Set(readPaused(path));
  const store = () => {
    // A rename is whole or not at all: a kill leaves the old file or the new one.
    writeFileSync(`${path}.new`, JSON.stringify([...paused]), {mode: 0o600});
    renameSync(`${path}.new`, path);
  };
  return {
    has: table => paused.has(table),
    pause: tables => {
      for (const table of tables) paused.add(table);
      store();
    },
    resume: tables => {
      for (const table of tables) paused.delete(table);
      store();
    },
    resumed: async (table, signal) => {
      while (paused.has(table)) await wait(lookMs, signal);
    },
  };
}

/** No table is paused, for whoever only recovers or simulates. */
export const noPauses: TablePauses = {
  has: () => false,
  pause: () => undefined,
  resume: () => undefined,
  resumed: async () => undefined,
};

function readPaused(path: string): string[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as string[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
