// P15: what the account may do, found by doing it where that is harmless. Each finding is the exact GRANT.
import {finding, isSyncError, type Finding} from '../base/errors.ts';
import type {SourceTable} from '../codec/sourceTable.ts';
import type {Task} from '../spec/task.ts';
import type {SourceConnection} from './connection.ts';
import {quoteName, quoteTable} from './literal.ts';
import type {ServerFacts} from './server.ts';

/** Every privilege that `task` needs at this server and the account lacks. */
export async function precheckGrants(
  connection: SourceConnection,
  facts: ServerFacts,
  tables: readonly SourceTable[],
  task: Task,
): Promise<Finding[]> {
  const account = await readAccount(connection);
  const shown = await readGrants(connection);
  const grants = shown.everywhere;
  const found: Finding[] = [];
  const lack = (missing: string, on: string, object: string | null = null) => {
    const grant = `GRANT ${missing} ON ${on} TO ${account};`;
    const place = {id: 'P15', where: 'source.user', object, observed: 'not granted'};
    found.push(
      finding(
        'SYNC2312',
        {
          account,
          missing: `${missing} on ${on}`,
          grant,
          isManaged: facts.managed !== null,
        },
        place,
      ),
    );
  };
  if (task.phases.includes('full')) {
    for (const table of tables)
      if (!shown.mayReadAll(table.database) && !(await maySelect(connection, table)))
        lack('SELECT', quoteTable(table), `${table.database}.${table.name}`);
    for (const table of tables)
      if (table.key === null && !(await mayLock(connection, table, grants)))
        lack('LOCK TABLES', `${quoteName(table.database)}.*`, `${table.database}.${table.name}`);
    const needsFlush = facts.gtidMode !== 'ON' && facts.logBin;
    if (needsFlush && !grants.has('RELOAD')) lack('RELOAD', '*.*');
  }
  const isMariadb = facts.flavour === 'mariadb';
  if (!facts.replicationClient) lack(isMariadb ? 'BINLOG MONITOR' : 'REPLICATION CLIENT', '*.*');
  // Filters of a replica, which hide changes, are shown to who has this right.
  if (isMariadb && task.phases.includes('incremental') && !grants.has('SLAVE MONITOR'))
    lack('SLAVE MONITOR', '*.*');
  if (task.phases.includes('incremental') && !grants.has('REPLICATION SLAVE'))
    lack('REPLICATION SLAVE', '*.*');
  return found;
}

/** The account as GRANT wants it: `'user'@'host'`. */
async function readAccount(connection: SourceConnection): Promise<string> {
  const {account} = await connection.queryOne<{account: string}>(
    'SELECT CURRENT_USER() AS account',
  );
  const at = account.lastIndexOf('@');
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  return `${quote(account.slice(0, at))}@${quote(account.slice(at + 1))}`;
}

interface ShownGrants {
  /** Names of the privileges on *.*, those of active roles included. */
  everywhere: ReadonlySet<string>;
  /** Whether every table of a database may be read for sure; false also where only asking each table can tell. */
  mayReadAll: (database: string) => boolean;
}

async function readGrants(connection: SourceConnection): Promise<ShownGrants> {
  const rows = await connection.query<Record<string, string>>('SHOW GRANTS');
  const lines = rows.map(row => Object.values(row)[0] ?? '');
  const everywhere = new Set<string>();
  const databases = new Set<string>();
  for (const line of lines) {
    const [, privileges = '', on = ''] = /^GRANT (.*?) ON (\*\.\*|`.*`\.\*) TO /.exec(line) ?? [];
    const names = privileges.split(', ').map(name => name.toUpperCase());
    if (on === '*.*') for (const name of names) everywhere.add(name);
    else if (names.includes('SELECT') || names.includes('ALL PRIVILEGES'))
      databases.add(on.slice(1, -'`.*'.length));
  }
  if (everywhere.has('ALL PRIVILEGES'))
    for (const name of ['RELOAD', 'REPLICATION SLAVE', 'SLAVE MONITOR', 'LOCK TABLES', 'SELECT'])
      everywhere.add(name);
  // A REVOKE line takes back a part of what stands above it.
  const isWhole = !lines.some(line => line.startsWith('REVOKE '));
  const mayReadAll = (database: string) =>
    isWhole && (everywhere.has('SELECT') || databases.has(database.replaceAll(/[_%]/g, '\\$&')));
  return {everywhere, mayReadAll};
}

/** All columns, so that rights on some of them only are noticed. */
async function maySelect(connection: SourceConnection, table: SourceTable): Promise<boolean> {
  const columns = table.columns.map(column => quoteName(column.name)).join(', ') || '1';
  return isAllowed(connection, `SELECT ${columns} FROM ${quoteTable(table)} LIMIT 0`);
}

/** Globally, or on the database, whose name in a grant may hold the wildcards of LIKE. */
async function mayLock(
  connection: SourceConnection,
  table: SourceTable,
  grants: ReadonlySet<string>,
): Promise<boolean> {
  if (grants.has('LOCK TABLES')) return true;
  const {allowed} = await connection.queryOne<{allowed: number | string}>(
    "SELECT EXISTS (SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES WHERE PRIVILEGE_TYPE = 'LOCK TABLES' " +
      'AND ? LIKE TABLE_SCHEMA) AS allowed',
    [table.database],
  );
  return Number(allowed) === 1;
}

async function isAllowed(connection: SourceConnection, sql: string): Promise<boolean> {
  try {
    await connection.query(sql);
    return true;
  } catch (error) {
    if (isSyncError(error) && error.code === 'SYNC2011') return false;
    throw error;
  }
}
