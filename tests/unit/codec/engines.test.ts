// Both engines on random rows of random tables: the same bytes, and the same cells by snapshot and by binlog.
import {isUtf8} from 'node:buffer';
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {isDeepStrictEqual} from 'node:util';
import test from 'ava';
import {
  createCounters,
  logTranscoder,
  type Counters,
  type RowChange,
} from '../../../runtime/codec/logTranscoder.ts';
import type {Engine} from '../../../runtime/codec/engine.ts';
import {parseOdpsType} from '../../../runtime/codec/odpsType.ts';
import {createRecordBuffer, sealRecords} from '../../../runtime/codec/recordBuffer.ts';
import {readRecords} from '../../../runtime/codec/recordStream.ts';
import {snapshotTranscoder} from '../../../runtime/codec/snapshotTranscoder.ts';
import {nearBuffers} from '../../../runtime/codec/wasmMemory.ts';
import {planTable} from '../../../runtime/codec/planTable.ts';
import type {TableMap} from '../../../runtime/codec/tableMap.ts';
import {benchDigest} from '../../support/benchDigest.ts';
import {createRandom, randomTable, type RandomTable} from '../../support/randomRows.ts';
import {plainOptions, sourceTable} from '../../support/sourceTable.ts';

const seed = Number(process.env['SEED'] ?? 20_261_122);
const tables = 80;
const rowsOfTable = 12;

type Rows = {image: Buffer; packet: Buffer}[];

/** The records of `rows` by the binlog, or the code that stopped them. */
function logged({plan, map}: RandomTable, rows: Rows, engine: Engine, kind: RowChange = 'insert') {
  const input = Buffer.concat(rows.map(row => row.image));
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const out = createRecordBuffer(16);
  const counters = createCounters(plan);
  const transcode = logTranscoder(plan, map, engine);
  return outcome(() => {
    transcode(input, view, 0, input.length, kind, 2 ** 31 - 3, 1_790_000_000, out, counters);
    return {stream: Buffer.from(sealRecords(out)), counters};
  });
}

function loaded({plan}: RandomTable, rows: Rows, engine: Engine, memory?: Buffer) {
  // As a socket brings them: each packet behind its header.
  const input = Buffer.concat(rows.flatMap(row => [Buffer.alloc(4), row.packet]));
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const out = createRecordBuffer(16);
  if (memory !== undefined) {
    out.bytes = memory;
    out.view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  }
  const counters = createCounters(plan);
  const transcode = snapshotTranscoder(plan, engine);
  return outcome(() => {
    let at = 4;
    for (const {packet} of rows) {
      transcode(input, view, at, at + packet.length, out, counters);
      at += packet.length + 4;
    }
    return {stream: Buffer.from(sealRecords(out)), counters};
  });
}

/** The same bytes and counts, or the same error. */
function isSame(one: Outcome, other: Outcome): boolean {
  if ('message' in one || 'message' in other)
    return 'message' in one && 'message' in other && one.message === other.message;
  return one.stream.equals(other.stream) && isDeepStrictEqual(one.counters, other.counters);
}

type Outcome = {stream: Buffer; counters: Counters} | {message: string};

function outcome<T>(run: () => T): T | {message: string} {
  try {
    return run();
  } catch (error) {
    return {message: String((error as Error).message)};
  }
}

test('random rows give the same bytes by either engine, and the same cells by either path', t => {
  const random = createRandom(seed);
  const [near] = nearBuffers(1, 4096);
  let whole = 0;
  for (let i = 0; i < tables; i++) {
    const table = randomTable(random);
    const rows = Array.from({length: rowsOfTable}, () => table.row());
    const types = table.plan.columns.map(column => column.targetType);
    const log = logged(table, rows, 'wasm');
    const base = loaded(table, rows, 'wasm');
    const about = `SEED=${seed}, table ${i}: ${table.plan.columns.map(c => c.source.columnType).join(', ')}`;
    t.true(isSame(logged(table, rows, 'js'), log), about);
    t.true(
      isSame(logged(table, rows, 'js', 'update'), logged(table, rows, 'wasm', 'update')),
      about,
    );
    t.true(isSame(loaded(table, rows, 'js'), base), about);
    t.true(isSame(loaded(table, rows, 'wasm', near), base), about);
    if ('message' in log || 'message' in base) {
      t.true('message' in log && 'message' in base, about);
      continue;
    }
    const read = (stream: Buffer, names: string[]) =>
      readRecords(
        stream,
        names.map((type, c) => ({name: `c${c}`, type: parseOdpsType(type)})),
      ).rows;
    const head = ['bigint', 'string', 'bigint', 'string', 'string'];
    const cells = read(log.stream, [...head, ...types]).map(row => row.slice(5));
    t.deepEqual(cells, read(base.stream, types), about);
    t.deepEqual(log.counters, base.counters, about);
    whole++;
  }
  t.true(whole > tables / 2);
});

