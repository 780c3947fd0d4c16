// Which task a command means: NAME, --state DIR, or the only one this user has.
import {existsSync, readdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {fail} from '../base/errors.ts';
import {taskNamePattern} from '../spec/limits.ts';
import {defaultStateDir, isAlive, readRuntimeFile, stateHome} from '../task/control.ts';
import {lastStatusFile} from './runtimeFiles.ts';
import {usageError} from './usageError.ts';

/** The state folder meant by the arguments. Raises SYNC1006 where they leave a choice, SYNC5001 where there is none. */
export function findStateDir(
  command: string,
  positionals: string[],
  state: string | undefined,
): string {
  const [name, ...more] = positionals;
  if (more.length > 0) throw usageError(command, `${JSON.stringify(more[0])} is one argument more`);
  if (state !== undefined) {
    if (name !== undefined) throw usageError(command, 'give NAME or --state, not both');
    return resolve(state);
  }
  if (name === undefined) return onlyStateDir(command);
  if (!taskNamePattern.test(name))
    throw usageError(command, `${JSON.stringify(name)} is not the name of a task`);
  return defaultStateDir(name);
}

/** A task that runs is meant before one that only left its files. */
function onlyStateDir(command: string): string {
  const known = knownNames();
  const running = known.filter(name => {
    const runtime = readRuntimeFile(defaultStateDir(name));
    return runtime !== null && isAlive(runtime.pid);
  });
  const meant = running.length > 0 ? running : known;
  if (meant.length === 0) throw fail('SYNC5001', {stateDir: stateHome()});
  if (meant.length > 1)
    throw usageError(command, `more than one task is known: ${meant.join(', ')}; give a NAME`);
  return defaultStateDir(meant[0]!);
}

function knownNames(): string[] {
  let names: string[];
  try {
    names = readdirSync(stateHome());
  } catch {
    return [];
  }
  return names
    .filter(name =>
      ['runtime.json', lastStatusFile].some(file => existsSync(join(defaultStateDir(name), file))),
    )
    .toSorted();
}
