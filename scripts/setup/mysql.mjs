// Brings a real MySQL: the programs only. mysqlServer.mjs runs servers of it.
import {existsSync} from 'node:fs';
import {finish, run, versionAtLeast, which} from './command.mjs';
import {debianMysqlCommand, fetchDebianMysql} from './debianMysql.mjs';
import {firstWay} from './progress.mjs';

/** MySQL 8.0 is the oldest server we support in full; 8.4 and 9.7 are the tested ones. */
const versionMin = [8, 0];
const dockerImage = 'mysql:8.4';
const dockerPullMs = 120_000;

/**
 * @typedef {object} MysqlInstallation
 * @property {'path' | 'docker' | 'debian' | 'npm' | 'mariadb'} kind
 * @property {string} version
 * @property {(tool: string, serverDir?: string, port?: number) => string[]} command what starts mysqld or a client
 *   tool; a server also names the folder it works in and its port
 * @property {Record<string, string>} settings what mysqld needs in its option file because of where it lies
 * @property {Record<string, string | null>} [defaults] where its settings differ from those of MySQL 8 and later
 * @property {(draft: string) => Promise<void>} [fillData] makes the data of a fresh server in `draft`/data
 * @property {(password: string, syncPassword: string) => string[]} [usersSql] statements that make its two users
 */

/**
 * The MySQL of this machine, brought if need be.
 * @returns {Promise<MysqlInstallation>}
 */
export async function bringMysql() {
  return firstWay('A real MySQL server', [
    {
      name: 'mysqld on PATH',
      wayOut: 'install MySQL 8.0 or newer so that mysqld is on PATH',
      attempt: fromPath,
    },
    {
      name: `Docker image ${dockerImage}`,
      wayOut: `make \`docker run ${dockerImage}\` work (a running daemon, and the image or a registry to pull it from)`,
      attempt: fromDocker,
    },
    {
      name: 'Debian packages',
      wayOut:
        'run on Debian (any release, or a container of it) with a reachable package mirror; no root is needed',
      attempt: fromDebian,
    },
  ]);
}

async function fromPath() {
  const mysqld = which('mysqld') ?? (existsSync('/usr/sbin/mysqld') ? '/usr/sbin/mysqld' : null);
  if (mysqld === null) throw new Error('none there');
  const version = await run([mysqld, '--version']);
  if (/mariadb/i.test(version)) throw new Error(`${mysqld} is MariaDB`);
  if (!versionAtLeast(version, versionMin)) throw new Error(`too old: ${version.trim()}`);
  return installation('path', version, tool => [tool === 'mysqld' ? mysqld : tool], {});
}

async function fromDocker() {
  const docker = which('docker');
  if (docker === null) throw new Error('no docker on PATH');
  const info = await finish([docker, 'info', '--format', '{{.ServerVersion}}'], {
    timeoutMs: 10_000,
  });
  if (info.code !== 0) throw new Error('its daemon does not answer');
  const have = await finish([docker, 'image', 'inspect', dockerImage], {timeoutMs: 10_000});
  if (have.code !== 0) {
    const pull = await finish([docker, 'pull', '-q', dockerImage], {timeoutMs: dockerPullMs});
    if (pull.code !== 0) throw new Error('the image is not there and cannot be pulled');
  }
  /** @param {string} tool @param {string} [dir] @param {number} [port] */
  const command = (tool, dir, port) => [
    docker,
    'run',
    '--rm',
    '-i',
    '--entrypoint',
    tool,
    '--user',
    `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    ...(dir === undefined ? ['--network', 'host'] : ['-v', `${dir}:${dir}`]),
    ...(port === undefined ? [] : ['-p', `127.0.0.1:${port}:${port}`]),
    dockerImage,
  ];
  const version = await run([...command('mysqld'), '--version']);
  // Inside the container the server listens on every address; Docker publishes it on loopback only.
  return installation('docker', version, command, {'bind-address': '*'});
}

async function fromDebian() {
  const root = await fetchDebianMysql();
  const {command, settings} = debianMysqlCommand(root);
  return installation('debian', await run([...command('mysqld'), '--version']), command, settings);
}

/**
 * @param {MysqlInstallation['kind']} kind
 * @param {string} versionText
 * @param {MysqlInstallation['command']} command
 * @param {Record<string, string>} settings
 * @returns {MysqlInstallation}
 */
function installation(kind, versionText, command, settings) {
  const version = /Ver (\d+\.\d+\.\d+)/.exec(versionText)?.[1] ?? versionText.trim();
  return {kind, version, command, settings};
}
