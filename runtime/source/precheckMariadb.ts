// What MariaDB has that MySQL has not: tables with rows of their past, unique indexes that add a hidden column, clusters whose
// nodes count by themselves. And its words: it keeps no setting by SET PERSIST.
import {finding, type Finding} from '../base/errors.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import type {Task} from '../spec/task.ts';
import type {SourceConnection} from './connection.ts';
import {quoteTable} from './literal.ts';
import {readDatabases} from './catalog.ts';
import {selectTable} from './selection.ts';

/** Findings about a MariaDB source; none elsewhere. */
export async function precheckMariadb(
  connection: SourceConnection,
  tables: readonly SourceTable[],
  task: Task,
): Promise<Finding[]> {
  if (!connection.dialect.isMariadb) return [];
  const found = await checkVersioned(connection, task);
  found.push(...(await checkLongUniques(connection, tables)));
  if (task.phases.includes('incremental')) found.push(...(await checkCluster(connection)));
  return found;
}

/** P19: the history of a system-versioned table is in its binlog as rows of the same keys. */
async function checkVersioned(connection: SourceConnection, task: Task): Promise<Finding[]> {
  const databases = await readDatabases(connection, task.objects);
  if (databases.length === 0) return [];
  const rows = await connection.query<{database: string; name: string}>(
    'SELECT TABLE_SCHEMA AS `database`, TABLE_NAME AS name FROM information_schema.TABLES ' +
      `WHERE TABLE_TYPE = 'SYSTEM VERSIONED' AND TABLE_SCHEMA IN (${databases.map(() => '?').join(', ')})`,
    databases,
  );
  return rows
    .filter(({database, name}) => selectTable(task.objects, database, name) !== null)
    .map(table => {
      const object = `${table.database}.${table.name}`;
      const details = {table: quoteTable(table)};
      return finding('SYNC2339', details, {id: 'P19', object, observed: 'SYSTEM VERSIONED'});
    });
}

/** P19: a unique index over long values is a hidden column of hashes, which stands in row events. */
async function checkLongUniques(
  connection: SourceConnection,
  tables: readonly SourceTable[],
): Promise<Finding[]> {
  const databases = [...new Set(tables.map(({database}) => database))];
  if (databases.length === 0) return [];
  const rows = await connection.query<{database: string; name: string; index: string}>(
    'SELECT DISTINCT TABLE_SCHEMA AS `database`, TABLE_NAME AS name, INDEX_NAME AS `index` ' +
      "FROM information_schema.STATISTICS WHERE INDEX_TYPE = 'HASH' AND NON_UNIQUE = 0 " +
      `AND TABLE_SCHEMA IN (${databases.map(() => '?').join(', ')})`,
    databases,
  );
  return rows.flatMap(({database, name, index}) => {
    const table = tables.find(other => other.database === database && other.name === name);
    // Engines without transactions have hash indexes of another kind, and a finding of their own.
    if (table === undefined || table.engine.toLowerCase() !== 'innodb') return [];
    const place = {id: 'P19', object: `${database}.${name}`, observed: index};
    return [finding('SYNC2340', {table: quoteTable(table), index}, place)];
  });
}

/** P14: nodes of a Galera cluster number transactions by themselves unless told to share. */
async function checkCluster(connection: SourceConnection): Promise<Finding[]> {
  const {server} = connection;
  const rows = await connection.query<{Variable_name: string; Value: string}>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('wsrep_on', 'wsrep_gtid_mode')",
  );
  return judgeCluster(server, new Map(rows.map(row => [row.Variable_name, row.Value])));
}

/** The same by the variables of a server. */
export function judgeCluster(server: string, variables: ReadonlyMap<string, string>): Finding[] {
  if (variables.get('wsrep_on') !== 'ON' || variables.get('wsrep_gtid_mode') === 'ON') return [];
  const place = {id: 'P14', severity: 'warning', where: 'source', observed: 'wsrep_on'} as const;
  return [finding('SYNC2341', {server}, place)];
}

/** `found` with the statements as MariaDB takes them. */
export function inMariadbWords(found: Finding): Finding {
  if (!/\bPERSIST\b/.test(found.fix)) return found;
  const fix = found.fix.replaceAll(/\bPERSIST\b/g, 'GLOBAL').replace(/;?$/, ';');
  return {...found, fix: `${fix} Put it into the option file too.`};
}
