// The folder that `docker build` reads: runtime/Dockerfile, Node with the libraries it loads, and the runtime with those of its
// packages that it needs. Made of what is on this machine, so that neither packing nor building needs a network.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, extname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {fail} from '../../runtime/base/errors.ts';

/** The packages that a runtime loads; the embedded endpoint's are not among them. A test holds this to the imports. */
export const runtimePackages = [
  'fast-xml-parser',
  'mysql2',
  'p-queue',
  'pino',
  'prom-client',
  'undici',
  'zod',
];

/** Rooms that no runtime in a container loads. */
const leftOut = ['endpoint', 'Dockerfile'];

/** Files of packages that no runtime reads. */
const notRun = /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|flow)$/;

const isSource = extname(import.meta.url) === '.ts';
/** Of the checkout, or of the installed package. */
const packageDir = fileURLToPath(new URL(isSource ? '../..' : '../../..', import.meta.url));

/** Fills the empty folder `dir` but for Node; gives the version of the content, the same wherever Node and packages are the same. */
export function packApp(dir: string): string {
  mkdirSync(join(dir, 'empty'), {recursive: true});
  cpSync(join(packageDir, 'runtime/Dockerfile'), join(dir, 'Dockerfile'));
  packRuntime(join(dir, 'app'));
  return `${packageFile(packageDir).version}-${digestOf(dir)}`;
}

/** Adds Node to the folder `dir`: its loader and libraries at the places where it looks for them. */
export function packNode(dir: string): void {
  const root = join(dir, 'root');
  if (process.platform !== 'linux') throw notPacked('it is made of the Node of a Linux machine');
  for (const folder of ['usr/bin', 'etc', 'tmp']) mkdirSync(join(root, folder), {recursive: true});
  chmodSync(join(root, 'tmp'), 0o1777);
  const node = join(root, 'usr/bin/node');
  copyFileSync(process.execPath, node);
  try {
    // Symbols are a fifth of Node's size and no use without a debugger.
    execFileSync('strip', [node], {stdio: 'ignore'});
  } catch {
    // Binutils are not everywhere.
  }
  for (const library of librariesOf(process.execPath)) {
    mkdirSync(join(root, dirname(library)), {recursive: true});
    copyFileSync(library, join(root, library));
  }
  writeFileSync(join(root, 'etc/passwd'), 'synctask:x:65532:65532::/state:/none\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}

/** Of a checkout the sources, which Node 24 runs as they are: what was built may be older than they are. */
function packRuntime(app: string): void {
  const runtime = isSource ? 'runtime' : 'dist/runtime';
  const from = join(packageDir, runtime);
  cpSync(from, join(app, runtime), {
    recursive: true,
    filter: path => !leftOut.includes(relative(from, path)) && !path.endsWith('.d.ts'),
  });
  cpSync(join(packageDir, 'package.json'), join(app, 'package.json'));
  writeFileSync(join(app, 'main.js'), `import './${runtime}/main.${isSource ? 'ts' : 'js'}';\n`);
  for (const [name, path] of packagesOf(packageDir, runtimePackages))
    cpSync(realpathSync(path), join(app, 'node_modules', name), {
      recursive: true,
      dereference: true,
      filter: file => !notRun.test(file),
    });
}

/** Every package below `names` with its folder. Two versions of one would need two places: that is refused. */
function packagesOf(from: string, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (parent: string, name: string): void => {
    const path = folderOf(parent, name);
    if (path === null || found.get(name) === path) return;
    if (found.has(name)) throw notPacked(`two versions of ${name} are installed`);
    found.set(name, path);
    for (const inner of Object.keys(packageFile(path)['dependencies'] ?? {})) visit(path, inner);
  };
  for (const name of names) visit(from, name);
  return found;
}

/** Where Node would look for package `name` from folder `parent`; null for one that is not installed. */
function folderOf(parent: string, name: string): string | null {
  const places = createRequire(join(parent, 'package.json')).resolve.paths(name) ?? [];
  const place = places.find(folder => existsSync(join(folder, name, 'package.json')));
  return place === undefined ? null : join(place, name);
}

function packageFile(dir: string): Record<string, object | undefined> & {version: string} {
  return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
}

function librariesOf(program: string): string[] {
  try {
    const text = execFileSync('ldd', [program], {encoding: 'utf8'});
    return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(match => match[1]!);
  } catch (error) {
    throw notPacked(`ldd does not tell the libraries of ${program}`, error);
  }
}

/** Digest of the app, the Dockerfile and the Node's name: of Node itself a version is enough. */
function digestOf(dir: string): string {
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`);
  const files = readdirSync(join(dir, 'app'), {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  for (const file of [...files.toSorted(), join(dir, 'Dockerfile')])
    hash.update(`\n${relative(dir, file)}\n`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

function notPacked(problem: string, cause?: unknown) {
  return fail('SYNC7014', {image: 'the runtime', problem}, cause);
}
