// Runs a program of another language as a judge or a peer: its command line, its output, its failure.
import type {ExecutionContext} from 'ava';
import {finish} from '../../scripts/setup/command.mjs';
import type {ForeignAnswer} from '../../scripts/setup/foreign.mjs';

/**
 * Runs a built program and gives its standard output. Null, with the reason in the test's log, where it cannot be
 * built and CI does not ask for it.
 */
export async function runForeign(
  t: ExecutionContext<any>,
  program: ForeignAnswer,
  args: string[],
  env: Record<string, string> = {},
): Promise<string | null> {
  if ('missing' in program) {
    if (process.env['CI'] === 'true') throw new Error(program.missing);
    t.log(program.missing);
    return null;
  }
  const {code, stdout, stderr} = await finish([program.command, ...program.args, ...args], {
    env: {...process.env, ...program.env, ...env},
  });
  if (code !== 0)
    throw new Error(`${program.command} ended with ${code}: ${stdout}${stderr.toString()}`);
  return stdout.toString();
}
