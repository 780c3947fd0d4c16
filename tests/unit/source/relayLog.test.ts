// The relay log on disk: what was written comes back, what is not whole is cut off, found out or refused, whatever was damaged.
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {isSyncError} from '../../../runtime/base/errors.ts';
import type {Position} from '../../../runtime/source/position.ts';
import {RelayLine} from '../../../runtime/source/relayLine.ts';
import {RelayLog} from '../../../runtime/source/relayLog.ts';
import {
  jsonRecord,
  recordHeadBytes,
  recordKind,
  sealRecord,
} from '../../../runtime/source/relayRecord.ts';

const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const seed = Number(process.env['SEED'] ?? 20_261_123);
const transactionCount = 24;
const transactionsPerFile = 6;
const mutationCount = 300;

test('what was written comes back after a restart, from the file that a position needs', async t => {
  const dir = folder(t);
  await fill(dir);
  await using log = await RelayLog.open(dir);
  t.is(log.head?.gtidSet, gtidsTo(transactionCount));
  t.is(readdirSync(dir).length, transactionCount / transactionsPerFile);
  t.is(await read(log, positionAt(0)), bodiesFrom(0));
  t.is(await read(log, positionAt(8)), bodiesFrom(6));
  t.is(log.fileFor(positionAt(transactionCount + 1)), null);
});

test('files that every table is past are removed, the one that is needed stays', async t => {
  const dir = folder(t);
  await fill(dir);
  await using log = await RelayLog.open(dir);
  const before = log.bytes;
  await log.keepFrom(positionAt(13));
  t.deepEqual(readdirSync(dir).toSorted(), ['relay-00000003', 'relay-00000004']);
  t.true(log.bytes < before);
  t.is(await read(log, positionAt(13)), bodiesFrom(12));
  t.is(log.fileFor(positionAt(11)), null);
});

test('a transaction without its end is cut off when the log is opened', async t => {
  const dir = folder(t);
  await fill(dir);
  const newest = join(dir, readdirSync(dir).toSorted().at(-1)!);
  appendFileSync(newest, packets('half a transaction'));
  await using log = await RelayLog.open(dir);
  t.is(log.head?.gtidSet, gtidsTo(transactionCount));
  t.is(await read(log, positionAt(0)), bodiesFrom(0));
});

test('a reader that was ahead of what is cut off has nothing left to read', async t => {
  const dir = folder(t);
  await fill(dir);
  await using log = await RelayLog.open(dir);
  const file = log.fileFor(log.head!)!;
  const half = packets('half a transaction');
  await log.append(half, null);
  t.is(log.bytesAfter(file, file.bytes - half.length), half.length);
  const ahead = file.bytes;
  await log.rewind();
  t.is(log.bytesAfter(file, ahead), 0);
});

test('a folder that cannot be written is SYNC2129', async t => {
  const dir = folder(t);
  writeFileSync(join(dir, 'taken'), '');
  const error = await t.throwsAsync(RelayLog.open(join(dir, 'taken')));
  t.is(isSyncError(error) && error.code, 'SYNC2129');
});

