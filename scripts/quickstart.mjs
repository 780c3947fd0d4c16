// The quick start: `npm run quickstart`, and `npm run quickstart -- --down` to remove all it started.
// Set-up on any Node >= 20; the rest are TypeScript programs on Node 24.
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {bringMysql} from './setup/mysql.mjs';
import {bringNode24, withNodeFirst} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain, SetupError} from './setup/progress.mjs';
import {bringPulumi} from './setup/pulumi.mjs';

await runMain(async () => {
  const args = process.argv.slice(2);
  const down = args.includes('--down');
  if (args.some(arg => arg !== '--down'))
    throw new SetupError(`unknown: ${args.join(' ')}; the only option is --down`);
  const node = await bringNode24();
  await bringPackages(node);
  if (!down) await bringMysql();
  await bringPulumi(node);
  const program = new URL(down ? 'quickstart/down.ts' : 'quickstart/up.ts', import.meta.url);
  const {status} = spawnSync(node, [fileURLToPath(program)], {
    stdio: 'inherit',
    env: withNodeFirst(node),
  });
  process.exitCode = status ?? 1;
});
