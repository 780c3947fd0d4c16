// Compiles runtime/codec/wasm/ (AssemblyScript) into runtime/codec/wasmModule.ts: `npm run wasm`. Run it after a change
// there and commit what it writes; a tidy test compiles again and compares.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {checkoutDir} from './setup/cache.mjs';
import {compileWasm, wasmModuleText} from './wasm/compile.mjs';

writeFileSync(
  join(checkoutDir, 'runtime/codec/wasmModule.ts'),
  wasmModuleText(await compileWasm()),
);
