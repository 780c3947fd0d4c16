import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {takeLease} from '../../../runtime/task/lease.ts';

test('a lease is held by one and free again when it is given back', t => {
  const dir = join(mkdtempSync(join(tmpdir(), 'synctask-lease-')), 'state');
  {
    using _held = takeLease(dir);
    t.like(
      t.throws(() => takeLease(dir)),
      {code: 'SYNC5010'},
    );
  }
  using again = takeLease(dir);
  t.truthy(again);
});

test('a folder on NFS takes no lease, since its locks keep nobody out', t => {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-lease-'));
  t.like(
    t.throws(() => takeLease(dir, () => ({type: 0x6969}))),
    {code: 'SYNC5014'},
  );
});
