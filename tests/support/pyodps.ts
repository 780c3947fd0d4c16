// PyODPS for tests: the unmodified public client, run as a program.
import type {ExecutionContext} from 'ava';
import {finish} from '../../scripts/setup/command.mjs';
import {bringPyodps} from '../../scripts/setup/pyodps.mjs';

/**
 * Runs a Python program that may import odps, and gives its standard output. Null, with a note in the test's log,
 * where PyODPS cannot be had and CI does not ask for it.
 */
export async function runPyodps(
  t: ExecutionContext<any>,
  program: string,
  env: Record<string, string> = {},
): Promise<string | null> {
  let client;
  try {
    client = await bringPyodps();
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    t.log(String(error));
    return null;
  }
  const {code, stdout, stderr} = await finish([client.python, '-c', program], {
    env: {...process.env, ...client.env, ...env},
  });
  if (code !== 0) throw new Error(`the Python program ended with ${code}: ${stderr.toString()}`);
  return stdout.toString();
}
