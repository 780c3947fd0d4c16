// The endpoint where its files may not grow any more: requests that need more are refused with a code, nothing that was
// answered is lost, and with room again the same requests succeed. The limit is the shell's, of bytes in one file.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import test from 'ava';
import type {RecordValue} from '../../runtime/codec/recordStream.ts';
import {asOdpsError} from '../../runtime/endpoint/odpsError.ts';
import {call, columnsOf, commit, download, key, openUpload, putBlock, sql, stream} from '../support/tunnel.ts'; // prettier-ignore

const columns = columnsOf({id: 'bigint', text: 'string'});
const main = new URL('../../runtime/main.ts', import.meta.url).pathname;

/** Starts the endpoint; files of it may have so many units of 512 bytes. */
async function start(folder: string, units: number | 'unlimited') {
  const command = `trap '' XFSZ; ulimit -f ${units}; exec "$0" "$@"`;
  const args = [main, 'endpoint', '--port', '0', '--data', path.join(folder, 'data')];
  const child: ChildProcess = spawn('/bin/sh', ['-c', command, process.execPath, ...args], {
    env: {
      ...process.env,
      XDG_STATE_HOME: path.join(folder, 'state'),
      ALIBABA_CLOUD_ACCESS_KEY_ID: key.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: key.accessKeySecret,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return {child, endpoint: (JSON.parse(line) as {endpoint: string}).endpoint};
}

function rowsOf(first: number, count: number): RecordValue[][] {
  return Array.from({length: count}, (_, i) => [BigInt(first + i), 'x'.repeat(1000)]);
}

test('where files cannot grow, a block and a commit are refused, and nothing is lost', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'synctask-full-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const first = await start(folder, 16_384);
  t.teardown(() => void first.child.kill('SIGKILL'));
  const {endpoint} = first;
  // NOT NULL: rows that could be refused are loaded at their commit.
  await sql(endpoint, 'CREATE TABLE t (id BIGINT NOT NULL, text STRING)');
  const write = async (id: string, block: number, rows: RecordValue[][]) =>
    putBlock(endpoint, 't', id, block, stream(columns, rows));
  const early = await openUpload(endpoint, 't');
  await write(early, 0, rowsOf(0, 100));
  t.is((await commit(endpoint, 't', early)).status, 200);

  const late = await openUpload(endpoint, 't');
  const tooLarge = await write(late, 0, rowsOf(0, 10_000));
  t.is(tooLarge.status, 500);
  t.regex(tooLarge.text, /SYNC6006/);
  t.deepEqual(await readdir(path.join(folder, 'data', 'sessions', late)), ['session.json']);
  for (let block = 0; block < 3; block++) {
    t.is((await write(late, block, rowsOf(100 + block * 4000, 4000))).status, 200);
  }
  const refused = await commit(endpoint, 't', late);
  t.is(refused.status, 500);
  t.regex(refused.text, /SYNC6006/);
  t.deepEqual(await download(endpoint, 't', columns), rowsOf(0, 100));

  const exit = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await exit;
  const second = await start(folder, 'unlimited');
  t.teardown(() => void second.child.kill('SIGKILL'));
  t.deepEqual(await download(second.endpoint, 't', columns), rowsOf(0, 100));
  const session = await call(second.endpoint, 'GET', `/projects/local/tables/t?uploadid=${late}`);
  t.is((JSON.parse(session.text) as {Status: string}).Status, 'NORMAL');
  t.is((await commit(second.endpoint, 't', late)).status, 200);
  t.deepEqual(await download(second.endpoint, 't', columns), rowsOf(0, 12_100));
});

test('where the table cannot grow, rows that were committed wait until it can', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'synctask-full-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const first = await start(folder, 16_384);
  t.teardown(() => void first.child.kill('SIGKILL'));
  const {endpoint} = first;
  await sql(endpoint, 'CREATE TABLE t (id BIGINT, text STRING)');
  const id = await openUpload(endpoint, 't');
  for (let block = 0; block < 3; block++)
    await putBlock(endpoint, 't', id, block, stream(columns, rowsOf(block * 4000, 4000)));
  t.is((await commit(endpoint, 't', id)).status, 200);
  await t.throwsAsync(sql(endpoint, 'SELECT COUNT(*) AS n FROM t'), {message: /SYNC6006/});
  const exit = once(first.child, 'exit');
  first.child.kill('SIGTERM');
  await exit;
  const second = await start(folder, 'unlimited');
  t.teardown(() => void second.child.kill('SIGKILL'));
  t.deepEqual(await download(second.endpoint, 't', columns), rowsOf(0, 12_000));
});

test('every way in which a system says that a disk is full is SYNC6006', t => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EFBIG']) {
    t.regex(asOdpsError(Object.assign(new Error('write'), {code})).message, /^SYNC6006: .*\.$/);
  }
  const duckDb = new Error('IO Error: Could not write file "x": No space left on device');
  t.regex(asOdpsError(duckDb).message, /No space left on device/);
  t.notRegex(asOdpsError(new Error('other')).message, /SYNC/);
});
