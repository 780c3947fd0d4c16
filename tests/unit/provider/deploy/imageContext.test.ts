import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {packApp, runtimePackages} from '../../../../provider/deploy/imageContext.ts';
import {importsOf} from '../../../tidy/rooms.ts';

const runtime = fileURLToPath(new URL('../../../../runtime', import.meta.url));

test('the image has each package that the runtime imports, and no other', t => {
  const files = readdirSync(runtime, {recursive: true, encoding: 'utf8'}).filter(
    file => file.endsWith('.ts') && !file.startsWith('endpoint/') && !file.startsWith('codec/wasm'),
  );
  const imports = files.flatMap(file => importsOf(readFileSync(join(runtime, file), 'utf8')));
  const names = imports
    .filter(specifier => !/^(\.|node:)/.test(specifier))
    .map(specifier =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  t.deepEqual([...new Set(names)].toSorted(), runtimePackages);
});

test('a context packed twice has one version, and the endpoint is not in it', t => {
  const versions = [1, 2].map(() => {
    const dir = mkdtempSync(join(tmpdir(), 'synctask-context-'));
    t.teardown(() => rmSync(dir, {recursive: true}));
    const version = packApp(dir);
    t.true(existsSync(join(dir, 'app/main.js')));
    t.true(existsSync(join(dir, 'app/node_modules/mysql2')));
    t.false(existsSync(join(dir, 'app/runtime/endpoint')));
    return version;
  });
  t.regex(versions[0]!, /^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
  t.is(versions[0], versions[1]);
});
