// The Pulumi stack of the quick start: a local backend, its own passphrase, and the commands as a user would type them.
import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {finish, run} from '../setup/command.mjs';
import {bringPulumi} from '../setup/pulumi.mjs';
import {inPlace} from './place.ts';
import {programDir} from './program.ts';

const stack = 'dev';

/** What the program reads of its stack's configuration; those in `secrets` are kept encrypted. */
export interface Settings {
  plain: Record<string, string>;
  secrets: Record<string, string>;
}

/** Makes the stack, unless it is there, and sets its configuration. */
export async function prepareStack(settings: Settings): Promise<void> {
  const {argv, env} = await pulumi();
  if (!existsSync(inPlace('state/.pulumi/stacks'))) mkdirSync(inPlace('state'), {recursive: true});
  const {code} = await finish([argv, 'stack', 'select', stack], {cwd: programDir, env});
  if (code !== 0) await run([argv, 'stack', 'init', stack], {cwd: programDir, env});
  const plain = Object.entries(settings.plain).flatMap(([key, value]) => [
    '--plaintext',
    `${key}=${value}`,
  ]);
  await run([argv, 'config', 'set-all', '-s', stack, ...plain], {cwd: programDir, env});
  // By standard input: a command line is read by everybody on the machine.
  for (const [key, value] of Object.entries(settings.secrets))
    await run([argv, 'config', 'set', '-s', stack, '--secret', key], {
      cwd: programDir,
      env,
      input: value,
    });
}

/** Runs `pulumi <args>` on the stack, its output shown. Throws when it fails. */
export async function show(...args: string[]): Promise<void> {
  const {argv, env} = await pulumi();
  console.log(`\n$ pulumi ${args.join(' ')}`);
  const child = spawn(argv, [...args, '-s', stack, '--non-interactive', '--color=never'], {
    cwd: programDir,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`pulumi ${args[0]} ended with ${String(code)}`);
}

/** The stack's outputs. */
export async function readOutputs(): Promise<Record<string, unknown>> {
  const {argv, env} = await pulumi();
  const text = await run([argv, 'stack', 'output', '--json', '-s', stack], {cwd: programDir, env});
  return JSON.parse(text) as Record<string, unknown>;
}

/** Whether the stack was ever made. */
export function hasStack(): boolean {
  return existsSync(join(inPlace('state'), '.pulumi')) && existsSync(programDir);
}

async function pulumi(): Promise<{argv: string; env: NodeJS.ProcessEnv}> {
  const found = await bringPulumi(process.execPath);
  const passphrase = inPlace('passphrase');
  if (!existsSync(passphrase))
    writeFileSync(passphrase, randomBytes(24).toString('hex'), {mode: 0o600});
  return {
    argv: found.pulumi,
    env: {
      ...found.env,
      PULUMI_BACKEND_URL: `file://${inPlace('state')}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    },
  };
}
