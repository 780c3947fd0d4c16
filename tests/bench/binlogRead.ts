// One reader of the binlog bench in a process of its own: `drain` frames packets and throws them away; `ours` is the
// product's stream, transactions, positions and records with their checksums, thrown away a MiB at a time.
// Prints one JSON line a pass, then waits for its standard input to end.
import {silentLog} from '../../runtime/base/log.ts';
import {MiB} from '../../runtime/base/sizes.ts';
import {planTable} from '../../runtime/codec/planTable.ts';
import {BinlogStream} from '../../runtime/source/binlogClient.ts';
import {readCatalog} from '../../runtime/source/catalog.ts';
import {SourceConnection, type SourceOptions} from '../../runtime/source/connection.ts';
import {dumpCommand, dumpSessionSql} from '../../runtime/source/dumpCommand.ts';
import {framePacket} from '../../runtime/source/packets.ts';
import type {Position} from '../../runtime/source/position.ts';
import {takeEvent} from '../../runtime/task/followEvents.ts';
import {createFollowState} from '../../runtime/task/followState.ts';
import {freeBlock} from '../../runtime/task/openBlock.ts';
import {followedTable} from '../../runtime/task/followedTable.ts';
import type {Sender} from '../../runtime/task/sender.ts';

const [kind, port, user, file = '', want, passes, database = ''] = process.argv.slice(2);
const options: SourceOptions = {
  host: '127.0.0.1',
  port: Number(port),
  user: user!,
  password: process.env['PEER_PASSWORD']!,
  tls: {mode: 'disabled', ca: null, certificate: null, key: null},
};
const planOptions = {
  types: 'v2' as const,
  targetName: null,
  columns: {include: null, exclude: [], rename: {}, types: {}, policies: {}},
  naming: {additionalColumns: 'new' as const, case: 'default' as const},
  log: {partitionBy: ['day' as const], timeZone: 'UTC', lifecycleDays: null},
};
const signal = new AbortController().signal;
const position: Position = {
  epoch: 1,
  serverUuid: '',
  gtidSet: '',
  file,
  offset: 4,
  fingerprint: null,
};
/** An artificial ROTATE: the type stands in the sixth byte of its packet. */
const rotate = 4;

for (let pass = 0; pass < Number(passes); pass++) {
  const startedMs = performance.now();
  const rows = kind === 'drain' ? await drain() : await read();
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(JSON.stringify({rows, seconds}));
}
process.stdin.resume();

/** Frames every packet of the file and looks at its type only. */
async function drain(): Promise<number> {
  const connection = await SourceConnection.open(options, signal);
  const dump = {position, serverId: 0, replicaName: 'drain', heartbeatSeconds: 5};
  for (const sql of dumpSessionSql(connection.dialect, dump)) await connection.query(sql);
  const socket = connection.takeSocket();
  let carry: Buffer = Buffer.alloc(0);
  let rotates = 0;
  await new Promise<void>(resolve => {
    socket.on('data', (chunk: Buffer) => {
      const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
      let at = 0;
      for (; at + 10 <= bytes.length;) {
        const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
        if (at + 4 + length > bytes.length) break;
        const ends = bytes[at + 4] === 0xfe && length < 9;
        if (ends || (bytes[at + 9] === rotate && ++rotates > 1)) resolve();
        at += 4 + length;
      }
      carry = bytes.subarray(at);
      if (carry.length === 9 && carry[4] === 0xfe) resolve();
    });
    socket.write(framePacket(dumpCommand(connection.dialect, position, 0, true)));
    socket.resume();
  });
  connection.destroy();
  return Number(want);
}

/** Follows every table of the database as a task does, up to the last wanted row. */
async function read(): Promise<number> {
  const connection = await SourceConnection.open(options, signal);
  const catalog = await readCatalog(connection, [{database, tables: ['*'], exclude: []}]);
  await connection.close();
  const tables = catalog.map((table, index) =>
    followedTable(
      {
        tableId: index + 1,
        database,
        table: table.name,
        state: 'following',
        isMade: true,
        plan: planTable(table, planOptions),
        settings: '',
        generation: 1,
        nextRecordId: 1,
        done: null,
        loadEnd: '',
        rowsLoaded: 0,
        rowsFollowed: 0,
      },
      Date.now() / 1000,
    ),
  );
  const log = silentLog();
  const limits = {
    isLowLatency: false,
    commitMs: Infinity,
    commitBytes: Infinity,
    spoolBytesMax: Infinity,
  };
  const sender = {heldBytes: 0, spooledBytes: 0, log, signal} as Sender;
  const state = createFollowState({sender, log, limits, tables, position});
  await using stream = await BinlogStream.open(options, {
    position,
    serverId: 0,
    heartbeatSeconds: 5,
    signal,
    nonBlocking: true,
  });
  state.readFingerprint = () => stream.fingerprint();
  const onSchemaChange = () => Promise.resolve();
  await stream.run(event => {
    if (event.file !== file) return stream.stop();
    const taken = takeEvent(state, event, onSchemaChange);
    if (sender.heldBytes < MiB || state.inTransaction) return taken;
    for (const table of tables)
      for (const part of table.open.values()) {
        freeBlock(part.block);
        part.mark = null;
      }
    sender.heldBytes = 0;
    return taken;
  });
  return state.rowsRead;
}
