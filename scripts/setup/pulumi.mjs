// Brings the Pulumi CLI with the Node language host and the launcher of dynamic providers, all in one folder.
import {copyFileSync, chmodSync, existsSync, mkdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {cacheDir, checkoutDir, withLock} from './cache.mjs';
import {run, versionAtLeast, which} from './command.mjs';
import {npmCommand, withNodeFirst} from './node.mjs';
import {firstWay, step} from './progress.mjs';
import {buildPulumi, goMin} from './pulumiBuild.mjs';

/** The newest CLI that can be built from public Go modules. */
export const pulumiVersion = '3.259.0';
/** The oldest CLI that the provider is tested with. */
const versionMin = [3, 230];
const downloadMsMax = 60_000;
const languageHost = 'pulumi-language-nodejs';
const dynamicLauncher = 'pulumi-resource-pulumi-nodejs';

/**
 * @typedef {object} PulumiInstallation
 * @property {string} pulumi path of the CLI
 * @property {string} dir its folder
 * @property {NodeJS.ProcessEnv} env the environment to run it in: PATH, PULUMI_HOME, no update check
 */

/**
 * The Pulumi CLI of this machine, brought if need be.
 * @param {string} node the Node 24 that Pulumi programs run with
 * @returns {Promise<PulumiInstallation>}
 */
export async function bringPulumi(node) {
  const home = join(cacheDir, 'pulumi');
  const cached = join(home, 'versions', pulumiVersion, 'bin', 'pulumi');
  const pulumi = await firstWay('The Pulumi CLI', [
    {
      name: 'PULUMI_BIN',
      wayOut: 'name the pulumi program in PULUMI_BIN',
      attempt: async () => {
        const named = process.env['PULUMI_BIN'];
        if (named === undefined) throw new Error('not set');
        return check(named);
      },
    },
    {
      name: 'pulumi on PATH',
      wayOut: `install Pulumi ${versionMin.join('.')} or newer (pulumi.com/docs/install) so that pulumi is on PATH`,
      attempt: async () => {
        const found = which('pulumi');
        if (found === null) throw new Error('none there');
        return check(found);
      },
    },
    {
      name: 'the cache',
      wayOut: null,
      attempt: async () => {
        if (!existsSync(cached)) throw new Error(`${cached} is not there`);
        return check(cached);
      },
    },
    {
      name: 'npx pulumi (a download from get.pulumi.com)',
      wayOut: 'make get.pulumi.com and github.com reachable',
      attempt: async () => {
        const label = 'asking get.pulumi.com for the Pulumi CLI, for a minute at most';
        return check(await step(label, () => download(node, home, cached)));
      },
    },
    {
      name: 'a build from public Go modules',
      wayOut: `install Go ${goMin.join('.')} or newer with a module proxy reachable; the build takes about 5 minutes, once`,
      attempt: async () => check(await buildPulumi(pulumiVersion, dirname(cached))),
    },
  ]);
  return installation(node, home, pulumi);
}

/** Whether this CLI is new enough and has the Node language host. @param {string} pulumi */
async function check(pulumi) {
  const version = await run([pulumi, 'version'], {
    env: {...process.env, PULUMI_SKIP_UPDATE_CHECK: 'true'},
  });
  if (!versionAtLeast(version, versionMin)) throw new Error(`it is ${version.trim()}, too old`);
  if (!existsSync(join(dirname(pulumi), languageHost)) && which(languageHost) === null)
    throw new Error(`${languageHost} is neither beside it nor on PATH`);
  return pulumi;
}

/** @param {string} node @param {string} home @param {string} cached */
async function download(node, home, cached) {
  await withLock('pulumi', async () => {
    if (existsSync(cached)) return;
    const [npm = '', ...args] = npmCommand(node);
    await run([npm, ...args, 'exec', '--yes', '--package=pulumi', '--', 'pulumi', 'version'], {
      env: withNodeFirst(node, {...process.env, PULUMI_HOME: home, PULUMI_VERSION: pulumiVersion}),
      cwd: cacheDir,
      timeoutMs: downloadMsMax,
    });
  });
  if (!existsSync(cached)) throw new Error('it left no program behind');
  return cached;
}

/** @param {string} node @param {string} home @param {string} pulumi @returns {PulumiInstallation} */
function installation(node, home, pulumi) {
  const dir = dirname(pulumi);
  const launcher = join(checkoutDir, 'node_modules/@pulumi/pulumi', dynamicLauncher);
  let launcherDir = dir;
  if (!existsSync(join(dir, dynamicLauncher)) && which(dynamicLauncher) === null) {
    // The launcher is a few lines of shell in the SDK. A CLI that is not ours is left as it is.
    if (!pulumi.startsWith(home)) launcherDir = join(home, 'launcher');
    mkdirSync(launcherDir, {recursive: true});
    copyFileSync(launcher, join(launcherDir, dynamicLauncher));
    chmodSync(join(launcherDir, dynamicLauncher), 0o755);
  }
  const path = [...new Set([dirname(node), dir, launcherDir]), process.env['PATH'] ?? ''].join(':');
  return {
    pulumi,
    dir,
    env: {
      ...process.env,
      PATH: path,
      PULUMI_HOME: home,
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    },
  };
}
