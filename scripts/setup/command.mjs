// Running other programs: finding them on PATH, running them to their end, and telling why they failed.
import {spawn} from 'node:child_process';
import {accessSync, constants, statSync} from 'node:fs';
import {delimiter, join} from 'node:path';

/** Lines of a failed program's output that its error repeats. */
const tailLines = 12;

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] the whole environment; default this process's
 * @property {number} [timeoutMs]
 * @property {boolean} [inherit] show the program's output instead of collecting it
 * @property {string | Uint8Array} [input]
 */

/**
 * Runs a program to its end and gives its standard output; throws with the last lines when it fails.
 * @param {string[]} argv
 * @param {RunOptions} [options]
 * @returns {Promise<string>}
 */
export async function run(argv, options = {}) {
  const {code, stdout, stderr} = await finish(argv, options);
  if (code === 0) return stdout.toString();
  const tail = `${stdout}${stderr}`.trim().split('\n').slice(-tailLines).join('\n      ');
  throw new Error(`${argv.slice(0, 3).join(' ')} ended with ${code}${tail && `: ${tail}`}`);
}

/**
 * Runs a program to its end, whatever that end is.
 * @param {string[]} argv
 * @param {RunOptions} [options]
 * @returns {Promise<{code: number | string, stdout: Buffer, stderr: Buffer}>}
 */
export function finish(argv, options = {}) {
  const [command = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: options.inherit
        ? ['ignore', 'inherit', 'inherit']
        : [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.timeoutMs === undefined ? {} : {timeout: options.timeoutMs}),
    });
    /** @type {Buffer[]} */ const stdout = [];
    /** @type {Buffer[]} */ const stderr = [];
    child.stdout?.on('data', part => stdout.push(part));
    child.stderr?.on('data', part => stderr.push(part));
    // A program may end before it has read its input; its exit code then says why.
    child.stdin?.on('error', () => undefined).end(options.input);
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({
        code: code ?? signal ?? 'unknown',
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr),
      }),
    );
  });
}

/**
 * Full path of a program on PATH, or null.
 * @param {string} name
 * @param {string} [path]
 */
export function which(name, path = process.env['PATH'] ?? '') {
  for (const dir of path.split(delimiter)) {
    if (dir === '') continue;
    const file = join(dir, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/**
 * Whether version `have` (a text that holds one) is at least `want` (major, minor, patch).
 * @param {string} have
 * @param {number[]} want
 */
export function versionAtLeast(have, want) {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(have);
  if (found === null) return false;
  for (const [i, least] of want.entries()) {
    const part = Number(found[i + 1] ?? 0);
    if (part !== least) return part > least;
  }
  return true;
}
