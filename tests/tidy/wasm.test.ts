// The committed WebAssembly is what its sources give.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {checkoutDir} from '../../scripts/setup/cache.mjs';
import {compileWasm, wasmModuleText} from '../../scripts/wasm/compile.mjs';

const committed = readFileSync(join(checkoutDir, 'runtime/codec/wasmModule.ts'), 'utf8');

test('npm run wasm would change nothing', async t => {
  t.true(wasmModuleText(await compileWasm()) === committed);
});

test('one bit of the module makes another text', async t => {
  const bytes = await compileWasm();
  bytes[bytes.length - 1]! ^= 1;
  t.false(wasmModuleText(bytes) === committed);
});
