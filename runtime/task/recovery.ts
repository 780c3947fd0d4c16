// Finishing what the last runtime intended (rule C9), before the source is contacted and before any edit takes effect.
import {must} from '../base/assert.ts';
import type {LedgerState} from './ledgerTypes.ts';
import type {Sender} from './sender.ts';
import {settlePart} from './settle.ts';
import {openSpool} from './spool.ts';

/** Takes every open intent to done, then empties the spool. The ledger must be loaded again afterwards. */
export async function recoverIntents(sender: Sender, state: LedgerState): Promise<void> {
  openSpool(sender.spoolDir, new Set(state.intents.map(batch => batch.spoolFile)), sender.disk);
  for (const batch of state.intents) {
    const table = must(
      state.tables.find(candidate => candidate.tableId === batch.tableId),
      'the table of an intent is in the ledger',
    );
    sender.log.info(
      {batchId: batch.batchId, table: table.plan.logTable},
      'an intent of the last run is finished',
    );
    for (const part of batch.parts) await settlePart(sender, table.plan, batch, part);
    await sender.ledger.done(batch, null);
  }
  openSpool(sender.spoolDir, new Set(), sender.disk);
}
