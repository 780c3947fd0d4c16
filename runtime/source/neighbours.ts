// Other tasks that read the same server by the same account: each connection of a task tells its name and retry windows as
// connection attributes, which MySQL shows to every connection of the account (performance_schema.session_account_connect_attrs).
// Tasks of other accounts, and those that only share the target, are not seen.
import {isSyncError} from '../base/errors.ts';
import type {SourceConnection} from './connection.ts';

/** How long a task goes on trying. */
export interface RetryWindows {
  connectionMinutes: number;
  otherMinutes: number;
}

/** Another task, connected now. */
export interface Neighbour extends RetryWindows {
  task: string;
}

/** What a task's connections tell of it. */
export function neighbourAttributes(task: string, windows: RetryWindows): Record<string, string> {
  return {
    synctask_task: task,
    synctask_connection_minutes: String(windows.connectionMinutes),
    synctask_other_minutes: String(windows.otherMinutes),
  };
}

/** The other tasks connected now, by name; none where the server keeps no such table or does not show it. */
export async function readNeighbours(
  connection: SourceConnection,
  ownTask: string,
): Promise<Neighbour[]> {
  const byName = new Map<string, Neighbour>();
  for (const attributes of (await readAttributes(connection)).values()) {
    const task = attributes.get('synctask_task');
    const connectionMinutes = Number(attributes.get('synctask_connection_minutes'));
    const otherMinutes = Number(attributes.get('synctask_other_minutes'));
    if (task === undefined || task === ownTask) continue;
    // Anyone can send such attributes: only windows that a task may have count.
    if (!(connectionMinutes >= 1) || !(otherMinutes >= 1)) continue;
    byName.set(task, {task, connectionMinutes, otherMinutes});
  }
  return [...byName.values()].sort((a, b) => (a.task < b.task ? -1 : 1));
}

/** The shorter of each window: tasks that share a server give up together. */
export function shortestWindows(
  own: RetryWindows,
  neighbours: readonly RetryWindows[],
): RetryWindows {
  const all = [own, ...neighbours];
  return {
    connectionMinutes: Math.min(...all.map(windows => windows.connectionMinutes)),
    otherMinutes: Math.min(...all.map(windows => windows.otherMinutes)),
  };
}

/** Our attributes of every connection, by its number. */
async function readAttributes(
  connection: SourceConnection,
): Promise<Map<number, Map<string, string>>> {
  const found = new Map<number, Map<string, string>>();
  try {
    const rows = await connection.query<{id: number; name: string; value: string}>(
      'SELECT PROCESSLIST_ID AS id, ATTR_NAME AS name, ATTR_VALUE AS value ' +
        "FROM performance_schema.session_account_connect_attrs WHERE ATTR_NAME LIKE 'synctask\\_%'",
    );
    for (const {id, name, value} of rows)
      found.set(id, (found.get(id) ?? new Map<string, string>()).set(name, value));
  } catch (error) {
    if (!isSyncError(error) || error.kind === 'trouble') throw error;
  }
  return found;
}
