import {mkdtempSync, readdirSync, truncateSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {openSpool, readSpoolBlock, SpoolFile} from '../../../runtime/task/spool.ts';

function newDir(): string {
  const dir = join(mkdtempSync(join(tmpdir(), 'synctask-spool-')), 'spool');
  openSpool(dir, new Set());
  return dir;
}

test('blocks appended side by side are read back as they were', async t => {
  const dir = newDir();
  await using file = await SpoolFile.create(dir, 'batch-1');
  const bodies = [Buffer.alloc(100_000, 'a'), Buffer.from('b'), Buffer.alloc(5, 'c')];
  const blocks = await Promise.all(bodies.map(body => file.append([body])));
  await file.seal();
  for (const [i, block] of blocks.entries())
    t.deepEqual(await readSpoolBlock(dir, 'batch-1', block), bodies[i]);
});

test('a block that is not whole is refused', async t => {
  const dir = newDir();
  await using file = await SpoolFile.create(dir, 'batch-1');
  const block = await file.append([Buffer.alloc(50, 'a')]);
  truncateSync(join(dir, 'batch-1'), 30);
  t.like(await t.throwsAsync(readSpoolBlock(dir, 'batch-1', block)), {code: 'SYNC5020'});
});

test('opening the spool removes what no intent names', async t => {
  const dir = newDir();
  for (const name of ['batch-1', 'batch-2']) {
    await using _file = await SpoolFile.create(dir, name);
  }
  openSpool(dir, new Set(['batch-2']));
  t.deepEqual(readdirSync(dir), ['batch-2']);
});