test('rows are transcoded where no code may be made from text', t => {
  const program = fileURLToPath(new URL('../../support/benchDigest.ts', import.meta.url));
  const flags = ['--disallow-code-generation-from-strings', program];
  const {stdout, stderr} = spawnSync(process.execPath, flags, {encoding: 'utf8'});
  t.is(stdout.trim(), benchDigest(), stderr);
});

test('rows beyond the usual memory take one of their own, and small ones go on as before', t => {
  const source = sourceTable([
    ['n', 'int'],
    ['c', 'longtext'],
    ['b', 'longblob'],
  ]);
  const policies = {c: {zeroDate: 'null', overLong: 'truncate', invalidText: 'replace'}} as const;
  const columns = {...plainOptions.columns, policies};
  const plan = planTable(source, {...plainOptions, columns});
  const map: TableMap = {
    tableId: 1,
    database: 'shop',
    table: 't',
    types: Uint8Array.from([3, 252, 252]),
    metadata: Uint16Array.from([0, 4, 4]),
    nullable: [true, true, true],
    names: null,
    unsigned: null,
  };
  const row = (text: Buffer, bytes: Buffer) => {
    const head = Buffer.alloc(9);
    head.writeInt32LE(text.length, 5);
    const middle = Buffer.alloc(4);
    middle.writeInt32LE(bytes.length);
    const packet = Buffer.concat([Buffer.alloc(6), prefixed(text), prefixed(bytes)]);
    return {image: Buffer.concat([head, text, middle, bytes]), packet};
  };
  const table = {plan, map, row: () => row(Buffer.from('small'), Buffer.from('too'))};
  const large = [
    row(Buffer.alloc(9 << 20, 'ä'), Buffer.alloc(8 << 20, 7)),
    row(Buffer.from([0xc3]), Buffer.alloc(3 << 20, 9)),
    table.row(),
  ];
  for (const rows of [[table.row()], large, [table.row()]]) {
    const wasm = logged(table, rows, 'wasm');
    t.true('stream' in wasm);
    t.true(isSame(logged(table, rows, 'js'), wasm));
    const usual = loaded(table, rows, 'wasm');
    t.true('stream' in usual, JSON.stringify(usual).slice(0, 200));
    t.true(isSame(loaded(table, rows, 'js'), usual));
  }
});

test('texts of every length, and bytes that are UTF-8 or just not, give the same by either engine', t => {
  const policies = {c: {zeroDate: 'null', overLong: 'stop', invalidText: 'replace'}} as const;
  const columns = {...plainOptions.columns, policies};
  const plan = planTable(sourceTable([['c', 'varchar(255)']]), {...plainOptions, columns});
  const table = {plan} as RandomTable;
  const rowOf = (text: Buffer) => {
    const packet = Buffer.concat([Buffer.alloc(2), prefixed(text)]);
    return {image: packet, packet};
  };
  // Where a form of two to four bytes begins, ends or is just over its bounds.
  const edges = [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1];
  edges.push(0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff);
  const middles = edges.filter(byte => byte < 0xc3);
  const forms: number[][] = edges.flatMap(a => edges.map(b => [a, b]));
  for (const a of edges.filter(byte => byte >= 0xe0))
    for (const b of edges)
      for (const c of middles)
        forms.push([a, b, c], ...[0x7f, 0x80, 0xbf, 0xc2].map(d => [a, b, c, d]));
  const random = createRandom(seed);
  const texts = forms.map((form, i) => {
    const before = Buffer.alloc(i % 37, i % 3 === 0 ? 'é' : 'a')
      .toString('utf8')
      .slice(0, -1);
    return Buffer.concat([Buffer.from(before), Buffer.from(form), Buffer.alloc(i % 5, 'b')]);
  });
  for (let length = 0; length < 100; length++)
    texts.push(Buffer.from(Array.from({length}, () => 1 + random(127))));
  const rows = texts.map(rowOf);
  const wasm = loaded(table, rows, 'wasm', nearBuffers(1, 8 << 20)[0]);
  t.true('stream' in wasm, JSON.stringify(wasm).slice(0, 200));
  t.true(isSame(loaded(table, rows, 'js'), wasm));
  const judged = texts.filter(text => !isUtf8(text)).length;
  t.is('counters' in wasm ? wasm.counters.invalidText[0] : -1, judged);
  t.true(judged > 1000 && judged < texts.length - 300, `${judged} of ${texts.length} are wrong`);
});

/** A value behind its length, as the binary protocol has it. */
function prefixed(value: Buffer): Buffer {
  const length = Buffer.alloc(9, 0xfe);
  length.writeBigUInt64LE(BigInt(value.length), 1);
  return Buffer.concat([length, value]);
}
