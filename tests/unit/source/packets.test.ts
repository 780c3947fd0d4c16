import test from 'ava';
import {
  createPacketFrames,
  feedPackets,
  framePacket,
  isMidPacket,
  nextPacket,
  readErrorPacket,
} from '../../../runtime/source/packets.ts';

function readAll(bytes: Buffer, cuts: number[]): Buffer[] {
  const frames = createPacketFrames();
  const packets: Buffer[] = [];
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    feedPackets(frames, bytes.subarray(at, cut));
    while (nextPacket(frames)) {
      packets.push(Buffer.from(frames.input.subarray(frames.at, frames.end)));
      if (frames.end > frames.at && frames.view.getUint8(frames.at) !== frames.input[frames.at])
        throw new Error('the view shows other bytes than the input');
    }
    at = cut;
  }
  if (isMidPacket(frames)) throw new Error('a packet was left open');
  return packets;
}

test('packets come whole wherever the socket cuts them', t => {
  const wanted = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(300, 7), Buffer.from('z')];
  const bytes = Buffer.concat(wanted.map(framePacket));
  for (let first = 0; first <= bytes.length; first++)
    for (const second of [
      first,
      Math.min(first + 1, bytes.length),
      Math.min(first + 5, bytes.length),
    ])
      t.deepEqual(readAll(bytes, [first, second]), wanted);
});

test('packets of 16 MiB and more are joined, an exact multiple too', t => {
  const frameMax = 0xffffff;
  for (const length of [frameMax - 1, frameMax, frameMax + 5, 2 * frameMax]) {
    const payload = Buffer.alloc(length);
    for (let i = 0; i < length; i += 997) payload[i] = i;
    const parts: Buffer[] = [];
    for (let at = 0; at <= length; at += frameMax) {
      const part = payload.subarray(at, Math.min(at + frameMax, length));
      const header = Buffer.alloc(4);
      header.writeUIntLE(part.length, 0, 3);
      parts.push(header, part);
    }
    const bytes = Buffer.concat([...parts, framePacket(Buffer.from('next'))]);
    const packets = readAll(
      bytes,
      [10, 70_000, frameMax + 6, frameMax + 9].filter(c => c < bytes.length),
    );
    t.is(packets.length, 2);
    t.true(packets[0]!.equals(payload), `${length} bytes`);
    t.is(packets[1]!.toString(), 'next');
  }
});

test('a connection that ends inside a packet is known to be cut', t => {
  const frames = createPacketFrames();
  feedPackets(frames, framePacket(Buffer.from('hello')).subarray(0, 6));
  t.false(nextPacket(frames));
  t.true(isMidPacket(frames));
});

test('an error packet tells number and message, with and without a state', t => {
  const withState = Buffer.concat([Buffer.from([0xff, 0xd4, 0x04]), Buffer.from('#HY000gone')]);
  t.deepEqual(readErrorPacket(withState, 0, withState.length), {errno: 1236, sqlMessage: 'gone'});
  const without = Buffer.concat([Buffer.from([0xff, 0x10, 0x04]), Buffer.from('many')]);
  t.deepEqual(readErrorPacket(without, 0, without.length), {errno: 1040, sqlMessage: 'many'});
});
