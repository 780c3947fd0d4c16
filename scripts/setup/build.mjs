// Builds dist/ of the package: plain JavaScript and types, put in place in one rename; only when a source has changed.
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {checkoutDir, makeFolder, withLock} from './cache.mjs';
import {finish} from './command.mjs';
import {SetupError, step} from './progress.mjs';

/** What dist/ is made of. */
const sources = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'runtime', 'provider'];
/** Which sources dist/ was made of. */
const stamp = 'sources.sha256';

/**
 * Builds dist/ unless it is what the sources would give.
 * @param {string} node
 */
export async function buildPackage(node) {
  const dist = join(checkoutDir, 'dist');
  await withLock('build', async () => {
    const digest = digestOfSources();
    const file = join(dist, stamp);
    if (existsSync(file) && readFileSync(file, 'utf8') === digest) return;
    const tsc = join(checkoutDir, 'node_modules/typescript7/bin/tsc');
    await step('building the package', () =>
      makeFolder(dist, async draft => {
        const build = ['-p', 'tsconfig.build.json', '--outDir', draft];
        const {code, stdout} = await finish([node, tsc, ...build], {cwd: checkoutDir});
        if (code !== 0) throw new SetupError(`the build failed:\n${stdout}`);
        writeFileSync(join(draft, stamp), digest);
      }),
    );
  });
}

function digestOfSources() {
  const hash = createHash('sha256');
  for (const part of sources) {
    const folder = join(checkoutDir, part);
    const files = part.includes('.') ? [''] : readdirSync(folder, {recursive: true}).map(String);
    for (const file of files.sort())
      if (file === '' || file.endsWith('.ts'))
        hash.update(`${part}/${file}\0`).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}
