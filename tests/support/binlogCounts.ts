// Row changes of a table as the server's own mysqlbinlog decodes them: an independent count of what a log must hold.
import {mysqlBinlog, type TestServer} from './mysql.ts';
import {ReplicaGroup} from './replicaGroup.ts';

/** Records that the changes of each of `tables` after the set `before` make in its log: an update makes two. */
export async function logRecords(
  server: TestServer,
  database: string,
  tables: readonly string[],
  before: string,
): Promise<Record<string, number>> {
  const files = await binlogFiles(server);
  const filter = before === '' ? [] : [`--exclude-gtids=${before}`];
  const options = ['-v', '--base64-output=DECODE-ROWS', `--database=${database}`, ...filter];
  const text = (await mysqlBinlog(server, [...options, '--to-last-log', files[0]!])).toString();
  const counts = Object.fromEntries(tables.map(table => [table, 0]));
  const change = /^### (INSERT INTO|DELETE FROM|UPDATE) `([^`]+)`\.`([^`]+)`$/gm;
  for (const [, verb, name, table = ''] of text.matchAll(change))
    if (name === database && table in counts) counts[table]! += verb === 'UPDATE' ? 2 : 1;
  return counts;
}

async function binlogFiles(server: TestServer): Promise<string[]> {
  const rows = await ReplicaGroup.run(server, 'SHOW BINARY LOGS');
  return rows.map(row => row['Log_name']!);
}
