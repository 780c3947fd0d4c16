// Builds dist/ for the package: plain JavaScript and types, put in place in one rename.
import {join} from 'node:path';
import {checkoutDir, makeFolder, withLock} from './setup/cache.mjs';
import {finish} from './setup/command.mjs';
import {bringNode24} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain, SetupError} from './setup/progress.mjs';

await runMain(async () => {
  const node = await bringNode24();
  await bringPackages(node);
  const tsc = join(checkoutDir, 'node_modules/typescript7/bin/tsc');
  await withLock('build', () =>
    makeFolder(join(checkoutDir, 'dist'), async draft => {
      const build = ['-p', 'tsconfig.build.json', '--outDir', draft];
      const {code, stdout} = await finish([node, tsc, ...build], {cwd: checkoutDir});
      if (code !== 0) throw new SetupError(`the build failed:\n${stdout}`);
    }),
  );
});
