import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {takeSecrets} from '../../../runtime/cli/secretsFolder.ts';

test('each file of a folder is a secret; what else lies there is none', t => {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-secrets-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  writeFileSync(join(dir, 'SYNCTASK_TEST_TAKEN'), 'a b\n');
  writeFileSync(join(dir, 'no-name'), 'x');
  mkdirSync(join(dir, '..2026_11_23'));
  takeSecrets(dir);
  t.is(process.env['SYNCTASK_TEST_TAKEN'], 'a b');
  t.is(process.env['no-name'], undefined);
});

test('a folder that is not there and a file too large are refused', t => {
  t.throws(() => takeSecrets('/nonexistent/secrets'), {message: /SYNC1006[^]*ENOENT/});
  const dir = mkdtempSync(join(tmpdir(), 'synctask-secrets-'));
  t.teardown(() => rmSync(dir, {recursive: true}));
  writeFileSync(join(dir, 'LARGE'), 'x'.repeat(65_537));
  t.throws(() => takeSecrets(dir), {message: /SYNC1006[^]*larger than 65536/});
});
