// A peer of the binlog bench: zongji, values only. Prints one JSON line a pass, then waits for its input to end.
import {createRequire} from 'node:module';

interface Reader {
  on(name: string, listener: (event: {rows?: unknown[]}) => void): void;
  start(options: object): void;
  stop(): void;
}

const {default: ZongJi} = createRequire(import.meta.url)('zongji') as {
  default: new (options: object) => Reader;
};
const [port, user, filename, want, passes] = process.argv.slice(2);

for (let pass = 0; pass < Number(passes); pass++) {
  const zongji = new ZongJi({
    host: '127.0.0.1',
    port: Number(port),
    user,
    password: process.env['PEER_PASSWORD'],
  });
  const startedMs = performance.now();
  let rows = 0;
  await new Promise<void>((resolve, reject) => {
    zongji.on('error', error => reject(error as unknown as Error));
    zongji.on('binlog', event => {
      rows += event.rows?.length ?? 0;
      if (rows >= Number(want)) resolve();
    });
    const includeEvents = ['tablemap', 'writerows', 'updaterows', 'deleterows'];
    zongji.start({filename, position: 4, serverId: 7400 + pass, includeEvents});
  });
  zongji.stop();
  console.log(JSON.stringify({rows, seconds: (performance.now() - startedMs) / 1000}));
}
process.stdin.resume();
