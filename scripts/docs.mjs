// Writes the generated pages of docs/: `npm run docs`. scripts/docs/pages.ts says what they hold.
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {bringNode24} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain} from './setup/progress.mjs';

await runMain(async () => {
  const node = await bringNode24();
  await bringPackages(node);
  const writer = fileURLToPath(new URL('docs/write.ts', import.meta.url));
  process.exitCode = spawnSync(node, [writer], {stdio: 'inherit'}).status ?? 1;
});
