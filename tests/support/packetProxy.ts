// A MySQL server seen through a proxy that may change, drop or add packets on their way to the client. Without TLS.
import net from 'node:net';
import type {ExecutionContext} from 'ava';
import {createPacketFrames, feedPackets, nextPacket} from '../../runtime/source/packets.ts';
import type {SourceOptions} from '../../runtime/source/connection.ts';
import type {TestServer} from './mysql.ts';
import {optionsOf} from './source.ts';

/** The packets to send instead of `payload`: itself, changed, none, or more. Below 16 MiB each. */
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
        for (const payload of rewrite(Buffer.from(frames.input.subarray(frames.at, frames.end)))) {
          const header = Buffer.alloc(4);
          header.writeUIntLE(payload.length, 0, 3);
          header[3] = sequence;
          out.push(header, payload);
        }
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
