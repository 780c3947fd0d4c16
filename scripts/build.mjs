// Builds dist/ for the package: plain JavaScript and types, put in place in one rename.
import {join} from 'node:path';
import {checkoutDir, makeFolder, withLock} from './setup/cache.mjs';
import {run} from './setup/command.mjs';
import {bringNode24} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain} from './setup/progress.mjs';

await runMain(async () => {
  const node = await bringNode24();
  await bringPackages(node);
  const tsc = join(checkoutDir, 'node_modules/typescript7/bin/tsc');
  await withLock('build', () =>
    makeFolder(join(checkoutDir, 'dist'), async draft => {
      await run([node, tsc, '-p', 'tsconfig.build.json', '--outDir', draft], {cwd: checkoutDir});
    }),
  );
});
