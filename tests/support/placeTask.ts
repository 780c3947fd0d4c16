// A task in a place of its own (a container, a pod): its two ends on this machine, its inputs, and waits for what it tells.
import {randomBytes, randomInt} from 'node:crypto';
import type {ExecutionContext} from 'ava';
import type {Connection} from 'mysql2/promise';
import {wait} from '../../runtime/base/wait.ts';
import type {Status} from '../../runtime/task/progress.ts';
import type {Deployed, Deployer} from '../../provider/deploy/deployer.ts';
import type {Properties} from '../../provider/inputs.ts';
import {assertEqualTables, type Target} from './equality.ts';
import {openEnds} from './syncTaskShop.ts';
import type {TestDatabase} from './mysql.ts';

const waitMsMax = 150_000;
const lookMs = 100;
const unending = new AbortController().signal;

export interface PlaceTask {
  name: string;
  database: TestDatabase;
  mysql: Connection;
  target: Target;
  /** What nobody may see anywhere. */
  secrets: string[];
  inputs: (deploy: Properties, changes?: Properties) => Properties;
  /** Waits until `deployer` reads what meets `condition`. */
  until: (
    deployer: Deployer,
    condition: (deployed: Deployed) => boolean | Promise<boolean>,
  ) => Promise<Deployed>;
  /** Waits until everything that MySQL has committed is done in the target. */
  caughtUp: (deployer: Deployer) => Promise<Status>;
  /** Fails the test unless the merged target tables equal the source. */
  equal: (table: string) => Promise<unknown>;
}

/** Tables `orders` and `items`, and a task over them that is not deployed yet. */
export async function openPlaceTask(t: ExecutionContext<any>): Promise<PlaceTask> {
  const {database, target} = await openEnds(t);
  const mysql = await database.connect();
  const name = `place-${randomBytes(4).toString('hex')}`;
  const {host, port, syncUser, syncPassword} = database.server;
  const until: PlaceTask['until'] = async (deployer, condition) => {
    const endMs = performance.now() + waitMsMax;
    for (;;) {
      const deployed = await deployer.read();
      if (await condition(deployed)) return deployed;
      if (performance.now() > endMs)
        throw new Error(`waited in vain: ${JSON.stringify(deployed)}\n${await deployer.logs(20)}`);
      await wait(lookMs, unending);
    }
  };
  return {
    name,
    database,
    mysql,
    target,
    secrets: [syncPassword, target.accessKeySecret],
    until,
    inputs: (deploy, changes = {}) => ({
      name,
      environment: 'test',
      source: {host, port, user: syncUser, serverId: randomInt(1_000_000, 2_000_000_000)},
      sourcePassword: syncPassword,
      target: {
        endpoint: target.endpoint,
        project: target.project,
        accessKeyId: target.accessKeyId,
      },
      targetAccessKeySecret: target.accessKeySecret,
      objects: [{database: database.name, tables: ['orders']}],
      incremental: {commitSeconds: 0.5},
      deploy,
      ...changes,
    }),
    async caughtUp(deployer) {
      const executed = await gtid(mysql, 'SELECT @@global.gtid_executed AS value', []);
      const found = await until(deployer, async ({state, status}) => {
        if (state !== 'following' || !status?.position) return false;
        const inside = await gtid(mysql, 'SELECT GTID_SUBSET(?, ?) AS value', [
          executed,
          status.position.gtidSet,
        ]);
        return inside === '1';
      });
      return found.status!;
    },
    equal: table => assertEqualTables(t, mysql, database.name, table, target),
  };
}

async function gtid(mysql: Connection, sql: string, values: string[]): Promise<string> {
  const [[row]] = (await mysql.query(sql, values)) as unknown as [[{value: unknown}]];
  return String(row.value).replaceAll('\n', '');
}
