// MySQL out of Debian's unstable packages without installing anything: apt with a state of its own downloads them,
// dpkg -x unpacks them into the cache, and the servers run through the dynamic loader that came along.
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {cacheDir, makeFolder, withLock} from './cache.mjs';
import {run, which} from './command.mjs';
import {step} from './progress.mjs';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const packages = ['mysql-server-core', 'mysql-client-core', 'libc-bin'];
const mirrorDefault = 'http://deb.debian.org/debian';
/** Debian's names of what Node calls process.arch: the multiarch folder and the dynamic loader. */
const archNames = /** @type {Record<string, {lib: string, loader: string}>} */ ({
  x64: {lib: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2'},
  arm64: {lib: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1'},
});

/**
 * The folder with the unpacked packages, brought if need be.
 * @returns {Promise<string>}
 */
export async function fetchDebianMysql() {
  const root = join(cacheDir, 'mysql-sid', 'root');
  if (existsSync(join(root, 'usr/sbin/mysqld'))) return root;
  const missing = ['apt-get', 'dpkg', 'dpkg-deb'].filter(tool => which(tool) === null);
  if (missing.length > 0) throw new Error(`no ${missing.join(', ')} here`);
  if (!existsSync(keyring)) throw new Error(`no ${keyring}`);
  if (archNames[process.arch] === undefined) throw new Error(`no recipe for ${process.arch}`);
  mkdirSync(join(cacheDir, 'mysql-sid'), {recursive: true});
  return withLock('mysql-sid', async () => {
    if (existsSync(join(root, 'usr/sbin/mysqld'))) return root;
    await step('fetching MySQL as Debian packages (64 MB, once)', () =>
      makeFolder(root, draft => downloadAndUnpack(draft)),
    );
    return root;
  });
}

/**
 * How to start a program of the unpacked packages.
 * @param {string} root
 */
export function debianMysqlCommand(root) {
  const arch = archNames[process.arch];
  if (arch === undefined) throw new Error(`no recipe for ${process.arch}`);
  const lib = join(root, 'usr/lib', arch.lib);
  const loader = [join(lib, arch.loader), '--library-path', lib];
  return {
    /** @param {string} tool */
    command: tool => [
      ...loader,
      join(root, tool === 'mysqld' ? 'usr/sbin/mysqld' : `usr/bin/${tool}`),
    ],
    settings: {
      basedir: join(root, 'usr'),
      'lc-messages-dir': join(root, 'usr/share/mysql'),
      'character-sets-dir': join(root, 'usr/share/mysql/charsets'),
      'plugin-dir': join(root, 'usr/lib/mysql/plugin'),
    },
  };
}

/** @param {string} root */
async function downloadAndUnpack(root) {
  const apt = `${root}.apt`;
  rmSync(apt, {recursive: true, force: true});
  for (const dir of [
    'lists/partial',
    'cache/archives/partial',
    'state',
    'etc/preferences.d',
    'etc/apt.conf.d',
  ])
    mkdirSync(join(apt, dir), {recursive: true});
  // With an empty status file apt fetches every dependency, libc included: nothing of the host is used.
  writeFileSync(join(apt, 'status'), '');
  writeFileSync(join(apt, 'sources.list'), `deb [signed-by=${keyring}] ${mirror()} sid main\n`);
  const options = [
    `Dir::Etc::sourcelist=${apt}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::Etc::preferencesparts=${apt}/etc/preferences.d`,
    `Dir::State=${apt}/state`,
    `Dir::State::lists=${apt}/lists`,
    `Dir::State::status=${apt}/status`,
    `Dir::Cache=${apt}/cache`,
    'APT::Install-Recommends=false',
    `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`,
  ].flatMap(option => ['-o', option]);
  try {
    await run(['apt-get', ...options, '-q', 'update']);
    await run(['apt-get', ...options, '-q', '-y', '--download-only', 'install', ...packages]);
    const archives = join(apt, 'cache/archives');
    for (const file of readdirSync(archives))
      if (file.endsWith('.deb')) await run(['dpkg', '-x', join(archives, file), root]);
  } finally {
    rmSync(apt, {recursive: true, force: true});
  }
}

/** The mirror that this machine's own apt uses, so that proxies and mirrors of a company are respected. */
function mirror() {
  const dir = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(dir) ? readdirSync(dir).map(f => join(dir, f)) : []),
  ];
  for (const file of files) {
    if (!existsSync(file)) continue;
    const found = /^(?:URIs: +|deb +(?:\[[^\]]*\] +)?)(https?:\/\/\S*debian)\/?(?:\s|$)/m.exec(
      readFileSync(file, 'utf8'),
    );
    if (found?.[1] !== undefined) return found[1];
  }
  return mirrorDefault;
}
