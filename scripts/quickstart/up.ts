// The quick start, step by step. Every step that is done already is quick, so running it twice is harmless.
import {createConnection} from 'mysql2/promise';
import {fetchStatus, readRuntimeFile} from '../../runtime/task/control.ts';
import {ensureServer} from '../setup/mysqlServer.mjs';
import {runMain, say, step} from '../setup/progress.mjs';
import {compareTable, openTarget, sqlText} from './compare.ts';
import {untilFollowing, untilReached} from './follow.ts';
import {inPlace, mysqlName, writeJson, type Connection} from './place.ts';
import {startEndpoint, startWriter, whileWriterRests, type Target} from './processes.ts';
import {editProgram, isEdited, prepareProgram, programDir} from './program.ts';
import {makeShop, shopRows} from './shop.ts';
import {prepareStack, readOutputs, show} from './stack.ts';

const firstTables = ['customers', 'products', 'orders', 'order_lines', 'visits'];
const addedTable = 'reviews';

await runMain(async () => {
  const startedMs = performance.now();
  const mysql = await startShop();
  const target = await startEndpoint();
  say(`the MaxCompute-compatible target answers at ${target.endpoint}`);
  const writerPid = await startWriter();
  say('a writer changes the shop about ten times a second');
  await prepareProgram();
  await prepareStack({
    plain: {
      mysqlHost: mysql.host,
      mysqlPort: String(mysql.port),
      mysqlUser: mysql.syncUser,
      endpoint: target.endpoint,
      project: target.project,
      accessKeyId: target.accessKeyId,
    },
    secrets: {mysqlPassword: mysql.syncPassword, accessKeySecret: target.accessKeySecret},
  });
  const world: World = {mysql, target, writerPid};

  if (isEdited()) {
    await deploy(world, [...firstTables, addedTable]);
  } else {
    await deploy(world, firstTables);
    await showQueries(target);
    await proveEquality(world, firstTables);
    headline(`The program changes: the table ${addedTable} is added to ${programDir}/index.ts`);
    editProgram();
    await deploy(world, [...firstTables, addedTable]);
  }
  await showQueries(target);
  await proveEquality(world, [...firstTables, addedTable]);
  await tellWhatRuns(target, Math.round((performance.now() - startedMs) / 1000));
});

interface World {
  mysql: Awaited<ReturnType<typeof startShop>>;
  target: Target;
  writerPid: number;
}

async function startShop() {
  const server = await ensureServer({
    name: mysqlName,
    userPid: null,
    keepData: true,
    settings: {'innodb-buffer-pool-size': '512M'},
  });
  const connection = await createConnection({
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
  });
  const rows = Object.values(shopRows).reduce((sum, count) => sum + count, 0);
  try {
    await step(`MySQL ${server.version} on port ${server.port}, a shop of ${rows} rows`, () =>
      makeShop(connection),
    );
  } finally {
    await connection.end();
  }
  return server;
}

/** Preview, up, and progress until every table is close behind. */
async function deploy(world: World, tables: string[]): Promise<void> {
  await show('preview', '--diff');
  await show('up', '--yes', '--skip-preview');
  const stateDir = await writeConnection(world);
  headline('Progress');
  const before = await fetchStatus(stateDir);
  const now = await untilFollowing(stateDir, tables);
  for (const {table, rowsLoaded, rowsFollowed} of now.tables) {
    const then = before?.tables.find(t => t.table === table)?.rowsFollowed ?? 0;
    console.log(
      `  ${table.padEnd(12)} ${rowsLoaded} rows loaded, ${rowsFollowed - then} changes meanwhile`,
    );
  }
  await writeConnection(world);
}

/** Writes connection.json; gives the state folder of the runtime. */
async function writeConnection({mysql, target, writerPid}: World): Promise<string> {
  const outputs = await readOutputs();
  const stateDir = String(outputs['stateDir']);
  const {host, port, user, password} = mysql;
  const connection: Connection = {
    mysql: {host, port, user, password, database: 'shop'},
    target,
    statusUrl: String(outputs['statusUrl']),
    pid: readRuntimeFile(stateDir)?.pid ?? 0,
    stateDir,
    writerPid,
  };
  writeJson('connection.json', connection);
  return stateDir;
}

async function showQueries(target: Target): Promise<void> {
  const allowScan = 'SET odps.sql.allow.fullscan=true;\n';
  const queries = [
    'SELECT status, COUNT(*) AS orders, SUM(total) AS total FROM orders_base GROUP BY status ORDER BY status',
    `SELECT new_dts_sync_record_id, new_dts_sync_operation_flag, new_dts_sync_before_flag,
  new_dts_sync_after_flag, id, status, total FROM orders_log ORDER BY new_dts_sync_record_id DESC LIMIT 6`,
  ];
  for (const sql of queries) {
    console.log(`\n$ synctask sql "${sql}"`);
    console.log(await sqlText(target, `${allowScan}${sql}`));
  }
}

/** With the writer at rest and the target at MySQL's position, compares every row of every table. */
async function proveEquality({mysql, target}: World, tables: string[]): Promise<void> {
  headline('base ⊕ log on the target, compared with MySQL row by row (the writer rests meanwhile)');
  const stateDir = String((await readOutputs())['stateDir']);
  const connection = await createConnection({
    host: mysql.host,
    port: mysql.port,
    user: mysql.user,
    password: mysql.password,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    timezone: 'Z',
  });
  try {
    await connection.query("SET time_zone = '+00:00'");
    await using client = openTarget(target);
    await whileWriterRests(async () => {
      await untilReached(stateDir, connection);
      for (const table of tables) {
        const count = await compareTable(connection, client, stateDir, table);
        console.log(`  ${table.padEnd(12)} ${String(count).padStart(7)} rows: equal`);
      }
    });
  } finally {
    await connection.end();
  }
}

async function tellWhatRuns(target: Target, seconds: number): Promise<void> {
  const outputs = await readOutputs();
  headline(`Done in ${seconds} s. Everything goes on running:`);
  console.log(`  status page   ${String(outputs['statusUrl'])}`);
  console.log(`  SQL prompt    npm run -s synctask -- sql "SELECT COUNT(*) FROM orders_base"`);
  console.log(`  task          npm run -s synctask -- status ${String(outputs['taskId'])}`);
  console.log(`  target        ${target.endpoint}, project ${target.project}`);
  console.log(`  program       ${programDir}`);
  console.log(`  connections   ${inPlace('connection.json')}`);
  console.log('  remove it all npm run quickstart -- --down');
}

function headline(text: string): void {
  console.log(`\n${text}`);
}
