// A long compressed transaction while it comes: what was unpacked is let go of.
import {randomBytes} from 'node:crypto';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {zstdCompressSync} from 'node:zlib';
import test from 'ava';
import {eventHeaderBytes, eventType} from '../../../runtime/codec/binlogEvent.ts';
import {LongPayload} from '../../../runtime/source/longPayload.ts';

const innerBytes = 64 * 1024;
const pieceBytes = 256 * 1024;

test('the pieces of a long transaction are not held until its end', async t => {
  const event = payloadEvent(200);
  let events = 0;
  const payload = new LongPayload({hasChecksum: false, isVerified: false}, () => {
    events++;
  });
  const pieces: WeakRef<ArrayBufferLike>[] = [];
  let at = 0;
  for (; at + pieceBytes < event.length; at += pieceBytes) {
    const piece = Buffer.from(event.subarray(at, at + pieceBytes));
    pieces.push(new WeakRef(piece.buffer));
    await payload.feed(piece);
  }
  collectAll();
  // References are cleared between turns of the loop.
  await new Promise(resolve => setImmediate(resolve));
  collectAll();
  const held = pieces.filter(piece => piece.deref() !== undefined).length;
  t.true(pieces.length > 40);
  t.true(held <= 3, `${held} of ${pieces.length} pieces are held`);
  await payload.end(event.subarray(at), () => undefined);
  t.is(events, 200);
});

test('whoever takes the events of a long transaction fails it while a piece is on its way', async t => {
  const event = payloadEvent(200);
  let events = 0;
  const payload = new LongPayload({hasChecksum: false, isVerified: false}, async () => {
    events++;
    await Promise.resolve();
    if (events === 20) throw new Error('full');
  });
  const feedAll = async () => {
    for (let at = 0; at < event.length; at += pieceBytes)
      await payload.feed(event.subarray(at, at + pieceBytes));
  };
  await t.throwsAsync(feedAll(), {message: 'full'});
  await t.throwsAsync(payload.feed(event.subarray(0, 10)), {message: 'full'});
  t.is(events, 20);
});

/** A compressed transaction of `count` events of random bytes. */
function payloadEvent(count: number): Buffer {
  const inner = randomBytes(count * innerBytes);
  for (let i = 0; i < count; i++) {
    inner[i * innerBytes + 4] = eventType.writeRows;
    inner.writeUInt32LE(innerBytes, i * innerBytes + 9);
  }
  const packed = zstdCompressSync(inner);
  const fields = Buffer.concat([
    field(1, packed.length),
    field(2, 0),
    field(3, inner.length),
    Buffer.alloc(1),
  ]);
  const header = Buffer.alloc(eventHeaderBytes);
  header[4] = eventType.transactionPayload;
  header.writeUInt32LE(header.length + fields.length + packed.length, 9);
  return Buffer.concat([header, fields, packed]);
}

/** Type, length and value; the value is a length-encoded integer of eight bytes. */
function field(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(11);
  bytes.set([type, 9, 0xfe]);
  bytes.writeBigUInt64LE(BigInt(value), 3);
  return bytes;
}

function collectAll(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
