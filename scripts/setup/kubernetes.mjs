// A real Kubernetes for tests: a control plane and one node, built of Go modules and Debian's containerd, in namespaces of its own.
// The binary is built once (6 minutes) and kept under the digest of its sources; starting takes seconds.
import {createHash} from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {cacheDir, checkoutDir, makeFolder, withLock} from './cache.mjs';
import {run, which} from './command.mjs';
import {fetchDocker} from './docker.mjs';
import {SetupError, step} from './progress.mjs';

const sources = join(checkoutDir, 'scripts/kubernetes');
const version = 'v1.35.3';
/** What the node needs beside Docker's packages. */
const packages = ['containernetworking-plugins', 'socat', 'libwrap0'];

/**
 * A cluster that is up. `image` takes a docker archive into its node, `reach` lets its pods use a port of this machine's loopback.
 * @typedef {object} Cluster
 * @property {string} kubeconfig
 * @property {string} address where pods reach this machine
 * @property {(file: string) => Promise<void>} names pods find the names of a JSON file
 * @property {string} dir a folder that its node sees too
 * @property {(archive: string) => Promise<void>} image
 * @property {(port: number) => Promise<void>} reach
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a cluster of its own, building what is missing.
 * @returns {Promise<Cluster>}
 */
export async function startKubernetes() {
  if (process.getuid?.() !== 0) throw new SetupError('a cluster of its own needs root');
  const binary = await buildBinary();
  const root = await fetchNode();
  const lab = mkdtempSync(join(tmpdir(), 'synctask-kubernetes-'));
  const port = await freePort();
  const env = {
    ...process.env,
    LAB: lab,
    ROOT: root,
    BINARY: binary,
    PORT: String(port),
    NODE: '1',
    NODE_BINARY: process.execPath,
  };
  /** @param {string[]} args */
  const call = (...args) => run(['bash', join(sources, 'cluster.sh'), ...args], {env});
  mkdirSync(join(lab, 'images'));
  copyFileSync(join(root, 'pause.tar'), join(lab, 'images/pause.tar'));
  const stop = async () => {
    await call('down');
    rmSync(lab, {recursive: true, force: true, maxRetries: 20, retryDelay: 100});
  };
  try {
    await call('up');
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  return {
    kubeconfig: join(lab, 'run/admin.kubeconfig'),
    address: '10.200.0.1',
    dir: join(lab, 'run'),
    image: async archive => void (await call('import', archive)),
    reach: async reached => void (await call('reach', String(reached))),
    names: async file => void (await call('names', file)),
    stop,
  };
}

/** @returns {Promise<string>} */
async function buildBinary() {
  const files = ['go.mod', 'go.sum', 'main.go'].map(name => join(sources, name));
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  const place = join(cacheDir, `kubernetes-${version}-${hash.digest('hex').slice(0, 12)}`);
  const binary = join(place, 'kubelab');
  if (existsSync(binary)) return binary;
  if (which('go') === null) throw new SetupError('Kubernetes is built once, which needs Go 1.25');
  return await withLock('kubernetes', async () => {
    if (existsSync(binary)) return binary;
    const name = 'k8s.io/component-base/version';
    const facts = {
      gitVersion: version,
      gitMajor: '1',
      gitMinor: '35',
      gitTreeState: 'clean',
      gitCommit: '0'.repeat(40),
      buildDate: '2026-11-22T00:00:00Z',
    };
    const linked = Object.entries(facts).map(([key, value]) => `-X ${name}.${key}=${value}`);
    const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${linked.join(' ')}`];
    await step('building Kubernetes (6 minutes, once)', () =>
      makeFolder(place, async draft => {
        const argv = ['nice', 'go', 'build', ...flags, '-o', join(draft, 'kubelab'), 'main.go'];
        await run(argv, {cwd: sources, env: {...process.env, CGO_ENABLED: '0'}});
      }),
    );
    return binary;
  });
}

/** The node's programs, and the image that holds a pod's namespaces. @returns {Promise<string>} */
async function fetchNode() {
  const docker = await fetchDocker();
  const root = join(cacheDir, 'kubernetes-node');
  if (existsSync(join(root, 'pause.tar'))) return root;
  return await withLock('kubernetes-node', async () => {
    if (existsSync(join(root, 'pause.tar'))) return root;
    await step('fetching the node’s packages', () =>
      makeFolder(root, async draft => {
        await run(['cp', '-a', `${docker}/.`, draft]);
        const debs = join(draft, 'debs');
        mkdirSync(debs);
        await run(['apt-get', '-q', 'download', ...packages], {cwd: debs});
        for (const file of readdirSync(debs))
          await run(['dpkg-deb', '-x', join(debs, file), draft]);
        rmSync(debs, {recursive: true});
        await makePause(draft);
      }),
    );
    return root;
  });
}

/** A docker archive of one static program. @param {string} root */
async function makePause(root) {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-pause-'));
  try {
    mkdirSync(join(dir, 'root'));
    const build = ['go', 'build', '-o', join(dir, 'root/pause'), join(sources, 'pause.go')];
    await run(build, {env: {...process.env, CGO_ENABLED: '0', GO111MODULE: 'off'}});
    await run(['tar', '-C', join(dir, 'root'), '-cf', join(dir, 'layer.tar'), 'pause']);
    const layer = createHash('sha256')
      .update(readFileSync(join(dir, 'layer.tar')))
      .digest('hex');
    const config = {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: {Entrypoint: ['/pause']},
      rootfs: {type: 'layers', diff_ids: [`sha256:${layer}`]},
    };
    const manifest = [
      {Config: 'config.json', RepoTags: ['lab.local/pause:1'], Layers: ['layer.tar']},
    ];
    writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest));
    const parts = ['manifest.json', 'config.json', 'layer.tar'];
    await run(['tar', '-C', dir, '-cf', join(root, 'pause.tar'), ...parts]);
  } finally {
    rmSync(dir, {recursive: true, force: true});
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise(resolve => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(address.port));
    });
  });
}
