// The WebAssembly module of the codec, compiled from its sources.
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {checkoutDir} from '../setup/cache.mjs';
import {finish} from '../setup/command.mjs';

/** Compiles runtime/codec/wasm/rows.ts; the same sources and compiler give the same bytes. */
export async function compileWasm() {
  const folder = mkdtempSync(join(tmpdir(), 'synctask-wasm-'));
  try {
    const file = join(folder, 'rows.wasm');
    const asc = join(checkoutDir, 'node_modules/assemblyscript/bin/asc.js');
    const flags = [
      '-O3',
      '--converge',
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--enable',
      'simd',
    ];
    // Addresses below are ours (wasm/memory.ts); the compiler's own data, if there were any, would begin here.
    const memory = ['--initialMemory', '1', '--memoryBase', '49152'];
    const command = [asc, 'runtime/codec/wasm/rows.ts', '--outFile', file, ...flags, ...memory];
    const {code, stderr} = await finish([process.execPath, ...command], {cwd: checkoutDir});
    if (code !== 0) throw new Error(`the compiler ended with ${code}: ${stderr}`);
    return readFileSync(file);
  } finally {
    rmSync(folder, {recursive: true});
  }
}

/**
 * The TypeScript file that carries `bytes`.
 * @param {Uint8Array} bytes
 */
export function wasmModuleText(bytes) {
  const text = Buffer.from(bytes).toString('base64');
  const lines = [...text.matchAll(/.{1,94}/g)].map(([line]) => `  '${line}'`);
  return [
    '// The WebAssembly of the codec, made by `npm run wasm` from wasm/. Not to be edited.\n',
    `export const wasmBase64 =\n${lines.join(' +\n')};\n`,
  ].join('\n');
}
