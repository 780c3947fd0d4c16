// What the conductor of a load and the pods that help it say to each other over TCP: first both prove that they know the token,
// which is never sent; then frames of a length and a value as worker threads exchange them (V8's serialization). Nothing that
// comes before the proof is interpreted. No secret is in a frame: either side has its own.
import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto';
import {once} from 'node:events';
import type {Socket} from 'node:net';
import {deserialize, serialize} from 'node:v8';
import {MiB, secondMs} from '../base/sizes.ts';

/** The longest frame: the plan of a table of thousands of columns has some MiB. */
const frameBytesMax = 64 * MiB;
const nonceBytes = 32;
/** A pod says at least this often that it is there, and who is silent for longer is given up. */
export const aliveMs = 5 * secondMs;
export const silentMsMax = 30 * secondMs;

/** From conductor to pod: nothing is left to load. From pod to conductor: it is there. */
export type Notice = {kind: 'over'} | {kind: 'alive'};

export interface Wire {
  send: (value: unknown) => void;
  /** The frames of the other side; ends or raises with the connection. */
  frames: AsyncIterable<unknown>;
}

/** Proves both sides to each other. Raises when the other one is not of this task. */
export async function openWire(
  socket: Socket,
  side: 'conductor' | 'pod',
  token: string,
): Promise<Wire> {
  socket.setNoDelay(true);
  socket.setTimeout(silentMsMax, () => socket.destroy(new Error('nothing was heard')));
  // What happens to the connection is told by whoever reads it.
  socket.on('error', () => undefined);
  const own = randomBytes(nonceBytes);
  socket.write(own);
  const theirs = await take(socket, nonceBytes);
  const other = side === 'pod' ? 'conductor' : 'pod';
  socket.write(proof(token, side, theirs, own));
  const given = await take(socket, nonceBytes);
  if (!timingSafeEqual(given, proof(token, other, own, theirs)))
    throw new Error('it does not know the token of this task');
  return {
    send(value) {
      const body = serialize(value);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      socket.write(head);
      socket.write(body);
    },
    frames: readFrames(socket),
  };
}

function proof(token: string, side: string, theirs: Buffer, own: Buffer): Buffer {
  return createHmac('sha256', token).update(side).update(theirs).update(own).digest();
}

async function* readFrames(socket: Socket): AsyncGenerator<unknown> {
  for (;;) {
    const bytes = (await take(socket, 4)).readUInt32BE();
    if (bytes > frameBytesMax) throw new Error(`a frame of ${bytes} bytes`);
    yield deserialize(await take(socket, bytes));
  }
}

/** The next `bytes` of the connection. */
async function take(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const found = socket.read(bytes) as Buffer | null;
    if (found?.length === bytes) return found;
    if (found !== null || socket.destroyed || socket.readableEnded)
      throw socket.errored ?? new Error('the connection ended');
    const closed = new AbortController();
    const onClose = () => closed.abort(socket.errored ?? new Error('the connection ended'));
    socket.once('close', onClose);
    try {
      await once(socket, 'readable', {signal: closed.signal});
    } finally {
      socket.off('close', onClose);
    }
  }
}
