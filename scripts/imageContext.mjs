// Packs what `docker build` reads: `npm run image:context [-- FOLDER]`, then `docker build -t NAME FOLDER`. Needs no network.
import {mkdirSync, rmSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {buildPackage} from './setup/build.mjs';
import {cacheDir, checkoutDir} from './setup/cache.mjs';
import {run} from './setup/command.mjs';
import {bringNode24} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain, step} from './setup/progress.mjs';

const program = `
const {packApp, packNode} = await import(process.argv[1]);
console.log(packApp(process.argv[2]));
packNode(process.argv[2]);
`;

await runMain(async () => {
  const node = await bringNode24();
  await bringPackages(node);
  await buildPackage(node);
  const dir = resolve(process.argv[2] ?? join(cacheDir, 'image'));
  rmSync(dir, {recursive: true, force: true});
  mkdirSync(dir, {recursive: true});
  const packer = join(checkoutDir, 'dist/provider/deploy/imageContext.js');
  const version = await step(`packing ${dir}`, () =>
    // Node 24 itself packs: it is the Node that goes into the image.
    run([node, '--input-type=module', '-e', program, packer, dir]),
  );
  console.log(`docker build -t pulumi-synctask:${version.trim()} ${dir}`);
});
