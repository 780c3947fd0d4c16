// Compressed transactions that are unpacked at once.
import {randomBytes} from 'node:crypto';
import {constants, zstdCompressSync} from 'node:zlib';
import test from 'ava';
import {eventType} from '../../../runtime/codec/binlogEvent.ts';
import {unwrapPayload} from '../../../runtime/source/payload.ts';
import {borrowUnpacker, giveBack, unpackInto} from '../../../runtime/source/unpack.ts';

const innerBytes = 16 * 1024;

test('compressed transactions leave no memory behind, however many come at once', t => {
  const payload = payloadOf(eventsOf(20));
  const unwrap = () => unwrapPayload(payload, 0, payload.length, () => undefined);
  unwrap();
  const before = process.memoryUsage().arrayBuffers;
  let bytesMost = 0;
  for (let i = 0; i < 400; i++) {
    t.is(unwrap(), undefined);
    bytesMost = Math.max(bytesMost, process.memoryUsage().arrayBuffers - before);
  }
  t.true(bytesMost < 2 * 1024 * 1024, `${bytesMost} bytes more than after the first`);
});

test('what is unpacked at once is what was packed, whatever the frame', t => {
  const raw = eventsOf(9);
  const unpacker = borrowUnpacker();
  for (const [name, params] of Object.entries({
    single: {},
    streamed: {[constants.ZSTD_c_contentSizeFlag]: 0},
    summed: {[constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_contentSizeFlag]: 0},
    wide: {[constants.ZSTD_c_windowLog]: 25, [constants.ZSTD_c_contentSizeFlag]: 0},
  }))
    for (const bytes of [raw, Buffer.alloc(300_000, 7), raw.subarray(0, 19), Buffer.alloc(0)]) {
      const packed = zstdCompressSync(bytes, {params});
      t.true(bytes.equals(unpackInto(unpacker, packed, bytes.length)), `${name} ${bytes.length}`);
    }
  giveBack(unpacker);
});

test('a context and its room are used again', t => {
  const raw = eventsOf(2);
  const packed = zstdCompressSync(raw);
  const unpacker = borrowUnpacker();
  const first = unpackInto(unpacker, packed, raw.length);
  const {stream} = unpacker;
  giveBack(unpacker);
  const again = borrowUnpacker();
  const second = unpackInto(again, packed, raw.length);
  t.is(second.buffer, first.buffer);
  t.is(second.byteOffset, first.byteOffset);
  t.is(again.stream, stream);
});

test('a damaged transaction is refused, and the next one is unpacked', async t => {
  const raw = eventsOf(5);
  const packed: Buffer = zstdCompressSync(raw, {params: {[constants.ZSTD_c_checksumFlag]: 1}});
  const damages: [Buffer, number][] = [
    [packed, raw.length - 1],
    [packed, raw.length + 1],
    [packed, 0],
    [Buffer.concat([packed, Buffer.alloc(1)]), raw.length],
    ...[1, 4, 5, 100].map(bytes => [packed.subarray(0, -bytes), raw.length] as [Buffer, number]),
  ];
  for (let i = 0; i < 200; i++) {
    const bytes = Buffer.from(packed);
    const at = (i * 7919) % bytes.length;
    bytes[at] = bytes[at]! ^ (1 + (i % 255));
    damages.push([bytes, raw.length]);
  }
  for (const [bytes, length] of damages) {
    const payload = payloadOf(raw, bytes, length);
    try {
      const events: Buffer[] = [];
      await unwrapPayload(payload, 0, payload.length, (input, _, at, end) => {
        events.push(Buffer.from(input.subarray(at, end)));
      });
      // Bits that say nothing.
      t.true(raw.equals(Buffer.concat(events)));
    } catch (error) {
      t.true(error instanceof RangeError, String(error));
    }
    t.true(raw.equals(eventsIn(payloadOf(raw))));
  }
});

test('while the events of one transaction are held, another has a room of its own', async t => {
  const [left, right] = [eventsOf(3), eventsOf(4)];
  const held = Promise.withResolvers<void>();
  const taken: Buffer[] = [];
  const payload = payloadOf(left);
  const walked = unwrapPayload(payload, 0, payload.length, (input, _, at, end) =>
    held.promise.then(() => void taken.push(Buffer.from(input.subarray(at, end)))),
  );
  t.true(right.equals(eventsIn(payloadOf(right))));
  held.resolve();
  await walked;
  t.true(left.equals(Buffer.concat(taken)));
});

function eventsIn(payload: Buffer): Buffer {
  const events: Buffer[] = [];
  const held = unwrapPayload(payload, 0, payload.length, (input, _, at, end) => {
    events.push(Buffer.from(input.subarray(at, end)));
  });
  if (held !== undefined) throw new Error('nothing holds these');
  return Buffer.concat(events);
}

/** `count` events, half random. */
function eventsOf(count: number): Buffer {
  const inner = Buffer.alloc(count * innerBytes);
  for (let i = 0; i < count; i++) {
    const at = i * innerBytes;
    randomBytes(innerBytes / 2).copy(inner, at);
    inner[at + 4] = eventType.writeRows;
    inner.writeUInt32LE(innerBytes, at + 9);
  }
  return inner;
}

/** The body of a compressed transaction. */
function payloadOf(
  raw: Buffer,
  packed: Buffer = zstdCompressSync(raw),
  bytes = raw.length,
): Buffer {
  return Buffer.concat([
    field(1, packed.length),
    field(2, 0),
    field(3, bytes),
    Buffer.alloc(1),
    packed,
  ]);
}

/** Type, length and value; the value is a length-encoded integer of eight bytes. */
function field(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(11);
  bytes.set([type, 9, 0xfe]);
  bytes.writeBigUInt64LE(BigInt(value), 3);
  return bytes;
}
