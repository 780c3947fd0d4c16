// Builds the small Java and Go programs that judge our work or are measured beside it, once per state of their sources.
// A program is a folder of the checkout: a Maven project whose main class is `Main`, or a Go module of package main.
import {createHash} from 'node:crypto';
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync} from 'node:fs';
import {basename, delimiter, join} from 'node:path';
import {cacheDir, checkoutDir, makeFolder, withLock} from './cache.mjs';
import {run, versionAtLeast, which} from './command.mjs';
import {SetupError, step} from './progress.mjs';

/** A cold build downloads its libraries first; slower than this, and the registry does not answer. */
const buildMsMax = 20 * 60_000;
/** What a build leaves in the folder of its sources, if someone ran one by hand. */
const notSources = ['target', '.gitignore'];

/**
 * How to run a program. `env` is to be added to the caller's own environment.
 * @typedef {{command: string, args: string[], env: Record<string, string>}} ForeignProgram
 * @typedef {ForeignProgram | {missing: string}} ForeignAnswer
 */

/**
 * The Maven project in `folder` (relative to the checkout), built; or why it cannot be.
 * @param {string} folder
 * @returns {Promise<ForeignAnswer>}
 */
export async function bringJavaProgram(folder) {
  const tools = ['java', 'javac', 'mvn'].filter(tool => which(tool) === null);
  if (tools.length > 0) return {missing: `${folder} needs ${tools.join(' and ')} on PATH`};
  const dir = await built('java', folder, buildJava);
  const classPath = [join(dir, 'classes'), join(dir, 'lib', '*')].join(delimiter);
  return {command: 'java', args: ['-cp', classPath, 'Main'], env: {}};
}

/**
 * The Go module in `folder` (relative to the checkout), built; or why it cannot be.
 * @param {string} folder
 * @returns {Promise<ForeignAnswer>}
 */
export async function bringGoProgram(folder) {
  if (which('go') === null) return {missing: `${folder} needs go on PATH`};
  const want = /^go (\S+)$/m.exec(readFileSync(join(checkoutDir, folder, 'go.mod'), 'utf8'))?.[1];
  const have = (await run(['go', 'env', 'GOVERSION'])).trim();
  if (want !== undefined && !versionAtLeast(have, want.split('.').map(Number)))
    return {missing: `${folder} needs Go ${want}; PATH has ${have}`};
  const dir = await built('go', folder, buildGo);
  return {command: join(dir, 'program'), args: [], env: {}};
}

/**
 * The folder in the cache that holds what `folder` builds to.
 * @param {string} language
 * @param {string} folder
 * @param {(sources: string, draft: string) => Promise<void>} build
 */
async function built(language, folder, build) {
  const name = `${folder.replace(/^tests\//, '').replaceAll('/', '-')}-${digestOf(folder)}`;
  const place = join(cacheDir, 'foreign', name);
  if (existsSync(place)) return place;
  mkdirSync(join(cacheDir, 'foreign'), {recursive: true});
  await withLock(`foreign-${name}`, async () => {
    if (existsSync(place)) return;
    await step(`building ${folder} (${language}, once)`, () =>
      makeFolder(place, draft => build(join(checkoutDir, folder), draft)),
    );
  });
  return place;
}

/** @param {string} sources @param {string} draft */
async function buildJava(sources, draft) {
  const project = join(draft, 'project');
  copySources(sources, project);
  const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${join(draft, 'lib')}`];
  const goals = ['compile', ...copy, '-DincludeScope=runtime'];
  await run(['mvn', '-q', '-B', '-f', join(project, 'pom.xml'), ...goals], {
    timeoutMs: buildMsMax,
  });
  mkdirSync(join(draft, 'lib'), {recursive: true});
  renameSync(join(project, 'target/classes'), join(draft, 'classes'));
}

/** @param {string} sources @param {string} draft */
async function buildGo(sources, draft) {
  const env = {...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local'};
  await run(['go', 'build', '-trimpath', '-o', join(draft, 'program'), '.'], {
    cwd: sources,
    env,
    timeoutMs: buildMsMax,
  });
}

/** @param {string} from @param {string} to */
function copySources(from, to) {
  cpSync(from, to, {recursive: true, filter: file => !notSources.includes(basename(file))});
}

/** @param {string} folder */
function digestOf(folder) {
  const hash = createHash('sha256');
  const root = join(checkoutDir, folder);
  const entries = readdirSync(root, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter(file => !notSources.some(part => file.split('/').includes(part)));
  for (const file of entries.sort()) {
    const bytes = readFileSync(join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The programs of other clients that the tests run: folder, and how it is built. */
const judges = /** @type {const} */ ([
  ['tests/judges/java', bringJavaProgram],
  ['tests/judges/go', bringGoProgram],
]);

/** Builds the judges that can be built here; throws the reasons when one cannot. */
export async function bringJudges() {
  const reasons = [];
  for (const [folder, bring] of judges) {
    try {
      const answer = await bring(folder);
      if ('missing' in answer) reasons.push(answer.missing);
    } catch (error) {
      // A registry out of reach, as a rule: the tool's own message says so.
      reasons.push(String(error));
    }
  }
  if (reasons.length > 0) throw new SetupError(reasons.join('\n'));
  return judges.map(([folder]) => basename(folder)).join(', ');
}
