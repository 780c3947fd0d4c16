// Committing the sessions of an intent, now or after a restart (rule C9): what was sent is committed again, never replaced;
// what a forgotten session did is read from the target.
import {fail, isSyncError} from '../base/errors.ts';
import {hourMs} from '../base/sizes.ts';
import type {TablePlan} from '../codec/plan.ts';
import {UploadSession} from '../sink/uploadSession.ts';
import {countRecords} from '../sink/verify.ts';
import type {BatchPart, BatchRecord} from './ledgerTypes.ts';
import type {Sender} from './sender.ts';
import {upload} from './upload.ts';

/** An upload session lives 24 h; two more for clocks and late effects. */
const sessionForgottenMs = 26 * hourMs;

/** Brings `part` of an intended batch to committed. Raises SYNC5030 when the target holds a part of its rows. */
export async function settlePart(
  sender: Sender,
  plan: TablePlan,
  batch: BatchRecord,
  part: BatchPart,
): Promise<void> {
  const outcome = await commitKnown(sender, plan.logTable, part);
  if (outcome === 'committed') return;
  const found = await countRecords(
    sender.client,
    plan.logTable,
    part.partition || null,
    plan.logNames.recordId,
    part.firstId,
    part.lastId,
    sender.signal,
  );
  if (found.count === part.records && found.distinctIds === part.changes) return;
  const forgotten =
    outcome === 'expired' || Date.now() - part.sessionCreatedMs > sessionForgottenMs;
  if (found.count !== 0 || !forgotten) {
    const object = `${plan.source.database}.${plan.source.name}`;
    const {partition, firstId, lastId, records} = part;
    throw fail(
      'SYNC5030',
      {table: plan.logTable, partition, firstId, lastId, records, found: found.count},
      undefined,
      {object},
    );
  }
  await upload(sender, plan.logTable, batch, part);
  // The new session is in the intent before its commit, so that a crash between finds it.
  await sender.ledger.intent(batch);
  await settlePart(sender, plan, batch, part);
}

/** committed; expired: the service says so; unknown: it does not know the session, or not what became of it. */
async function commitKnown(
  sender: Sender,
  table: string,
  part: BatchPart,
): Promise<'committed' | 'expired' | 'unknown'> {
  const {client, signal} = sender;
  try {
    const session = await UploadSession.reopen(
      client,
      table,
      part.sessionId,
      part.partition || null,
      signal,
    );
    await session.commit([...part.blocks.keys()], signal);
    return 'committed';
  } catch (error) {
    const code = isSyncError(error) ? error.code : null;
    if (code === 'SYNC4042') return 'expired';
    if (code === 'SYNC4043' || code === 'SYNC4015') return 'unknown';
    throw error;
  }
}
