// Compressed transactions that are longer than one frame of the protocol, and stay out of memory.
import test from 'ava';
import {createRowsHeader, eventType, parseRowsHeader} from '../../runtime/codec/binlogEvent.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import type {Fingerprint} from '../../runtime/source/position.ts';
import {readFingerprint} from '../../runtime/source/readBack.ts';
import {readStartPosition} from '../../runtime/source/server.ts';
import {createDatabase, startPrivateServer} from '../support/mysql.ts';
import {connect, optionsOf, signalOf, syncOptionsOf} from '../support/source.ts';

test('a compressed transaction longer than a frame is given piece by piece, with its fingerprint at its end', async t => {
  const own = await startPrivateServer(t, {'binlog-row-event-max-size': '8192'});
  const database = await createDatabase(t, own.server);
  const connection = await connect(t, optionsOf(own.server));
  await database.query('CREATE TABLE big (id INT PRIMARY KEY, v VARBINARY(1200))');
  const position = await readStartPosition(connection);
  await database.query(
    'SET SESSION binlog_transaction_compression = ON, SESSION cte_max_recursion_depth = 1000000',
  );
  // Random bytes do not shrink: 40,000 rows of 1 KB are more than two frames of 16 MiB.
  await database.query(
    'INSERT INTO big WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) SELECT i, RANDOM_BYTES(1000) FROM n',
  );
  await database.query('SET SESSION binlog_transaction_compression = OFF');
  await database.query("INSERT INTO big VALUES (0, 'after')");
  const end = await readStartPosition(connection);
  const options = syncOptionsOf(own.server);
  const signal = signalOf(t);
  const read = async (verifyChecksums: boolean) => {
    const ends: number[] = [];
    const fingerprints: (Fingerprint | null)[] = [];
    let rows = 0;
    let bytes = 0;
    const header = createRowsHeader();
    const wish = {position, serverId: 0, heartbeatSeconds: 5, signal, nonBlocking: true};
    await using stream = await BinlogStream.open(options, {...wish, verifyChecksums});
    await stream.run(({type, input, at, end: bodyEnd, endOffset}) => {
      bytes = Math.max(bytes, input.length);
      if (type === eventType.writeRows) {
        parseRowsHeader(type, input, at, bodyEnd, header);
        rows += bodyEnd - header.imagesAt;
      }
      if (type !== eventType.xid) return;
      ends.push(endOffset);
      fingerprints.push(stream.fingerprint());
    });
    t.is(stream.fingerprint()?.length, ends[1]! - ends[0]!);
    return {ends, fingerprints, rows, bytes};
  };
  const verified = await read(true);
  t.is(verified.ends[1], end.offset);
  // 40,000 images of id, length and bytes, and a null bitmap each.
  t.true(verified.rows > 40_000 * 1007);
  t.true(verified.bytes < 4_000_000, `${verified.bytes} bytes at once`);
  const plain = await read(false);
  t.deepEqual(plain, verified);
  // The same fingerprint is what a resume reads back: it proves the position after the long transaction.
  const fingerprint = verified.fingerprints[0]!;
  const proof = {...position, file: end.file, offset: verified.ends[0]!, fingerprint};
  t.deepEqual(await readFingerprint(options, proof, signal), fingerprint);
});
