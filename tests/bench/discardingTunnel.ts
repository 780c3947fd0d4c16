// A tunnel that throws away what it gets, as a thread of its own: it answers the calls of an upload session and of a
// stream session, reads bodies and keeps nothing but counts. Everything but the tunnel goes to the embedded endpoint.
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {isMainThread, parentPort, Worker} from 'node:worker_threads';

export interface DiscardingTunnel extends AsyncDisposable {
  endpoint: string;
}

/** Starts one. */
export async function startDiscardingTunnel(): Promise<DiscardingTunnel> {
  const worker = new Worker(new URL(import.meta.url));
  const port = await new Promise<number>(resolve => worker.once('message', resolve));
  return {
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  };
}

if (!isMainThread && parentPort !== null) {
  const blocks = new Map<string, number[]>();
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response, blocks));
  });
  server.listen(0, '127.0.0.1', () =>
    parentPort!.postMessage((server.address() as AddressInfo).port),
  );
}

let lastId = 0;

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  blocks: Map<string, number[]>,
): void {
  const query = new URL(request.url!, 'http://tunnel').searchParams;
  const id = query.get('uploadid') ?? `upload-${++lastId}`;
  if (!query.has('uploadid')) blocks.set(id, []);
  const held = blocks.get(id) ?? [];
  if (request.method === 'PUT') held.push(Number(query.get('blockid')));
  const isCommit = request.method === 'POST' && query.has('uploadid');
  if (isCommit) blocks.delete(id);
  response.setHeader('Content-Type', 'application/json');
  response.end(
    JSON.stringify({
      UploadID: id,
      Status: isCommit ? 'CLOSED' : 'NORMAL',
      UploadedBlockList: held.map(BlockID => ({BlockID})),
      Initiated: new Date().toUTCString(),
    }),
  );
}
