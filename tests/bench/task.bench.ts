// The whole path of a task, as users run it: full load and catch-up into the embedded endpoint, ledger and checkpoint on,
// beside the raw drain of one connection (rows read and thrown away) in the same run. Run: npm run bench -- task
// Server, endpoint and runtime share the machine. The table is the 8-column one of the codec bench.
import {readFileSync} from 'node:fs';
import {cpus, loadavg} from 'node:os';
import type {ExecutionContext} from 'ava';
import {RawConnection} from '../../runtime/source/rawConnection.ts';
import {World, type Runtime} from '../support/world.ts';

const rowsTotal = Number(process.env['ROWS'] ?? 500_000);
const rounds = Number(process.env['ROUNDS'] ?? 3);
const columns = 'customer, amount, name, created, changed, detail, score';
const table = `CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, customer INT NOT NULL, amount DECIMAL(12,2) NOT NULL,
  name VARCHAR(64) CHARACTER SET utf8mb4 NOT NULL, created DATETIME(6) NOT NULL, changed TIMESTAMP(3) NOT NULL,
  detail TEXT CHARACTER SET utf8mb4 NOT NULL, score DOUBLE)`;
const rowsFrom = (from: number, count: number) => `INSERT INTO t (id, ${columns})
  WITH RECURSIVE n AS (SELECT ${from} AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${from + count - 1})
  SELECT i, i % 100000, i / 100, CONCAT('customer name that is fairly long no ', i), TIMESTAMP('2026-01-01') + INTERVAL i MICROSECOND,
    TIMESTAMP('2026-02-01') + INTERVAL i SECOND, CONCAT('{"basket": [1, 2, 3], "comment": "this is row number ', i, '", "ok": true}'),
    IF(i % 5 = 0, NULL, i / 3) FROM n`;

const cleanups: (() => unknown)[] = [];
// The world asks a test for two things only.
const surroundings = {
  teardown: (cleanup: () => unknown) => cleanups.push(cleanup),
  log: console.log,
} as unknown as ExecutionContext;

console.log(
  `${cpus().length} × ${cpus()[0]!.model}, load ${loadavg()[0]!.toFixed(1)}, ${rowsTotal} rows, ${rounds} rounds`,
);
for (let round = 1; round <= rounds; round++) {
  const world = await World.open(surroundings, {
    setup: [
      'SET SESSION cte_max_recursion_depth = 100000000',
      table,
      rowsFrom(1, rowsTotal),
      'ANALYZE TABLE t',
    ],
    settings: {incremental: {commitSeconds: 2}},
  });
  try {
    await measure(world, round);
  } finally {
    await world[Symbol.asyncDispose]();
    for (const cleanup of cleanups.splice(0)) await cleanup();
  }
}

async function measure(world: World, round: number): Promise<void> {
  const drainSeconds = await drain(world);
  const first = world.start();
  await world.until(
    first,
    'loading',
    status => status.state !== 'prechecking' && status.state !== 'preparing',
  );
  const loadSeconds = await seconds(() =>
    world.until(first, 'loaded', status => status.state === 'following'),
  );
  const load = usage(first);
  await world.stop(first);
  const backlog = Math.floor(rowsTotal / 2);
  for (let done = 0; done < backlog; done += 1000)
    await world.mysql.query(rowsFrom(rowsTotal + 1 + done, 1000));
  const second = world.start();
  await world.until(
    second,
    'following',
    status => status.state === 'loading' || status.state === 'following',
  );
  const followSeconds = await seconds(() => world.caughtUp(second));
  const follow = usage(second);
  await world.stop(second);
  const rate = (rows: number, time: number) => `${Math.round(rows / time / 1000)} k rows/s`;
  console.log(
    [
      `round ${round}`,
      `drain ${rate(rowsTotal, drainSeconds)}`,
      `load ${rate(rowsTotal, loadSeconds)} (${(drainSeconds / loadSeconds).toFixed(2)} of the drain; ${load})`,
      `catch-up ${rate(backlog, followSeconds)} (${follow})`,
    ].join(' · '),
  );
}

/** Reads the whole table over one connection by the binary protocol and throws it away. */
async function drain(world: World): Promise<number> {
  const {host, port, user, password} = world.database.server;
  const tls = {mode: 'preferred' as const, ca: null, certificate: null, key: null};
  await using raw = await RawConnection.open(
    {host, port, user, password, tls},
    new AbortController().signal,
  );
  const statement = await raw.prepare(`SELECT * FROM \`${world.database.name}\`.t`);
  return await seconds(() => raw.execute(statement, () => undefined));
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

/** Peak memory and processor time of the runtime so far, as Linux tells them. */
function usage(runtime: Runtime): string {
  const pid = runtime.process.pid!;
  const peakKiB = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
  return `${Math.round(Number(peakKiB) / 1024)} MiB peak, ${cpuSeconds.toFixed(1)} CPU s`;
}
