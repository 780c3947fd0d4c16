// The package as users get it: built, packed, installed by npm as a copy, and run by the real language host in an ECMAScript
// program without a build step and in a CommonJS program with Pulumi's own compiler.
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {run} from '../../scripts/setup/command.mjs';
import {npmCommand} from '../../scripts/setup/node.mjs';
import {bringPulumi} from '../../scripts/setup/pulumi.mjs';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};

const program = `
import {SyncTask} from 'pulumi-synctask';
import * as pulumi from '@pulumi/pulumi';

const task = new SyncTask('orders', {
  source: {host: 'db.example', user: 'sync'},
  sourcePassword: pulumi.secret('S3cret of the source'),
  target: {endpoint: 'http://127.0.0.1:8731/api', project: 'local', accessKeyId: 'key'},
  targetAccessKeySecret: 'S3cret of the target',
  objects: [{database: 'shop', tables: ['orders', {name: 'users', as: 'members'}]}],
  precheckFrom: 'runtime',
  deploy: {kind: 'none'},
});
export const state = task.state;
`;

/** A folder with the package and the SDK installed, for programs below it. */
async function install(t: ExecutionContext): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'synctask-package-'));
  t.teardown(() => rmSync(dir, {recursive: true, force: true}));
  const draft = join(dir, 'package');
  mkdirSync(draft);
  for (const part of ['package.json', 'bin', 'README.md', 'LICENSE'])
    cpSync(join(checkout, part), join(draft, part), {recursive: true});
  const tsc = join(checkout, 'node_modules/typescript7/bin/tsc');
  const project = join(checkout, 'tsconfig.build.json');
  await run([process.execPath, tsc, '-p', project, '--outDir', join(draft, 'dist')]);
  const npm = npmCommand(process.execPath);
  await run([...npm, 'pack', '--pack-destination', dir], {cwd: draft});
  const programs = join(dir, 'programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'package.json'), '{"private": true}');
  const {version} = JSON.parse(readFileSync(join(draft, 'package.json'), 'utf8')) as {
    version: string;
  };
  const quiet = [
    '--omit=optional',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--install-links',
  ];
  const sdk = `@pulumi/pulumi@${manifest.devDependencies['@pulumi/pulumi']}`;
  const tarball = join(dir, `pulumi-synctask-${version}.tgz`);
  await run([...npm, 'install', ...quiet, tarball, sdk], {cwd: programs});
  return dir;
}

/** Runs the program twice and gives what the engine printed and stored. */
async function upTwice(
  dir: string,
  name: string,
  description: object,
  runtime: string,
): Promise<string> {
  const cwd = join(dir, 'programs', name);
  const backend = join(dir, `backend-${name}`);
  mkdirSync(cwd);
  mkdirSync(backend);
  writeFileSync(join(cwd, 'index.ts'), program);
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({name, private: true, ...description}));
  writeFileSync(join(cwd, 'Pulumi.yaml'), `name: ${name}\nruntime:\n  name: nodejs\n${runtime}`);
  const {pulumi, dir: bin, env: found} = await bringPulumi(process.execPath);
  const env = {
    ...found,
    PATH: [dirname(process.execPath), bin, found['PATH']].join(delimiter),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: 'passphrase of a test',
    PULUMI_HOME: join(dir, 'home'),
  };
  const engine = (...args: string[]) => run([pulumi, ...args, '--non-interactive'], {cwd, env});
  await engine('stack', 'init', 'dev');
  const first = await engine('up', '--yes', '--stack', 'dev');
  const second = await engine('preview', '--stack', 'dev', '--expect-no-changes');
  return first + second + (await engine('stack', 'export', '--stack', 'dev'));
}

test('the installed package serves an ECMAScript and a CommonJS program, whose second preview is empty', async t => {
  t.timeout(300_000);
  const dir = await install(t);
  const stripped = '  options:\n    typescript: false\n';
  const esm = await upTwice(dir, 'esm', {type: 'module', main: 'index.ts'}, stripped);
  const cjs = await upTwice(dir, 'cjs', {}, '');
  for (const seen of [esm, cjs]) {
    t.regex(seen, /state: "not deployed"/);
    t.regex(seen, /pulumi-synctask\/dynamic-provider/);
    t.false(seen.includes('S3cret'));
  }
});
