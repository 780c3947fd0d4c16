// The Pulumi program: a copy of examples/quickstart with the package installed in it as a user would have it.
import {createHash} from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {buildPackage} from '../setup/build.mjs';
import {checkoutDir} from '../setup/cache.mjs';
import {run} from '../setup/command.mjs';
import {npmCommand, withNodeFirst} from '../setup/node.mjs';
import {step} from '../setup/progress.mjs';
import {inPlace, place, readJson, writeJson} from './place.ts';

/** The edit that the quick start shows: one more table. */
const tablesBefore = "'visits']";
const tablesAfter = "'visits', 'reviews']";

/** Folder of the copy. */
export const programDir = join(place, 'program');

/** Makes the copy, or brings the package in it up to date; an edited program stays edited. */
export async function prepareProgram(): Promise<void> {
  await buildPackage(process.execPath);
  if (!existsSync(programDir)) {
    cpSync(join(checkoutDir, 'examples/quickstart'), programDir, {
      recursive: true,
      filter: source => !source.includes('node_modules'),
    });
  }
  const digest = digestOf(['package.json', 'package-lock.json', 'bin', 'dist']);
  if (readJson<{digest: string}>('installed.json')?.digest === digest) return;
  await step('installing the package in the program', () => installPackage());
  writeJson('installed.json', {digest});
}

/** Whether the program has the added table. */
export function isEdited(): boolean {
  return programText().includes(tablesAfter);
}

/** Adds the table to the program, as a user would in an editor. */
export function editProgram(): void {
  const text = programText();
  if (!text.includes(tablesBefore)) throw new Error(`${programDir}/index.ts was changed by hand`);
  writeFileSync(join(programDir, 'index.ts'), text.replace(tablesBefore, tablesAfter));
}

function programText(): string {
  return readFileSync(join(programDir, 'index.ts'), 'utf8');
}

async function installPackage(): Promise<void> {
  const packed = inPlace('packed');
  rmSync(packed, {recursive: true, force: true});
  mkdirSync(packed);
  const npm = npmCommand(process.execPath);
  const env = withNodeFirst(process.execPath);
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run([...npm, 'pack', '--pack-destination', packed, ...quiet], {cwd: checkoutDir, env});
  const [tarball] = readdirSync(packed);
  const manifest = JSON.parse(
    readFileSync(join(checkoutDir, 'examples/quickstart/package.json'), 'utf8'),
  ) as {dependencies: Record<string, string>};
  manifest.dependencies['pulumi-synctask'] = `file:${join(packed, tarball!)}`;
  writeFileSync(join(programDir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  // A changed tarball of the same version is taken only where nothing remembers the old one.
  rmSync(join(programDir, 'package-lock.json'), {force: true});
  rmSync(join(programDir, 'node_modules/pulumi-synctask'), {recursive: true, force: true});
  await run([...npm, 'install', '--prefer-offline', ...quiet], {cwd: programDir, env});
}

/** One digest of files and folders of the checkout. */
function digestOf(parts: string[]): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    const file = join(checkoutDir, path);
    const found = statSync(file);
    if (found.isDirectory())
      for (const name of readdirSync(file).toSorted()) add(`${path}/${name}`);
    else hash.update(`${path}\0`).update(readFileSync(file));
  };
  for (const part of parts) add(part);
  return hash.digest('hex');
}
