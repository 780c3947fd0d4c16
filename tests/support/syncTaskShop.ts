// A stack with one SyncTask over a real MySQL and an embedded endpoint, for engine tests of the provider.
import {randomInt} from 'node:crypto';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {startEndpoint} from '../../runtime/endpoint/server.ts';
import {fetchStatus} from '../../runtime/task/control.ts';
import {wait} from '../../runtime/base/wait.ts';
import type {Status} from '../../runtime/task/progress.ts';
import type {SyncTaskArgs} from '../../provider/index.ts';
import {readSupervisor, type SupervisorFile} from '../../provider/deploy/stateFolder.ts';
import type {Target} from './equality.ts';
import {createDatabase, type TestDatabase} from './mysql.ts';
import {openStack, type TestStack} from './pulumiStack.ts';

const waitMsMax = 60_000;
const lookMs = 50;
const unending = new AbortController().signal;

export interface Shop extends TestStack {
  database: TestDatabase;
  target: Target;
  /** Both passwords; neither may be seen anywhere. */
  passwords: string[];
  /** Arguments of the task, `tables` by name; `changes` on top. */
  args(tables: string[], changes?: Partial<SyncTaskArgs>): SyncTaskArgs;
  stateDir: string;
  supervisor(): SupervisorFile;
  /** Waits until the runtime's status meets `condition`. */
  until(condition: (status: Status) => boolean): Promise<Status>;
  /** Every file of the state folder as one text. */
  stateFiles(): string;
}

/** Tables `orders` and `items` with some rows, and an empty target. */
export async function openEnds(
  t: ExecutionContext<any>,
): Promise<Pick<Shop, 'database' | 'target'>> {
  const database = await createDatabase(t);
  await database.query('CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(40))');
  await database.query("INSERT INTO orders VALUES (1, 'first'), (2, 'second'), (3, NULL)");
  await database.query('CREATE TABLE items (id INT PRIMARY KEY, price DECIMAL(10,2))');
  await database.query('INSERT INTO items VALUES (1, 9.99), (2, 0.50)');
  const data = mkdtempSync(join(tmpdir(), 'synctask-shop-'));
  const key = {
    project: 'test_project',
    accessKeyId: 'testKeyId',
    accessKeySecret: 'testKeySecret-of-the-shop',
  };
  const endpoint = await startEndpoint({dataDir: data, port: 0, ...key});
  t.teardown(async () => {
    await endpoint.close();
    rmSync(data, {recursive: true, force: true});
  });
  return {database, target: {endpoint: endpoint.endpoint, ...key}};
}

/** A stack with one SyncTask between two ends; the resource is `sync` of stack `dev`. */
export async function openShop(t: ExecutionContext<any>): Promise<Shop> {
  const {database, target} = await openEnds(t);
  const stack = await openStack(t);
  const stateDir = join(stack.stateHome, 'synctask', 'shop-dev-sync');
  const {host, port, syncUser, syncPassword} = database.server;
  // Every shop's task has the same name, which would give them all one replica id; and they share a server.
  const serverId = randomInt(1_000_000, 2_000_000_000);
  return {
    ...stack,
    database,
    target,
    passwords: [syncPassword, target.accessKeySecret],
    stateDir,
    args: (tables, changes = {}) => ({
      source: {host, port, user: syncUser, serverId},
      sourcePassword: syncPassword,
      target: {
        endpoint: target.endpoint,
        project: target.project,
        accessKeyId: target.accessKeyId,
      },
      targetAccessKeySecret: target.accessKeySecret,
      objects: [{database: database.name, tables}],
      incremental: {commitSeconds: 0.5},
      ...changes,
    }),
    supervisor: () => readSupervisor(stateDir)!,
    until: condition => until(stateDir, condition),
    stateFiles: () =>
      readdirSync(stateDir, {recursive: true, withFileTypes: true})
        .filter(entry => entry.isFile())
        .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
        .join('\n'),
  };
}

async function until(stateDir: string, condition: (status: Status) => boolean): Promise<Status> {
  const endMs = performance.now() + waitMsMax;
  for (;;) {
    const status = await fetchStatus(stateDir);
    if (status !== null && condition(status)) return status;
    if (performance.now() > endMs)
      throw new Error(`waited in vain; last: ${JSON.stringify(status)}`);
    await wait(lookMs, unending);
  }
}
