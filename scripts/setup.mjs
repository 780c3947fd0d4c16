// Brings every part that the quick start and the tests need, or those named: node scripts/setup.mjs [PART …]
// Runs on any Node >= 20 without packages. What is there already costs nothing.
import {bringJudges} from './setup/foreign.mjs';
import {bringMysql} from './setup/mysql.mjs';
import {bringNode22, bringNode24} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain, say, SetupError} from './setup/progress.mjs';
import {bringPulumi} from './setup/pulumi.mjs';
import {bringPyodps} from './setup/pyodps.mjs';

const parts = /** @type {Record<string, () => Promise<string>>} */ ({
  node: bringNode24,
  node22: bringNode22,
  packages: async () => {
    await bringPackages(await bringNode24());
    return 'as the lock file says';
  },
  mysql: async () => {
    const {kind, version} = await bringMysql();
    return `${version} (${kind})`;
  },
  pulumi: async () => (await bringPulumi(await bringNode24())).dir,
  pyodps: async () => (await bringPyodps()).python,
  judges: bringJudges,
});

await runMain(async () => {
  const asked = process.argv.slice(2);
  const unknown = asked.filter(part => parts[part] === undefined);
  if (unknown.length > 0)
    throw new SetupError(
      `unknown: ${unknown.join(', ')}; parts are ${Object.keys(parts).join(', ')}`,
    );
  // The order matters: the Pulumi CLI's launcher comes out of the packages.
  for (const [part, bring] of Object.entries(parts))
    if (asked.length === 0 || asked.includes(part)) say(`${part}: ${await bring()}`);
});
