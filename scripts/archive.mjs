// The plugin as an archive that `pulumi plugin install resource synctask VERSION --file ARCHIVE` takes: `npm run archive [-- FILE]`.
// It holds the built package, the packages it needs at run time, and the runtime that the plugin deploys.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {buildPackage} from './setup/build.mjs';
import {checkoutDir} from './setup/cache.mjs';
import {run} from './setup/command.mjs';
import {bringNode24, npmCommand, withNodeFirst} from './setup/node.mjs';
import {bringPackages} from './setup/packages.mjs';
import {runMain, step} from './setup/progress.mjs';

/** Of Pulumi's SDK the plugin needs its protocol alone. */
const protocol = ['package.json', 'proto'];

/** What Pulumi looks for at the top of an archive. */
const launcher = `#!/bin/sh
exec "$(dirname "$0")/bin/pulumi-resource-synctask" "$@"
`;

await runMain(async () => {
  const node = await bringNode24();
  await bringPackages(node);
  await buildPackage(node);
  const {version} = JSON.parse(readFileSync(join(checkoutDir, 'package.json'), 'utf8'));
  const file = resolve(process.argv[2] ?? `pulumi-resource-synctask-v${version}.tar.gz`);
  await step(`packing ${file}`, () => pack(node, file));
});

/** @param {string} node @param {string} file */
async function pack(node, file) {
  const draft = mkdtempSync(join(tmpdir(), 'synctask-archive-'));
  try {
    for (const part of [
      'package.json',
      'package-lock.json',
      'LICENSE',
      'schema.json',
      'bin',
      'dist',
    ])
      cpSync(join(checkoutDir, part), join(draft, part), {recursive: true});
    const omitted = ['--omit=dev', '--omit=peer', '--omit=optional'];
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await run([...npmCommand(node), 'ci', ...omitted, ...quiet], {
      cwd: draft,
      env: withNodeFirst(node),
    });
    const sdk = join('node_modules', '@pulumi', 'pulumi');
    mkdirSync(join(draft, sdk), {recursive: true});
    for (const part of protocol)
      cpSync(join(checkoutDir, sdk, part), join(draft, sdk, part), {recursive: true});
    const top = join(draft, 'pulumi-resource-synctask');
    writeFileSync(top, launcher);
    chmodSync(top, 0o755);
    await run(['tar', '-czf', file, '-C', draft, '.']);
  } finally {
    rmSync(draft, {recursive: true, force: true});
  }
}
