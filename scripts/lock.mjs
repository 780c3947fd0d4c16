// Completes package-lock.json: `node scripts/lock.mjs` after any `npm install`. Some registries do not serve packages of
// other platforms; npm then leaves them out of the lock file, and `npm ci` refuses such a file on every machine.
import {readFileSync, writeFileSync} from 'node:fs';
import {missingOptional} from './setup/lockFile.mjs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const missing = missingOptional(lock);
for (const {name, version, isDev} of missing) {
  const os = /darwin|linux|win32|android|freebsd|openharmony/.exec(name)?.[0];
  const cpu = /x64|arm64|arm|ia32|ppc64|riscv64|s390x|loong64/.exec(name)?.[0];
  lock.packages[`node_modules/${name}`] = {
    version,
    ...(cpu === undefined ? {} : {cpu: [cpu]}),
    ...(isDev ? {dev: true} : {}),
    ...(name.includes('musl') ? {libc: ['musl']} : name.includes('gnu') ? {libc: ['glibc']} : {}),
    optional: true,
    ...(os === undefined ? {} : {os: [os]}),
  };
}
const entries = Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1));
lock.packages = Object.fromEntries(entries);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} entries added to package-lock.json`);
