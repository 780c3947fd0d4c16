// A target that throws rows away: it stands before the embedded endpoint and passes everything on but the blocks of upload
// sessions and their commits, which it answers by itself. Takes base tables only: what is thrown away cannot be read.
import {createServer, request, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface DiscardingSink {
  /** To be used as the target's endpoint and tunnel endpoint. */
  endpoint: string;
  /** Bytes of blocks so far. */
  bytes: () => number;
  close: () => Promise<void>;
}

interface Session {
  blocks: number[];
  closed: boolean;
}

/** Starts the sink before the endpoint at `behind`. */
export async function startDiscardingSink(behind: string): Promise<DiscardingSink> {
  const sessions = new Map<string, Session>();
  let bytes = 0;
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url!, behind);
    const id = url.searchParams.get('uploadid');
    if (id === null || url.searchParams.has('downloadid')) return pass(behind, asked, answer);
    const session = sessions.get(id) ?? {blocks: [], closed: false};
    sessions.set(id, session);
    asked.on('data', (part: Buffer) => (bytes += part.length));
    asked.on('end', () => {
      if (asked.method === 'PUT') session.blocks.push(Number(url.searchParams.get('blockid')));
      if (asked.method === 'POST') session.closed = true;
      answer.setHeader('Content-Type', 'application/json');
      answer.end(
        JSON.stringify({
          UploadID: id,
          Status: session.closed ? 'CLOSED' : 'NORMAL',
          Initiated: new Date().toUTCString(),
          UploadedBlockList: session.blocks.map(BlockID => ({BlockID})),
        }),
      );
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}${new URL(behind).pathname}`,
    bytes: () => bytes,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function pass(behind: string, asked: IncomingMessage, answer: ServerResponse): void {
  const {hostname, port} = new URL(behind);
  const onward = request(
    {hostname, port, method: asked.method, path: asked.url, headers: asked.headers},
    answered => {
      answer.writeHead(answered.statusCode!, answered.headers);
      answered.pipe(answer);
    },
  );
  onward.on('error', () => answer.destroy());
  asked.pipe(onward);
}
