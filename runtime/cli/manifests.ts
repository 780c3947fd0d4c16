// synctask plan --manifests and --unit: a task file as Kubernetes objects or as a systemd service, for those who run it themselves.
// Connects to nothing. No secret is printed: those are the user's to put in place, and stderr says which.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {extname, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseDeploy, type DeploySpec} from '../places/deploySpec.ts';
import {handOver, secretInputs} from '../places/handOver.ts';
import {loadTokenName} from '../places/loadJob.ts';
import {manifestsOf, objectName} from '../places/manifests.ts';
import {secretsFolderOf, systemdUnit} from '../places/systemdUnit.ts';
import {readTaskFile} from '../spec/parse.ts';
import type {Task} from '../spec/task.ts';
import {formatFindings} from './taskFile.ts';
import {usageError} from './usageError.ts';

/** Prints the Kubernetes objects: 0, or 2 for a refused file. */
export function printManifests(positionals: string[]): number {
  const opened = open('--manifests', positionals);
  if (opened === null) return 2;
  const {task, deploy, taskFile} = opened;
  if (deploy.kind !== 'kubernetes')
    throw usageError('plan', "--manifests wants deploy: {kind: 'kubernetes', image: …}");
  const token = deploy.load === null ? [] : [loadTokenName];
  const secretNames = [...new Set([...opened.secretNames, ...token])].toSorted();
  const revision = createHash('sha256').update(JSON.stringify(taskFile)).digest('hex').slice(0, 16);
  const items = manifestsOf(deploy, {name: task.name, taskFile, secretNames, revision});
  process.stdout.write(`${JSON.stringify({apiVersion: 'v1', kind: 'List', items}, null, 2)}\n`);
  if (secretNames.length > 0)
    process.stderr.write(
      `It needs Secret ${objectName(task.name)} in namespace ${deploy.namespace} with the keys ${secretNames.join(', ')}.\n`,
    );
  return 0;
}

/** Prints a systemd service: 0, or 2 for a refused file. */
export function printUnit(positionals: string[]): number {
  const opened = open('--unit', positionals);
  if (opened === null) return 2;
  const {task, path, named} = opened;
  const {name, environment} = task;
  const launcher = fileURLToPath(new URL(`${packageTop}/bin/synctask`, import.meta.url));
  const facts = {name, environment, taskFile: path, secretNames: named};
  process.stdout.write(systemdUnit({...facts, node: process.execPath, launcher}));
  if (named.length > 0)
    process.stderr.write(
      `It reads ${named.join(', ')} as files of ${secretsFolderOf(name)}, which only root need see.\n`,
    );
  return 0;
}

/** From this file, among the sources or among what was built. */
const packageTop = extname(import.meta.url) === '.ts' ? '../..' : '../../..';

interface Opened {
  task: Task;
  deploy: DeploySpec;
  path: string;
  /** The task without its secrets. */
  taskFile: TaskText;
  /** Variables that the task file itself names. */
  named: string[];
  /** Those, and one for each secret that is written out. */
  secretNames: string[];
}

/** The task file of the one argument; null when it is refused, which is printed. */
function open(option: string, positionals: string[]): Opened | null {
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw usageError('plan', `${option} takes the path of one task file`);
  const {task, findings} = readTaskFile(path);
  const written = task === null ? {} : (JSON.parse(readFileSync(path, 'utf8')) as TaskText);
  const {deploy, findings: deployFindings} = parseDeploy(written['deploy']);
  if (task === null || deploy === null) {
    process.stderr.write(formatFindings([...findings, ...deployFindings]));
    return null;
  }
  const {taskFile, environment} = handOver(written);
  const named = [...new Set(namedIn(written))].toSorted();
  const secretNames = [...new Set([...Object.keys(environment), ...named])].toSorted();
  return {task, deploy, path: resolve(path), taskFile, named, secretNames};
}

type TaskText = Record<string, unknown>;

/** Variables that a task file names. */
function namedIn(written: TaskText): string[] {
  const names = (value: unknown): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    const {env} = value as {env?: unknown};
    return typeof env === 'string' ? [env] : Object.values(value).flatMap(names);
  };
  return secretInputs.flatMap(key => names(written[key]));
}
