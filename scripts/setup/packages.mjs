// Brings the npm packages of the lock file into the checkout's node_modules, when what is there differs from it.
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {checkoutDir, withLock} from './cache.mjs';
import {finish} from './command.mjs';
import {npmCommand, withNodeFirst} from './node.mjs';
import {firstWay, step} from './progress.mjs';

/** @typedef {{packages: Record<string, {version?: string, resolved?: string, optional?: boolean, devOptional?: boolean}>}} Lock */

/**
 * Installs what the lock file says, unless it is there already.
 * @param {string} node the Node that npm runs with
 */
export async function bringPackages(node) {
  if (arePackagesFresh()) return;
  await withLock('packages', async () => {
    if (arePackagesFresh()) return;
    await firstWay('The npm packages', [
      {
        name: 'npm ci',
        wayOut: 'make the npm registry (npm config get registry) reachable, then run this again',
        attempt: () => step('installing the npm packages (about 20 s)', () => install(node)),
      },
    ]);
  });
}

function arePackagesFresh() {
  const installed = join(checkoutDir, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const have = readLock(installed);
  return Object.entries(readLock(join(checkoutDir, 'package-lock.json'))).every(
    ([path, wanted]) =>
      path === '' ||
      have[path]?.version === wanted.version ||
      // Packages of other platforms are optional and absent; a wrong version of one is not accepted.
      ((wanted.optional || wanted.devOptional) && have[path] === undefined),
  );
}

/** @param {string} file */
function readLock(file) {
  return /** @type {Lock} */ (JSON.parse(readFileSync(file, 'utf8'))).packages;
}

/** @param {string} node */
async function install(node) {
  const {code, stderr} = await finish(
    [...npmCommand(node), 'ci', '--ignore-scripts', '--no-audit', '--no-fund'],
    {cwd: checkoutDir, env: withNodeFirst(node)},
  );
  if (code === 0) return;
  const lines = stderr
    .toString()
    .split('\n')
    .filter(line => line.startsWith('npm error'));
  throw new Error(lines.slice(0, 8).join('\n      '));
}
