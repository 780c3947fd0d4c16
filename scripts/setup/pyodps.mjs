// Brings PyODPS, the independent client that the tests read and write the endpoint with, in a folder of its own.
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {cacheDir, withLock} from './cache.mjs';
import {run, which} from './command.mjs';
import {firstWay, step} from './progress.mjs';

const version = '0.13.2';
/** What PyODPS uses where it is there: Arrow, frames and three compressions. The folder's name changes with them. */
const packages = [
  `pyodps==${version}`,
  'pyarrow==26.0.1',
  'pandas==3.1.1',
  'lz4==4.4.5',
  'zstandard==0.25.0',
  'python-snappy==0.7.3',
];
const folderVersion = `${version}-arrow`;
const pipInstall = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check'];

/**
 * A Python that imports odps: how to call it, and the environment it needs on top of ours.
 * @typedef {{python: string, env: Record<string, string>}} Pyodps
 */

/** @returns {Promise<Pyodps>} */
export async function bringPyodps() {
  return firstWay(`PyODPS ${version}`, [
    {
      name: 'SYNCTASK_PYTHON',
      wayOut: 'name a Python that imports odps in SYNCTASK_PYTHON',
      attempt: async () => {
        const python = process.env['SYNCTASK_PYTHON'];
        if (python === undefined) throw new Error('not set');
        await run([python, '-c', 'import odps']);
        return {python, env: {}};
      },
    },
    {
      name: 'python3 -m venv',
      wayOut: 'install python3 (3.9 or newer) with its venv module, with PyPI reachable',
      attempt: () => inCache('pyodps', fillVenv),
    },
    {
      name: 'pip install --target',
      wayOut: 'or with its pip module',
      attempt: () => inCache('pyodps-target', fillTarget),
    },
  ]);
}

/**
 * @param {string} name
 * @param {(dir: string) => Promise<Pyodps>} fill
 * @returns {Promise<Pyodps>}
 */
async function inCache(name, fill) {
  const dir = join(cacheDir, `${name}-${folderVersion}`);
  const ready = join(dir, 'ready.json');
  /** @returns {Promise<Pyodps>} */
  const read = async () => JSON.parse(readFileSync(ready, 'utf8'));
  if (existsSync(ready)) return read();
  if (which('python3') === null) throw new Error('no python3 on PATH');
  return withLock(`${name}-${folderVersion}`, async () => {
    if (existsSync(ready)) return read();
    // Paths inside a venv are absolute, so it is made in its place; the file ready.json says that it is whole.
    rmSync(dir, {recursive: true, force: true});
    mkdirSync(dir, {recursive: true});
    const made = await step(`installing PyODPS ${version} for the tests (once)`, () => fill(dir));
    await run([made.python, '-c', 'import odps, pyarrow, pandas'], {
      env: {...process.env, ...made.env},
    });
    writeFileSync(ready, JSON.stringify(made));
    return made;
  });
}

/** @param {string} dir @returns {Promise<Pyodps>} */
async function fillVenv(dir) {
  await run(['python3', '-m', 'venv', dir]);
  const python = join(dir, 'bin/python');
  await run([python, ...pipInstall, ...packages]);
  return {python, env: {}};
}

/** @param {string} dir @returns {Promise<Pyodps>} */
async function fillTarget(dir) {
  await run(['python3', ...pipInstall, '--target', dir, ...packages]);
  return {python: 'python3', env: {PYTHONPATH: dir}};
}
