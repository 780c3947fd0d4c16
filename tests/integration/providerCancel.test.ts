// A create that is cancelled half-way: what was started stays in the stack with its reason, and the next run goes on with it.
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {lives} from '../../provider/deploy/processIdentity.ts';
import {readSupervisor} from '../../provider/deploy/stateFolder.ts';
import {create, remove, update, type HalfDone} from '../../provider/lifecycle.ts';
import {wait} from '../../runtime/base/wait.ts';
import {openEnds} from '../support/syncTaskShop.ts';

const unending = new AbortController().signal;

test('a create that is cancelled leaves no orphan: the resource holds what runs, and an update finishes it', async t => {
  const {database, target} = await openEnds(t);
  const {host, port, syncUser, syncPassword} = database.server;
  const stateDir = join(mkdtempSync(join(tmpdir(), 'synctask-cancel-')), 'state');
  const inputs = {
    name: `cancel-${process.pid}`,
    environment: 'dev',
    source: {host, port, user: syncUser},
    sourcePassword: syncPassword,
    target: {
      endpoint: target.endpoint,
      project: target.project,
      accessKeyId: target.accessKeyId,
    },
    targetAccessKeySecret: target.accessKeySecret,
    objects: [{database: database.name, tables: ['orders']}],
    deploy: {kind: 'process', stateDir},
  };
  const cancelled = new AbortController();
  const creating = create(inputs, cancelled.signal).catch((error: unknown) => error);
  // The supervisor is there, its tables are not.
  while (readSupervisor(stateDir) === null) await wait(5, unending);
  cancelled.abort();
  const half = (await creating) as HalfDone;
  t.regex(half.reasons.join(), /SYNC7010/);
  t.is(half.id, inputs.name);
  t.true(lives(readSupervisor(stateDir)!.supervisor));
  const finished = await update(half.properties, inputs, unending);
  t.deepEqual(finished['targetTables'], ['orders_base', 'orders_log']);
  await remove(half.id, finished, unending);
  t.is(readSupervisor(stateDir), null);
});
