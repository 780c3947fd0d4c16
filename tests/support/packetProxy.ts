// A MySQL server seen through a proxy that may change, drop or add packets on their way to the client. Without TLS.
import net from 'node:net';
import type {ExecutionContext} from 'ava';
import {
  createPacketFrames,
  feedPackets,
  frameBytesMax,
  nextPacket,
} from '../../runtime/source/packets.ts';
import type {SourceOptions} from '../../runtime/source/connection.ts';
import type {TestServer} from './mysql.ts';
import {optionsOf} from './source.ts';

/** The packets to send instead of `payload`: itself, changed, none, or more. */
export type Rewrite = (payload: Buffer) => Buffer[];

/** Starts the proxy; returns options to connect through it. It ends with `t`. */
export async function startPacketProxy(
  t: ExecutionContext<any>,
  server: TestServer,
  rewrite: Rewrite,
): Promise<SourceOptions> {
  const sockets = new Set<net.Socket>();
  const proxy = net.createServer(client => {
    const upstream = net.connect(server.port, server.host);
    const frames = createPacketFrames();
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        for (const each of [client, upstream]) each.destroy();
      });
    }
    client.on('data', chunk => upstream.write(chunk));
    upstream.on('data', chunk => {
      feedPackets(frames, chunk as Buffer);
      const out: Buffer[] = [];
      while (nextPacket(frames)) {
        const {sequence} = frames;
        for (const payload of rewrite(Buffer.from(frames.input.subarray(frames.at, frames.end))))
          out.push(...frame(payload, sequence));
      }
      if (out.length > 0) client.write(Buffer.concat(out));
    });
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', () => resolve()));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const {port} = proxy.address() as net.AddressInfo;
  const tls = {mode: 'disabled', ca: null, certificate: null, key: null} as const;
  return optionsOf(server, {host: '127.0.0.1', port, tls});
}

/** A packet as frames, of which the last has the number `sequence`. */
function frame(payload: Buffer, sequence: number): Buffer[] {
  const frames = Math.floor(payload.length / frameBytesMax) + 1;
  return Array.from({length: frames}, (_, i) => {
    const part = payload.subarray(i * frameBytesMax, (i + 1) * frameBytesMax);
    const header = Buffer.alloc(4);
    header.writeUIntLE(part.length, 0, 3);
    header[3] = sequence - (frames - 1 - i);
    return [header, part];
  }).flat();
}
