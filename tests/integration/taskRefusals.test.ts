// What following refuses, because to go on would lose, double or change rows: each stops the task with its code.
import PQueue from 'p-queue';
import test, {type ExecutionContext} from 'ava';
import {silentLog} from '../../runtime/base/log.ts';
import {countRecord} from '../../runtime/codec/recordBuffer.ts';
import type {TablePlan} from '../../runtime/codec/plan.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {logTableDdl} from '../../runtime/sink/tables.ts';
import {cutBatch, followedTable, openPart} from '../../runtime/task/followedTable.ts';
import type {BatchRecord} from '../../runtime/task/ledgerTypes.ts';
import {pageFor} from '../../runtime/task/openBlock.ts';
import type {Sender} from '../../runtime/task/sender.ts';
import {settlePart} from '../../runtime/task/settle.ts';
import {streamBatch} from '../../runtime/task/streamBatch.ts';
import {tablePlan} from '../support/tablePlan.ts';
import {codeOf, openClient, startTarget} from '../support/target.ts';
import {World} from '../support/world.ts';

const {signal} = new AbortController();
const partition = 'new_dts_sync_modifytime_day=01';
const position = {
  epoch: 1,
  serverUuid: 'u',
  gtidSet: '',
  file: 'b.1',
  offset: 4,
  fingerprint: null,
};

/** A task follows `a`; after `change` it must end with `code`. */
const stopsWith = test.macro<[string, (world: World, t: ExecutionContext<any>) => Promise<void>]>({
  exec: async (t, code, change) => {
    await using world = await World.open(t, {
      setup: [
        'CREATE TABLE a (id INT PRIMARY KEY, v INT, w INT)',
        'INSERT INTO a VALUES (1, 1, 1)',
      ],
    });
    const runtime = world.start();
    await world.caughtUp(runtime);
    await change(world, t);
    t.not(await runtime.exit, 0);
    t.regex(world.log() + runtime.output(), new RegExp(code));
  },
  title: (given = '') => given,
});

test(
  'C7: a row event without all columns stops the task',
  stopsWith,
  'SYNC5034',
  async ({mysql}: World) => {
    await mysql.query("SET SESSION binlog_row_image = 'MINIMAL'");
    await mysql.query('UPDATE a SET v = 2 WHERE id = 1');
  },
);

test(
  'an added column stops the task when somebody else changed the log',
  stopsWith,
  'SYNC5035',
  async (world: World, t: ExecutionContext<any>) => {
    const client = openClient(t, world.target.endpoint);
    await runSql(client, 'ALTER TABLE a_log ADD COLUMNS (other BIGINT)', {signal});
    await world.mysql.query('ALTER TABLE a ADD COLUMN x INT');
  },
);

for (const [settings, code] of [
  [{ddl: ['add-column']}, 'SYNC5081'],
  [{ddl: ['add-column'], otherDdl: 'ignore', reload: 'never'}, 'SYNC5082'],
] as const)
  test(`a change that ${Object.keys(settings).join(', ')} leave out stops the task before it`, async t => {
    await using world = await World.open(t, {
      tables: [{name: 'a', ...settings}],
      setup: [
        'CREATE TABLE a (id INT PRIMARY KEY, v INT, w INT)',
        'INSERT INTO a VALUES (1, 1, 1)',
      ],
    });
    const runtime = world.start();
    await world.caughtUp(runtime);
    await world.mysql.query('ALTER TABLE a ADD COLUMN x INT');
    const statement =
      code === 'SYNC5081' ? 'ALTER TABLE a DROP COLUMN w' : 'ALTER TABLE a MODIFY w VARCHAR(9)';
    await world.mysql.query(statement);
    t.not(await runtime.exit, 0);
    t.regex(runtime.output(), new RegExp(code));
    t.true(runtime.output().includes(statement), 'the statement is named');
  });

async function sender(t: ExecutionContext, plan: TablePlan): Promise<Sender> {
  const client = openClient(t, await startTarget(t));
  await runSql(client, logTableDdl(plan, 'u:1:1'), {signal});
  const log = silentLog();
  const sessions = new PQueue();
  return {client, log, signal, sessions, heldBytes: 0, claim: () => null} as unknown as Sender;
}

test('C9: a forgotten session whose rows are there in part is not guessed about', async t => {
  const plan = tablePlan('t', [['id', 'BIGINT']], ['id']);
  const own = await sender(t, plan);
  await runSql(
    own.client,
    `INSERT INTO t_log PARTITION (${partition.replace('=', "='")}') VALUES (7, 'I', 1, 'N', 'Y', 1)`,
    {signal},
  );
  const part = {
    partition,
    blocks: [],
    records: 2,
    changes: 2,
    firstId: 7,
    lastId: 8,
    sessionId: '2026112200000000000000000000000000000000000000000000000000000000',
    sessionCreatedMs: Date.now(),
  };
  const batch: BatchRecord = {
    batchId: 1,
    tableId: 1,
    end: position,
    nextRecordId: 9,
    spoolFile: 'batch-1',
    parts: [part],
  };
  t.is(await codeOf(settlePart(own, plan, batch, part)), 'SYNC5030');
});

test('a stream session that does not show an added column is not written to', async t => {
  const before = tablePlan('t', [['id', 'BIGINT']], ['id']);
  const after = tablePlan('t', [['id', 'BIGINT'], ['more', 'BIGINT']], ['id']); // prettier-ignore
  const own = await sender(t, before);
  const table = followedTable(
    {
      tableId: 1,
      database: 'shop',
      table: 't',
      state: 'following',
      isMade: true,
      plan: after,
      settings: '',
      generation: 1,
      nextRecordId: 1,
      done: null,
      loadEnd: null,
      rowsLoaded: 0,
      rowsFollowed: 0,
    },
    0,
  );
  const part = openPart(table, partition, 1);
  const page = pageFor(part.block, 10);
  page.length += 10;
  countRecord(page, 7);
  part.records = part.changes = 1;
  t.is(await codeOf(streamBatch(own, cutBatch(table, position))), 'SYNC5036');
});
