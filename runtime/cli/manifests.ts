// synctask plan --manifests: the Kubernetes objects of a task file, for those who apply them themselves. Connects to nothing.
// No secret is printed: the Secret is the user's to make, and stderr says how.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {parseDeploy} from '../places/deploySpec.ts';
import {handOver, secretInputs} from '../places/handOver.ts';
import {manifestsOf, objectName} from '../places/manifests.ts';
import {readTaskFile} from '../spec/parse.ts';
import {formatFindings} from './taskFile.ts';
import {usageError} from './usageError.ts';

/** Prints the objects: 0, or 2 for a refused file. */
export function printManifests(positionals: string[]): number {
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw usageError('plan', '--manifests takes the path of one task file');
  const {task, findings} = readTaskFile(path);
  const written = task === null ? {} : (JSON.parse(readFileSync(path, 'utf8')) as TaskText);
  const parsed = parseDeploy(written['deploy']);
  if (task === null || parsed.deploy === null) {
    process.stderr.write(formatFindings([...findings, ...parsed.findings]));
    return 2;
  }
  if (parsed.deploy.kind !== 'kubernetes')
    throw usageError('plan', "--manifests wants deploy: {kind: 'kubernetes', image: …}");
  const {taskFile, environment} = handOver(written);
  const secretNames = [...new Set([...Object.keys(environment), ...namedIn(taskFile)])].toSorted();
  const revision = createHash('sha256').update(JSON.stringify(taskFile)).digest('hex').slice(0, 16);
  const workload = {name: task.name, taskFile, secretNames, revision};
  const items = manifestsOf(parsed.deploy, workload);
  process.stdout.write(`${JSON.stringify({apiVersion: 'v1', kind: 'List', items}, null, 2)}\n`);
  if (secretNames.length > 0)
    process.stderr.write(
      `It needs Secret ${objectName(task.name)} in namespace ${parsed.deploy.namespace} with the keys ${secretNames.join(', ')}.\n`,
    );
  return 0;
}

type TaskText = Record<string, unknown>;

/** Variables that the task file names itself: the pod's environment has none of them. */
function namedIn(taskFile: TaskText): string[] {
  const names = (value: unknown): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    const {env} = value as {env?: unknown};
    return typeof env === 'string' ? [env] : Object.values(value).flatMap(names);
  };
  return secretInputs.flatMap(key => names(taskFile[key]));
}
