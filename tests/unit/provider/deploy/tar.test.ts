import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {firstFileOf, tarOf} from '../../../../provider/deploy/tar.ts';

const files = [
  {name: 'secrets/', content: '', mode: 0o700, owner: 65_532},
  {name: 'secrets/A', content: 'grüße', mode: 0o400, owner: 65_532},
  {name: 'task.json', content: 'x'.repeat(1025), mode: 0o400, owner: 65_532},
];

test('tar unpacks what we pack, with modes and owners', t => {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-tar-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  const input = tarOf(files);
  execFileSync('tar', ['-x', '--no-same-owner', '-C', dir], {input});
  t.is(readFileSync(join(dir, 'secrets/A'), 'utf8'), 'grüße');
  t.is(readFileSync(join(dir, 'task.json'), 'utf8').length, 1025);
  t.is(statSync(join(dir, 'task.json')).mode & 0o777, 0o400);
  const listed = execFileSync('tar', ['-tv', '--numeric-owner'], {input, encoding: 'utf8'});
  t.regex(listed, /^drwx------ 65532\/65532 .* secrets\/\n-r-------- 65532\/65532 /);
});

test('the first file of an archive is read, whatever folders stand before it', t => {
  t.is(firstFileOf(tarOf(files)), 'grüße');
  t.is(firstFileOf(tarOf(files.slice(0, 1))), null);
  t.is(firstFileOf(Buffer.alloc(0)), null);
});
