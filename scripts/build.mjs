// Builds dist/ for the package: `npm run build`.
import {buildPackage} from './setup/build.mjs';
import {bringNode24} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain} from './setup/progress.mjs';

await runMain(async () => {
  const node = await bringNode24();
  await bringPackages(node);
  await buildPackage(node);
});
