// A folder with one file a secret, as Docker and Kubernetes mount them: the file's name is the variable, its content the value.
// Nobody who may look at the process or at the container's settings sees them there.
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {isSyncError} from '../base/errors.ts';
import {KiB} from '../base/sizes.ts';
import {usageError} from './usageError.ts';

/** A certificate's key is the longest secret: some KiB. */
const secretBytesMax = 64 * KiB;
/** Links and folders that Kubernetes puts beside the files begin with two dots. */
const name = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Takes the secrets of folder `dir` into this process's environment. Raises SYNC1006 when it cannot be read. */
export function takeSecrets(dir: string): void {
  try {
    for (const file of readdirSync(dir).filter(entry => name.test(entry)))
      process.env[file] = read(join(dir, file));
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (isSyncError(error) || code === undefined) throw error;
    throw usageError('run', `the secrets of ${dir} cannot be read (${code})`, error);
  }
}

/** An editor ends a file with a newline; no secret does. */
function read(path: string): string {
  if (statSync(path).size > secretBytesMax)
    throw usageError('run', `${path} is larger than ${secretBytesMax} bytes`);
  return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
}
