// Damaged answers to the client: each ends in a coded error or in the truth. No hang, no error without a code, and nothing
// that the target does not hold counts as committed. Seeded: SEED=… npm run test:fault replays.
import test from 'ava';
import {isSyncError} from '../../runtime/base/errors.ts';
import {parseOdpsType} from '../../runtime/codec/odpsType.ts';
import {writeRecords} from '../../runtime/codec/recordWriter.ts';
import type {TargetClient} from '../../runtime/sink/client.ts';
import {downloadRows, openDownload} from '../../runtime/sink/download.ts';
import {runSql} from '../../runtime/sink/instance.ts';
import {precheckSink} from '../../runtime/sink/precheck.ts';
import {StreamSession} from '../../runtime/sink/streamSession.ts';
import {getTable, listPartitions} from '../../runtime/sink/tables.ts';
import {UploadSession} from '../../runtime/sink/uploadSession.ts';
import {UpsertSession} from '../../runtime/sink/upsertSession.ts';
import {countRows} from '../../runtime/sink/verify.ts';
import {AnswerMutator, createRandom} from '../support/answerMutator.ts';
import {tablePlan} from '../support/tablePlan.ts';
import {openClient, startTarget} from '../support/target.ts';

const seed = Number(process.env['SEED'] ?? 20_261_122);
const rounds = 40;
/** A request may wait for none of its bounds longer than this; a test that waits longer hangs. */
const roundMsMax = 30_000;
const {signal: never} = new AbortController();

const columns = [
  {name: 'id', type: parseOdpsType('bigint')},
  {name: 'name', type: parseOdpsType('string')},
];
const block = (id: number) => writeRecords([[BigInt(id), `row ${id}`]], columns);
const plan = tablePlan('t', [['id', 'BIGINT']], ['id']);

/** What a client does; gives the ids of rows that it may now believe to be in table `t`. */
type Work = (client: TargetClient, id: number, signal: AbortSignal) => Promise<number[]>;

const works: Record<string, Work> = {
  upload: async (client, id, signal) => {
    await using session = await UploadSession.create(client, 't', {
      partition: null,
      overwrite: false,
      signal,
    });
    await session.putBlock(0, block(id), 'none', signal);
    const again = await UploadSession.reopen(client, 't', session.id, null, signal);
    await again.commit([0], signal);
    return [id];
  },
  stream: async (client, id, signal) => {
    const options = {
      partition: null,
      slots: 1,
      schemaVersion: null,
      inDoubt: 'raise' as const,
      signal,
    };
    await using session = await StreamSession.create(client, 't', options);
    await session.write(block(id), 1, 'none', signal);
    return [id];
  },
  upsert: async (client, id, signal) => {
    await using session = await UpsertSession.create(client, 'd', {partition: null, signal});
    await session.upsert([BigInt(id), 'x'], signal);
    await session.commit(signal);
    return [];
  },
  download: async (client, _, signal) => {
    const session = await openDownload(client, {table: 't', partition: null}, signal);
    for await (const rows of downloadRows(client, session, {signal}))
      for (const [id, name] of rows)
        if (name !== null && String(name) !== `row ${id}`) throw new Error(`read ${id} ${name}`);
    return [];
  },
  tables: async (client, _, signal) => {
    await getTable(client, 'd', signal);
    await listPartitions(client, 'p', signal);
    return [];
  },
  sql: async (client, _, signal) => {
    await runSql(client, 'SELECT 1 AS a', {signal});
    await countRows(client, 't', signal);
    return [];
  },
  precheck: async (client, _, signal) => {
    const options = {conflictingTables: 'adopt' as const, ownTables: new Set<string>(), signal};
    await precheckSink(client, [plan], options);
    return [];
  },
};

test('a damaged answer is a coded error or does no harm, and never a commit that is none', async t => {
  t.log(`SEED=${seed}`);
  const random = createRandom(seed);
  const endpoint = await startTarget(t);
  const direct = openClient(t, endpoint);
  const run = (sql: string) => runSql(direct, sql, {signal: never});
  await run('CREATE TABLE t (id BIGINT, name STRING)');
  await run('CREATE TABLE p (id BIGINT) PARTITIONED BY (dt STRING)');
  await run("ALTER TABLE p ADD PARTITION (dt='1')");
  await run(
    "CREATE TABLE d (id BIGINT NOT NULL, name STRING, PRIMARY KEY (id)) TBLPROPERTIES ('transactional'='true')",
  );
  const believed: number[] = [];
  const codes = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      await using mutator = await AnswerMutator.start(endpoint, random, 4);
      const tunnelEndpoint = random(2) === 0 ? null : mutator.url;
      const client = openClient(t, mutator.url, {tunnelEndpoint});
      const signal = AbortSignal.timeout(roundMsMax);
      const id = round * 10 + Object.keys(works).indexOf(name);
      try {
        believed.push(...(await work(client, id, signal)));
      } catch (error) {
        const what = `${name} ${id}: ${mutator.done.join(' | ')}`;
        if (!isSyncError(error)) throw new Error(`${what}: ${(error as Error).stack}`);
        t.false(signal.aborted, `${what} hangs`);
        t.not(error.kind, 'bug', `${what}: ${error.message}`);
        codes.add(error.code);
      }
      await client[Symbol.asyncDispose]();
    }
  }
  t.true(codes.size > 5, [...codes].join(' '));
  const held = await openDownload(direct, {table: 't', partition: null}, never);
  const ids = new Set<number>();
  for await (const rows of downloadRows(direct, held, {signal: never}))
    for (const [id] of rows) ids.add(Number(id));
  t.deepEqual(
    believed.filter(id => !ids.has(id)),
    [],
  );
  t.true(believed.length > 0);
});
