// P42: what a managed service does differently, and what of it SQL cannot tell: encryption of columns, and how long it keeps
// binlog files whatever binlog_expire_logs_seconds says.
import {finding, isSyncError, type Finding} from '../base/errors.ts';
import type {Task} from '../spec/task.ts';
import type {SourceConnection} from './connection.ts';
import type {ServerFacts} from './server.ts';

/** What Alibaba Cloud asks for at least. */
const retentionHoursMin = 72;

/** Findings about a server that somebody else runs. */
export async function precheckManaged(
  connection: SourceConnection,
  facts: ServerFacts,
  task: Task,
): Promise<Finding[]> {
  const {server} = connection;
  const found: Finding[] = [];
  if (facts.encdb && task.phases.includes('full'))
    found.push(finding('SYNC2334', {server}, {id: 'P42', where: 'source', observed: 'encdb = ON'}));
  if (!task.phases.includes('incremental')) return found;
  const warning = {id: 'P42', severity: 'warning', where: 'source'} as const;
  if (facts.managed === 'alibaba-rds')
    found.push(finding('SYNC2335', {server}, {...warning, observed: 'RDS for MySQL'}));
  if (facts.managed === 'amazon-rds') {
    const hours = await readAmazonRetention(connection);
    if (hours === null || hours < retentionHoursMin) {
      const observed = hours === null ? 'not set or not readable' : `${hours} hours`;
      found.push(finding('SYNC2336', {server, observed}, {...warning, observed}));
    }
  }
  return found;
}

/** `binlog retention hours` of RDS; null where it is not set (files go at once) or may not be read. */
async function readAmazonRetention(connection: SourceConnection): Promise<number | null> {
  try {
    const [row] = await connection.query<{value: string | null}>(
      "SELECT value FROM mysql.rds_configuration WHERE name = 'binlog retention hours'",
    );
    return row?.value == null ? null : Number(row.value);
  } catch (error) {
    if (isSyncError(error) && error.kind === 'mistake') return null;
    throw error;
  }
}
