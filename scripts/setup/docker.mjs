// A Docker daemon for tests: the one that answers here, else Debian's, unpacked into the cache and started in a folder of its own
// without bridge or firewall rules, so that nothing of the machine changes. Its containers use the host's network.
import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {cacheDir, makeFolder, withLock} from './cache.mjs';
import {finish, run, which} from './command.mjs';
import {SetupError, step} from './progress.mjs';

const packages = ['docker.io', 'containerd', 'runc', 'libdevmapper1.02.1', 'dmsetup'];
const systemSocket = '/var/run/docker.sock';
const startMsMax = 30_000;
const lookMs = 100;

/** @typedef {{socketPath: string, stop: () => Promise<void>}} Daemon */

/**
 * The socket of a daemon that answers; one that was started for this is ended by `stop`.
 * @returns {Promise<Daemon>}
 */
export async function startDocker() {
  if (await answers(systemSocket)) return {socketPath: systemSocket, stop: () => Promise.resolve()};
  if (process.getuid?.() !== 0)
    throw new SetupError(`no Docker daemon answers at ${systemSocket}; only root can start one`);
  const root = await fetchDocker();
  const dir = mkdtempSync(join(tmpdir(), 'synctask-docker-'));
  const socketPath = join(dir, 'docker.sock');
  const log = openSync(join(dir, 'dockerd.log'), 'a');
  const child = spawn(
    join(root, 'usr/sbin/dockerd'),
    [
      ['--host', `unix://${socketPath}`, '--pidfile', join(dir, 'pid')],
      ['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec')],
      ['--bridge=none', '--iptables=false', '--ip-masq=false', '--ip-forward=false'],
    ].flat(),
    {stdio: ['ignore', log, log], env: environmentOf(root)},
  );
  const gone = new Promise(resolve => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await gone;
    // The exec root holds mounts of namespaces that go a moment after their processes.
    await finish(['umount', '-R', join(dir, 'exec/netns/default')]).catch(() => undefined);
    rmSync(dir, {recursive: true, force: true, maxRetries: 20, retryDelay: lookMs});
  };
  const endMs = performance.now() + startMsMax;
  while (!(await answers(socketPath))) {
    if (child.exitCode !== null || performance.now() > endMs) {
      const tail = await run(['tail', '-n', '5', join(dir, 'dockerd.log')]);
      await stop();
      throw new SetupError(`dockerd does not start here: ${tail}`);
    }
    await sleep(lookMs);
  }
  return {socketPath, stop};
}

/**
 * The folder with the unpacked packages, brought if need be.
 * @returns {Promise<string>}
 */
export async function fetchDocker() {
  const root = join(cacheDir, 'docker-debian');
  if (existsSync(join(root, 'usr/sbin/dockerd'))) return root;
  if (which('apt-get') === null || which('dpkg-deb') === null)
    throw new SetupError('no Docker daemon answers, and without apt-get none can be fetched');
  mkdirSync(cacheDir, {recursive: true});
  return withLock('docker-debian', async () => {
    if (existsSync(join(root, 'usr/sbin/dockerd'))) return root;
    await step('fetching Docker as Debian packages (65 MB, once)', () =>
      makeFolder(root, async draft => {
        const debs = join(draft, 'debs');
        mkdirSync(debs);
        await run(['apt-get', '-q', 'update']);
        await run(['apt-get', '-q', 'download', ...packages], {cwd: debs});
        for (const file of readdirSync(debs))
          await run(['dpkg-deb', '-x', join(debs, file), draft]);
        rmSync(debs, {recursive: true});
      }),
    );
    return root;
  });
}

/** @param {string} root */
function environmentOf(root) {
  const folders = ['usr/sbin', 'usr/bin', 'sbin'].map(folder => join(root, folder));
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'];
  return {
    ...process.env,
    PATH: [...folders, process.env['PATH']].join(delimiter),
    LD_LIBRARY_PATH: libraries.map(folder => join(root, folder)).join(delimiter),
  };
}

/** Whether a daemon answers on this socket. @param {string} socketPath @returns {Promise<boolean>} */
function answers(socketPath) {
  return new Promise(resolve => {
    const call = request({socketPath, path: '/_ping', timeout: 2000}, answer => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    call.on('error', () => resolve(false));
    call.on('timeout', () => call.destroy());
    call.end();
  });
}
