// What the source room says when bytes arrive damaged, unknown or not at all: a real server behind a proxy that spoils.
import net from 'node:net';
import test from 'ava';
import {eventType} from '../../runtime/codec/binlogEvent.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import {SourceConnection} from '../../runtime/source/connection.ts';
import {RawConnection} from '../../runtime/source/rawConnection.ts';
import {readStartPosition} from '../../runtime/source/server.ts';
import {createDatabase, testServer} from '../support/mysql.ts';
import {startPacketProxy, type Rewrite} from '../support/packetProxy.ts';
import {codeOf, connect, optionsOf, signalOf} from '../support/source.ts';

let serverIdNext = 4_000_002_000;

/** The stream's end when the event that holds "spoil-me" is rewritten on its way. */
const endsWith = test.macro<[string, string | null, (event: Buffer) => Buffer[]]>({
  exec: async (t, _, code, spoil) => {
    const database = await createDatabase(t);
    await database.query('CREATE TABLE a (id INT PRIMARY KEY, v TEXT)');
    const start = await readStartPosition(await connect(t, optionsOf(database.server)));
    await database.query("INSERT INTO a VALUES (1, 'spoil-me')");
    // The first byte of a packet says that an event follows.
    const rewrite: Rewrite = payload =>
      payload[0] === 0 && payload.length > 20 && payload.includes('spoil-me')
        ? spoil(payload.subarray(1)).map(event => Buffer.concat([Buffer.from([0]), event]))
        : [payload];
    const stream = await BinlogStream.open(await startPacketProxy(t, database.server, rewrite), {
      position: start,
      serverId: serverIdNext++,
      heartbeatSeconds: 5,
      signal: signalOf(t),
      nonBlocking: true,
      verifyChecksums: code === 'SYNC2111',
    });
    let seen = 0;
    const running = stream.run(event => {
      const body = event.input.subarray(event.at, event.end);
      if (event.type === eventType.writeRows && body.includes('spoil')) seen++;
    });
    if (code === null) await t.notThrowsAsync(running);
    else t.is(await codeOf(t, running), code);
    t.is(seen, 0);
  },
  title: (_, what) => what,
});

const withType =
  (type: number, flags = 0) =>
  (event: Buffer) => {
    event[4] = type;
    event[17] = flags;
    return [event];
  };

test(endsWith, 'an event of an unknown type stops the stream', 'SYNC2109', withType(99));
test(endsWith, 'an event that may be ignored is passed over', null, withType(99, 0x80));
test(
  endsWith,
  'a compressed row event of MariaDB that unpacks to nothing stops the stream',
  'SYNC2112',
  withType(166),
);
test(endsWith, 'a row of MariaDB in fragments stops the stream', 'SYNC2128', withType(172));
test(endsWith, 'rows loaded in statement format stop the stream', 'SYNC2109', withType(18));
test(endsWith, 'an incident stops the stream', 'SYNC2110', withType(26));
test(endsWith, 'a changed byte is noticed where checksums are verified', 'SYNC2111', event => {
  event[event.indexOf('spoil-me')] = 0x53;
  return [event];
});
test(endsWith, 'an event of another length than its packet stops the stream', 'SYNC2112', event => [
  event.subarray(0, event.length - 3),
]);
test(endsWith, 'an event that got lost on the way stops the stream', 'SYNC2112', () => []);
test(endsWith, 'an event that somebody put in stops the stream', 'SYNC2112', event => [
  ...withType(99, 0x80)(Buffer.from(event)),
  event,
]);
test(
  endsWith,
  'a payload that is none stops the stream',
  'SYNC2112',
  withType(eventType.transactionPayload),
);

test('a link that carries no heartbeats is given up', async t => {
  const server = await testServer();
  // From the first heartbeat on the link is dead.
  let isDead = false;
  const rewrite: Rewrite = payload => {
    isDead ||= payload[0] === 0 && payload[5] === eventType.heartbeat;
    return isDead ? [] : [payload];
  };
  const stream = await BinlogStream.open(await startPacketProxy(t, server, rewrite), {
    position: await readStartPosition(await connect(t, optionsOf(server))),
    serverId: serverIdNext++,
    heartbeatSeconds: 0.2,
    signal: signalOf(t),
  });
  const error = await t.throwsAsync(stream.run(() => undefined));
  t.like(error, {code: 'SYNC2107', kind: 'trouble'});
});

test('a packet that answers nothing makes a connection unusable', async t => {
  const server = await testServer();
  let doubled = false;
  const rewrite: Rewrite = payload => (doubled ? [payload, payload] : [payload]);
  const options = await startPacketProxy(t, server, rewrite);
  await using raw = await RawConnection.open(options, signalOf(t));
  doubled = true;
  const answers = raw.query('DO 1').then(() => raw.query('DO 2'));
  t.is(await codeOf(t, answers), 'SYNC2014');
  t.false(raw.usable);
});

test('a server that goes away during the TLS handshake is trouble, not a mistake in the settings', async t => {
  const server = await testServer();
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const halfway = net.createServer(client => {
      const upstream = net.connect(server.port, server.host);
      upstream.once('data', greeting => client.write(greeting));
      client.on('error', () => undefined);
      // 36 bytes of the client ask for TLS, the next ones begin it.
      let bytes = 0;
      client.on('data', chunk => {
        bytes += chunk.length;
        if (bytes > 36) client[leave]();
      });
      client.on('close', () => upstream.destroy());
    });
    await new Promise<void>(resolve => halfway.listen(0, '127.0.0.1', () => resolve()));
    const {port} = halfway.address() as net.AddressInfo;
    const opening = SourceConnection.open(
      optionsOf(server, {host: '127.0.0.1', port}),
      signalOf(t),
    );
    t.like(await t.throwsAsync(opening), {code: 'SYNC2004', kind: 'trouble'}, leave);
    halfway.close();
  }
});

test('a server that asks for the password in clear does not get it', async t => {
  const server = await testServer();
  const sent = 'mysql_clear_password';
  let asked = false;
  const rewrite: Rewrite = payload => {
    // The greeting names a method we do not know, so the server has to ask for another.
    const greeting = payload.indexOf('caching_sha2_password');
    if (payload[0] === 10 && greeting > 0) payload.write('caching_sha9_password', greeting);
    if (payload[0] !== 0xfe) return [payload];
    asked = true;
    return [Buffer.concat([Buffer.from([0xfe]), Buffer.from(`${sent}\0`), Buffer.alloc(21, 1)])];
  };
  const options = await startPacketProxy(t, server, rewrite);
  t.is(await codeOf(t, SourceConnection.open(options, signalOf(t))), 'SYNC2012');
  t.true(asked);
});