test('a damaged relay log gives what was written, less of its end, or SYNC2130', async t => {
  const dir = folder(t);
  await fill(dir);
  const whole = new Map(readdirSync(dir).map(name => [name, readFileSync(join(dir, name))]));
  const random = createRandom(seed);
  const outcomes = new Map<string, number>();
  for (let i = 0; i < mutationCount; i++) {
    for (const [name, bytes] of whole) writeFileSync(join(dir, name), bytes);
    const names = [...whole.keys()];
    const name = names[random(names.length)]!;
    const path = join(dir, name);
    damage(random, path, whole.get(name)!, whole.get(names[random(names.length)]!)!);
    const outcome = await outcomeOf(t, dir, `seed ${seed}, damage ${i} to ${name}`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  t.log(Object.fromEntries(outcomes));
  for (const outcome of ['whole', 'cut', 'begun anew', 'SYNC2130']) t.true(outcomes.has(outcome));
});

async function outcomeOf(t: ExecutionContext, dir: string, what: string): Promise<string> {
  await using log = await RelayLog.open(dir);
  const start = positionAt(0);
  // Where the log lacks what is needed, it begins anew at the source.
  if (log.fileFor(start) === null) return 'begun anew';
  const count = Number(log.head!.gtidSet.split('-').at(-1)) - 100;
  try {
    t.is(await read(log, start), bodiesFrom(0, count), what);
    return count === transactionCount ? 'whole' : 'cut';
  } catch (error) {
    t.true(isSyncError(error), `${what}: ${String(error)}`);
    return isSyncError(error) ? error.code : 'bug';
  }
}

function damage(random: Random, path: string, bytes: Buffer, other: Buffer): void {
  const at = random(bytes.length);
  const damaged = Buffer.from(bytes);
  switch (random(6)) {
    case 0:
      damaged[at]! ^= 1 << random(8);
      return writeFileSync(path, damaged);
    case 1:
      damaged.fill(random(256), at, Math.min(bytes.length, at + 1 + random(40)));
      return writeFileSync(path, damaged);
    case 2:
      return writeFileSync(path, bytes.subarray(0, at));
    case 3:
      return rmSync(path);
    case 4:
      return writeFileSync(path, other);
    default:
      return appendFileSync(path, other.subarray(0, random(other.length)));
  }
}

/** Writes a log of some files, each of some transactions. */
async function fill(dir: string): Promise<void> {
  await using log = await RelayLog.open(dir);
  await log.begin(positionAt(0));
  for (let i = 1; i <= transactionCount; i++) {
    const mark = jsonRecord(recordKind.mark, positionAt(i));
    const records = Buffer.concat([packets(bodyOf(i)), mark]);
    await log.append(records, {position: positionAt(i), bytes: records.length});
    if (i % transactionsPerFile === 0 && i < transactionCount) await log.nextFile(positionAt(i));
  }
}

/** All packets from the file on that `position` needs, up to the end of the log. */
async function read(log: RelayLog, position: Position): Promise<string> {
  const line = new RelayLine(log, log.fileFor(position)!, 'db1:3306', () => undefined);
  let text = '';
  const failed = Promise.withResolvers<never>();
  const flow = line.takeBytes(bytes => void (text += bytes.toString('latin1')));
  flow.on('error', error => failed.reject(error));
  let isOver = false;
  const isDry = async () => {
    while (!log.isDry && !isOver) await new Promise(resolve => setImmediate(resolve));
  };
  flow.resume();
  try {
    await Promise.race([isDry(), failed.promise]);
    return text;
  } finally {
    isOver = true;
    line.destroy();
  }
}

function packets(text: string): Buffer {
  const record = Buffer.alloc(recordHeadBytes + text.length);
  record.write(text, recordHeadBytes, 'latin1');
  sealRecord(record, recordKind.packets, 0, record.length);
  return record;
}

function bodyOf(i: number): string {
  return `transaction ${i} `.repeat(5 + i);
}

function bodiesFrom(first: number, last = transactionCount): string {
  let text = '';
  for (let i = first + 1; i <= last; i++) text += bodyOf(i);
  return text;
}

function gtidsTo(count: number): string {
  return `${uuid}:1-${100 + count}`;
}

function positionAt(count: number): Position {
  const fingerprint = null;
  const offset = 1000 + count;
  return {
    epoch: 1,
    serverUuid: uuid,
    gtidSet: gtidsTo(count),
    file: 'binlog.000001',
    offset,
    fingerprint,
  };
}

function folder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'relay-log-'));
  t.teardown(() => rmSync(dir, {recursive: true, force: true}));
  return dir;
}

type Random = (below: number) => number;

/** mulberry32: a small generator with the same numbers for the same seed everywhere. */
function createRandom(state: number): Random {
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}
