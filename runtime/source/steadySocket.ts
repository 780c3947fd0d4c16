// A socket to the source that reads everything into one buffer. A socket of the usual kind makes a buffer for each read:
// at 100 MB/s their collection costs more processor time than reading the rows does (docs/decisions/source-stream.md).
// TLS decrypts into buffers of its own and is read the usual way.
import net, {type Socket} from 'node:net';
import {KiB, secondMs} from '../base/sizes.ts';

/** Larger ones make no difference (measured from 64 KiB to 4 MiB); a kernel read seldom brings more. */
const readBytes = 256 * KiB;

/** Whoever took a steady socket over. Before that mysql2 reads by events, which keep what they are given. */
const takers = new WeakMap<Socket, {onBytes: ((bytes: Buffer) => void) | null}>();

/** Connects. A steady socket gives its bytes to whoever calls `takeBytes`, and as events before. */
export function openSocket({host, port}: {host: string; port: number}, isSteady: boolean): Socket {
  const socket = isSteady ? openSteady(host, port) : net.connect(port, host);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30 * secondMs);
  // Node checks a certificate against the socket's host name, and knows none for an address: it would check
  // "localhost" instead. Named here, an address is checked against the certificate's addresses.
  if (net.isIP(host) !== 0) Object.assign(socket, {_host: host});
  return socket;
}

/** From now on the bytes of `socket`, which is paused, go to `onBytes`: valid until it returns or, if it pauses the socket, until it is resumed. */
export function takeBytes(socket: Socket, onBytes: (bytes: Buffer) => void): void {
  const taker = takers.get(socket);
  if (taker === undefined) socket.on('data', chunk => onBytes(chunk as Buffer));
  else taker.onBytes = onBytes;
}

function openSteady(host: string, port: number): Socket {
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  const taker: {onBytes: ((bytes: Buffer) => void) | null} = {onBytes: null};
  const callback = (length: number): boolean => {
    if (taker.onBytes !== null) taker.onBytes(buffer.subarray(0, length));
    else socket.emit('data', Buffer.from(buffer.subarray(0, length)));
    return true;
  };
  const socket = net.connect({host, port, onread: {buffer, callback}});
  takers.set(socket, taker);
  return socket;
}
