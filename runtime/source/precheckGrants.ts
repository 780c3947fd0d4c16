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
  const grants = await readGlobalGrants(connection);
  const found: Finding[] = [];
  const lack = (missing: string, on: string, object: string | null = null) => {
    const grant = `GRANT ${missing} ON ${on} TO ${account};`;
    const place = {id: 'P15', where: 'source.user', object, observed: 'not granted'};
    found.push(finding('SYNC2312', {account, missing: `${missing} on ${on}`, grant}, place));
  };
  if (task.phases.includes('full')) {
    for (const table of tables)
      if (!(await maySelect(connection, table)))
        lack('SELECT', quoteTable(table), `${table.database}.${table.name}`);
    for (const table of tables)
      if (table.key === null && !(await mayLock(connection, table, grants)))
        lack('LOCK TABLES', `${quoteName(table.database)}.*`, `${table.database}.${table.name}`);
    const needsFlush = facts.gtidMode !== 'ON' && facts.logBin;
    if (needsFlush && !grants.has('RELOAD')) lack('RELOAD', '*.*');
  }
  if (!facts.replicationClient) lack('REPLICATION CLIENT', '*.*');
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

/** Names of the privileges on *.*, those of active roles included. */
async function readGlobalGrants(connection: SourceConnection): Promise<ReadonlySet<string>> {
  const rows = await connection.query<Record<string, string>>('SHOW GRANTS');
  const names = new Set<string>();
  for (const row of rows) {
    const match = /^GRANT (.*) ON \*\.\* TO /.exec(Object.values(row)[0] ?? '');
    for (const name of match?.[1]?.split(', ') ?? []) names.add(name.toUpperCase());
  }
  if (names.has('ALL PRIVILEGES'))
    for (const name of ['RELOAD', 'REPLICATION SLAVE', 'LOCK TABLES']) names.add(name);
  return names;
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
