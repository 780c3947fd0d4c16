// The endpoint killed in the middle of ten uploads at a time, and started again on the same folder: every block that was
// answered is there, what was committed is whole, what was not goes on. Seeded: SEED=… npm run test:fault replays.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {zstdCompressSync} from 'node:zlib';
import test from 'ava';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {call, columnsOf, commit, download, key, openUpload, putBlock, sql, stream} from '../support/tunnel.ts'; // prettier-ignore

const seed = Number(process.env['SEED'] ?? 20_261_122);
const uploads = 10;
const blocks = 5;
const blockRows = 600;
const columns = columnsOf({id: 'bigint', block: 'int', text: 'string', price: 'decimal(12,2)'});
const main = new URL('../../runtime/main.ts', import.meta.url).pathname;

function rowsOf(upload: number, block: number): RecordValue[][] {
  const first = (upload * blocks + block) * blockRows;
  return Array.from({length: blockRows}, (_, i) => [
    BigInt(first + i),
    block,
    i % 7 === 0 ? null : `text ${first + i} of upload ${upload}`,
    `${i}.25`,
  ]);
}

interface Server {
  child: ChildProcess;
  endpoint: string;
}

async function start(folder: string): Promise<Server> {
  const args = ['endpoint', '--port', '0', '--data', path.join(folder, 'data')];
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      ...process.env,
      XDG_STATE_HOME: path.join(folder, 'state'),
      ALIBABA_CLOUD_ACCESS_KEY_ID: key.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: key.accessKeySecret,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return {child, endpoint: (JSON.parse(line) as {endpoint: string}).endpoint};
}

/** One upload, as far as its client knows. */
interface Upload {
  number: number;
  id: string;
  answered: Set<number>;
  committed: boolean;
}

interface SessionAnswer {
  Status: string;
  UploadedBlockList: {BlockID: number; RecordCount: number}[];
}

/** Sends what is missing and commits; `answered` is called after every answer. Throws when the endpoint is gone. */
async function goOn(endpoint: string, upload: Upload, answered: () => void): Promise<void> {
  const table = `t${upload.number}`;
  for (let block = 0; block < blocks; block++) {
    if (upload.answered.has(block)) continue;
    const body = zstdCompressSync(stream(columns, rowsOf(upload.number, block)));
    const headers = {'content-encoding': 'zstd'};
    const reply = await putBlock(endpoint, table, upload.id, block, body, headers);
    if (reply.status !== 200) throw new Error(reply.text);
    upload.answered.add(block);
    answered();
  }
  if (upload.committed) return;
  const reply = await commit(endpoint, table, upload.id);
  if (reply.status !== 200) throw new Error(reply.text);
  upload.committed = true;
  answered();
}

/** 0 to 1, the same for the same seed. */
function fraction(round: number): number {
  const x = Math.sin(seed + round * 7919) * 10_000;
  return x - Math.floor(x);
}

for (let round = 0; round < 3; round++) {
  // All answers: each block's and each commit's.
  const killAfter = 1 + Math.floor(fraction(round) * (uploads * (blocks + 1) - 1));
  test(`ten uploads go on after a kill at answer ${killAfter}`, async t => {
    const folder = await mkdtemp(path.join(tmpdir(), 'synctask-kill-'));
    t.teardown(() => rm(folder, {recursive: true, force: true}));
    const first = await start(folder);
    const list: Upload[] = [];
    for (let number = 0; number < uploads; number++) {
      await sql(
        first.endpoint,
        `CREATE TABLE t${number} (id BIGINT, block INT, text STRING, price DECIMAL(12,2))`,
      );
      const id = await openUpload(first.endpoint, `t${number}`);
      list.push({number, id, answered: new Set(), committed: false});
    }
    let answers = 0;
    const exit = once(first.child, 'exit');
    const killAtAnswer = () => {
      if (++answers === killAfter) first.child.kill('SIGKILL');
    };
    await Promise.allSettled(list.map(upload => goOn(first.endpoint, upload, killAtAnswer)));
    await exit;

    const second = await start(folder);
    t.teardown(() => void second.child.kill('SIGKILL'));
    for (const upload of list) {
      const table = `/projects/local/tables/t${upload.number}`;
      const reply = await call(second.endpoint, 'GET', `${table}?uploadid=${upload.id}`);
      t.is(reply.status, 200);
      const {Status, UploadedBlockList} = JSON.parse(reply.text) as SessionAnswer;
      if (upload.committed) t.is(Status, 'CLOSED');
      // A commit may have taken effect without its answer; then the table is whole.
      upload.committed = Status === 'CLOSED';
      const shown = await download(second.endpoint, `t${upload.number}`, columns);
      t.is(shown.length, upload.committed ? blocks * blockRows : 0);
      if (upload.committed) continue;
      const kept = new Set(UploadedBlockList.map(block => block.BlockID));
      t.true(upload.answered.isSubsetOf(kept), `${[...upload.answered]} of ${[...kept]}`);
      t.true(UploadedBlockList.every(block => block.RecordCount === blockRows));
    }
    await Promise.all(list.map(upload => goOn(second.endpoint, upload, () => undefined)));
    for (const {number} of list) {
      const due = Array.from({length: blocks}, (_, block) => rowsOf(number, block)).flat();
      t.deepEqual(await download(second.endpoint, `t${number}`, columns), due);
    }
  });
}
