// Programs out of Debian packages without installing anything: apt with a state of its own downloads them, dpkg -x
// unpacks them into a folder, and they run through the dynamic loader that came along.
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {makeFolder, withLock} from './cache.mjs';
import {run, which} from './command.mjs';
import {step} from './progress.mjs';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const mirrorDefault = 'http://deb.debian.org/debian';
/** Debian's names of what Node calls process.arch: the multiarch folder and the dynamic loader. */
const archNames = /** @type {Record<string, {lib: string, loader: string}>} */ ({
  x64: {lib: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2'},
  arm64: {lib: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1'},
});

/**
 * @typedef {object} DebianPackages
 * @property {string} root folder for the unpacked files
 * @property {string} lock name of the lock that guards it
 * @property {string} suite release of Debian: `sid`, `bookworm`
 * @property {string[]} packages
 * @property {string} proof a file below `root` that is there when all is
 * @property {string} label what is fetched, and how large it is
 */

/**
 * Fills `root` with the unpacked packages and all they depend on, if need be.
 * @param {DebianPackages} wanted
 */
export async function fetchDebianPackages(wanted) {
  const {root, lock, proof, label} = wanted;
  if (existsSync(join(root, proof))) return;
  const missing = ['apt-get', 'dpkg', 'dpkg-deb'].filter(tool => which(tool) === null);
  if (missing.length > 0) throw new Error(`no ${missing.join(', ')} here`);
  if (!existsSync(keyring)) throw new Error(`no ${keyring}`);
  if (archNames[process.arch] === undefined) throw new Error(`no recipe for ${process.arch}`);
  mkdirSync(dirname(root), {recursive: true});
  await withLock(lock, async () => {
    if (existsSync(join(root, proof))) return;
    await step(`fetching ${label}`, () =>
      makeFolder(root, draft => downloadAndUnpack(draft, wanted)),
    );
  });
}

/**
 * What a program below `root` is started with: its own loader and libraries.
 * @param {string} root
 */
export function debianLoader(root) {
  const arch = archNames[process.arch];
  if (arch === undefined) throw new Error(`no recipe for ${process.arch}`);
  // Before the merge of /lib into /usr/lib packages used both.
  const libs = ['usr/lib', 'lib'].map(dir => join(root, dir, arch.lib));
  const loader = libs.map(lib => join(lib, arch.loader)).find(file => existsSync(file));
  if (loader === undefined) throw new Error(`no ${arch.loader} below ${root}`);
  return [loader, '--library-path', libs.filter(lib => existsSync(lib)).join(':')];
}

/** @param {string} root @param {DebianPackages} wanted */
async function downloadAndUnpack(root, {suite, packages}) {
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
  writeFileSync(
    join(apt, 'sources.list'),
    `deb [signed-by=${keyring}] ${mirror()} ${suite} main\n`,
  );
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
