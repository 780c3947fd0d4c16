// -0 of FLOAT and DOUBLE through load and log to the endpoint, compared bit by bit: SQL and most clients hide its sign.
import test from 'ava';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {downloadRows, openDownload} from '../../runtime/sink/download.ts';
import {openClient} from '../support/target.ts';
import {World} from '../support/world.ts';

const {signal} = new AbortController();

test('-0 keeps its bits in base and log, beside 0 and the least numbers', async t => {
  await using world = await World.open(t, {
    setup: [
      'CREATE TABLE z (id INT PRIMARY KEY, f FLOAT, d DOUBLE)',
      'INSERT INTO z VALUES (1, -0e0, -0e0), (2, 0, 0), (3, -1.4e-45, -5e-324)',
    ],
    settings: {log: {partitionBy: []}},
  });
  const runtime = world.start();
  await world.caughtUp(runtime);
  await world.mysql.query('INSERT INTO z SELECT id + 10, f, d FROM z');
  await world.caughtUp(runtime);
  const client = openClient(t, world.target.endpoint, {tunnelEndpoint: null});
  const read = async (table: string) => {
    const rows: RecordValue[][] = [];
    const session = await openDownload(client, {table, partition: null}, signal);
    for await (const some of downloadRows(client, session, {signal})) rows.push(...some);
    const bits = rows.map(row => row.slice(-3).map(value => bitsOf(value)));
    return bits.toSorted((a, b) => a[0]!.localeCompare(b[0]!)).map(([, ...numbers]) => numbers);
  };
  const [minus, zero] = [bitsOf(-0), bitsOf(0)];
  const expected = [
    [minus, minus],
    [zero, zero],
    [bitsOf(-(2 ** -149)), bitsOf(-5e-324)],
  ];
  t.not(minus, zero);
  t.deepEqual(await read('z_base'), expected);
  t.deepEqual(await read('z_log'), expected);
  await world.stop(runtime);
});

/** A number's bytes as a double; anything else as text. */
function bitsOf(value: RecordValue): string {
  if (typeof value !== 'number') return String(value);
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}
