// Partial updates of a Delta table in the embedded endpoint: each row changes the columns it names, in the order of events.
import test from 'ava';
import {runSql} from '../../runtime/sink/instance.ts';
import {UpsertSession} from '../../runtime/sink/upsertSession.ts';
import {openClient, startTarget} from '../support/target.ts';

const {signal} = new AbortController();

test('partial updates, whole rows and deletes of one key follow each other', async t => {
  const client = openClient(t, await startTarget(t));
  const list = 'id BIGINT NOT NULL, a STRING, b BIGINT, at TIMESTAMP, PRIMARY KEY (id)';
  const properties =
    "'transactional'='true','write.bucket.num'='2','acid.partial.fields.update.enable'='true'";
  await runSql(client, `CREATE TABLE d (${list}) TBLPROPERTIES (${properties})`, {signal});
  const write = async (work: (session: UpsertSession) => Promise<void>) => {
    await using session = await UpsertSession.create(client, 'd', {partition: null, signal});
    await work(session);
    await session.commit(signal);
  };
  const at = {seconds: 1n, nanos: 1};
  await write(async session => {
    for (const id of [1n, 2n, 3n, 4n, 5n]) await session.upsert([id, `a${id}`, id, at], signal);
  });
  await write(async session => {
    await session.update([1n, 'only a', 99n], ['a'], signal);
    await session.update([1n, null, 11n], ['b'], signal);
    await session.update([2n, null, null], ['A'], signal);
    await session.delete([3n], signal);
    await session.update([3n, 'again', 99n], ['a'], signal);
    await session.update([4n, 'lost', 99n], ['a', 'b'], signal);
    await session.upsert([4n, 'whole', null, null], signal);
    await session.update([4n, null, 44n], ['b'], signal);
    await session.update([5n, 'x'], ['a'], signal);
    await session.delete([5n], signal);
    await session.update([6n, 'new', 99n], ['a'], signal);
  });
  const {rows} = await runSql(client, 'SELECT id, a, b, at FROM d ORDER BY id LIMIT 9', {signal});
  const moment = '1970-01-01 00:00:01.000000001';
  t.deepEqual(rows, [
    ['1', 'only a', '11', moment],
    ['2', null, '2', moment],
    ['3', 'again', null, null],
    ['4', 'whole', '44', null],
    ['6', 'new', null, null],
  ]);
});
