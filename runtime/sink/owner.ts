// The owner mark of a target table: which task writes it (rule C12). Checked at start and before an intent.
import {fail} from '../base/errors.ts';
import type {TargetClient} from './client.ts';
import {runSql} from './instance.ts';
import {getTable, ownerProperty, setOwnerSql} from './tables.ts';

export interface Owner {
  uid: string;
  generation: number;
  epoch: number;
}

/** `<uid>:<generation>:<epoch>` */
export function formatOwner(owner: Owner): string {
  return `${owner.uid}:${owner.generation}:${owner.epoch}`;
}

/** The mark's parts; null for a text that is no mark. */
export function parseOwner(text: string): Owner | null {
  const found = /^(.+):(\d+):(\d+)$/.exec(text);
  if (found === null) return null;
  return {uid: found[1]!, generation: Number(found[2]), epoch: Number(found[3])};
}

/** Raises SYNC4030 when `table` is not marked as ours or a later epoch of ours took over; SYNC4008 when it is gone. */
export async function checkOwner(
  client: TargetClient,
  table: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<void> {
  const found = await getTable(client, table, signal);
  if (found === null) {
    const details = {operation: `check the owner of ${table}`, code: 'NoSuchTable'};
    throw fail('SYNC4008', {...details, requestId: null, message: ''});
  }
  const text = found.properties[ownerProperty] ?? 'none';
  const mark = parseOwner(text);
  if (mark === null || mark.uid !== owner.uid || mark.epoch > owner.epoch)
    throw fail('SYNC4030', {table, owner: text});
}

/** Marks `table` as ours. */
export async function takeOwnership(
  client: TargetClient,
  table: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<void> {
  await runSql(client, setOwnerSql(table, formatOwner(owner)), {signal, repeatable: true});
}
