// Error codes of the sink room: MaxCompute and its tunnels, seen from the client.
import {entry} from './entry.ts';

/** What every refused or lost call tells: never a secret, never a whole body. */
export interface Call {
  /** What was asked, e.g. `write block 3 of shop_orders_base`. */
  operation: string;
  /** The service's code or the connection's error code. */
  code: string;
  /** The service's request id; null when no answer came. */
  requestId: string | null;
  /** The service's own words, shortened; empty when it said nothing. */
  message: string;
}

const said = (d: Call): string => {
  const id = d.requestId === null ? '' : ` (request ${d.requestId})`;
  return d.message === '' ? `${d.code}${id}` : `${d.code}: ${d.message}${id}`;
};

export const sinkCodes = {
  SYNC4001: entry<Call & {host: string}>({
    title: 'the target cannot be reached',
    kind: 'trouble',
    cause: d => `${d.operation}: the connection to ${d.host} ended with ${d.code}.`,
    fix: d => `Check that ${d.host} answers from here: address, port, proxy, firewall, allow list.`,
  }),
  SYNC4002: entry<Call>({
    title: 'the target asks for fewer requests',
    kind: 'trouble',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () =>
      'Wait, lengthen incremental.commitSeconds, lower full.workers, or use a larger tunnel quota.',
  }),
  SYNC4003: entry<Call & {status: number}>({
    title: 'the target has trouble of its own',
    kind: 'trouble',
    cause: d => `${d.operation}: the service answered status ${d.status}, ${said(d)}.`,
    fix: () => 'Wait and resume; when it lasts, give the request id to the support of the service.',
  }),
  SYNC4004: entry<Call>({
    title: 'the target does not accept the credentials',
    kind: 'mistake',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () => 'Correct target.accessKeyId and targetAccessKeySecret, or renew the security token.',
  }),
  SYNC4005: entry<Call & {localTime: string}>({
    title: 'the clock differs too much from the target',
    kind: 'mistake',
    cause: d =>
      `${d.operation}: the service answered ${said(d)}. This machine says ${d.localTime}; 15 minutes are allowed.`,
    fix: () => 'Set the clock of this machine, best by NTP.',
  }),
  SYNC4006: entry<Call>({
    title: 'the account lacks a right on the target',
    kind: 'mistake',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () =>
      'Grant CreateTable and CreateInstance on the project, and Describe, Select, Alter, Update and Drop on its tables.',
  }),
  SYNC4007: entry<Call>({
    title: 'the target project or schema does not exist',
    kind: 'mistake',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () => 'Correct target.project or target.schema, or create it.',
  }),
  SYNC4008: entry<Call>({
    title: 'a table is missing in the target',
    kind: 'mistake',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () => 'Create the table again by reloading it; do not drop tables of a running task.',
  }),
  SYNC4009: entry<Call>({
    title: 'a partition is missing in the target',
    kind: 'mistake',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () => 'Restore the partition, or reload the table.',
  }),
  SYNC4011: entry<Call & {status: number}>({
    title: 'the target refused a request',
    kind: 'mistake',
    cause: d => `${d.operation}: the service answered status ${d.status}, ${said(d)}.`,
    fix: () => 'Read the answer; when it does not explain itself, report it with the request id.',
  }),
  SYNC4012: entry<{operation: string; what: string}>({
    title: 'an answer is not one of MaxCompute',
    kind: 'mistake',
    cause: d => `${d.operation}: ${d.what}.`,
    fix: () => 'Check target.endpoint: base path included, and no proxy page in between.',
  }),
  SYNC4013: entry<{table: string; session: string; blocks: number[]}>({
    title: 'it is not known whether a block arrived',
    kind: 'trouble',
    cause: d =>
      `Blocks ${d.blocks.join(', ')} of session ${d.session} on ${d.table} were sent without an answer and may still land.`,
    fix: () => 'Resume the task: the session is left to expire, and its rows go into a new one.',
  }),
  SYNC4014: entry<{table: string; session: string; missing: number[]; extra: number[]}>({
    title: 'the blocks of a session are not the ones sent',
    kind: 'trouble',
    cause: d =>
      `Session ${d.session} on ${d.table} lacks [${d.missing.join(', ')}] and has [${d.extra.join(', ')}] besides; it was not committed.`,
    fix: () => 'Resume the task: the rows go into a new session. End any other writer.',
  }),
  SYNC4015: entry<{table: string; session: string; status: string}>({
    title: 'a session can no longer be committed',
    kind: 'trouble',
    cause: d => `Session ${d.session} on ${d.table} is ${d.status}.`,
    fix: () => 'Resume the task: what the session did is decided from the rows in the target.',
  }),
  SYNC4016: entry<{table: string; session: string; status: string; attempts: number}>({
    title: 'a commit did not come to an end',
    kind: 'trouble',
    cause: d =>
      `Session ${d.session} on ${d.table} was ${d.status} after ${d.attempts} attempts to commit it.`,
    fix: () => 'Resume the task: the same session is committed again.',
  }),
  SYNC4017: entry<Call>({
    title: 'the target found a block damaged',
    kind: 'trouble',
    cause: d => `${d.operation}: the service answered ${said(d)}, also when it was sent again.`,
    fix: () =>
      'Check what stands between here and the service; when nothing does, report it as a bug.',
  }),
  SYNC4018: entry<Call>({
    title: 'a table exists already in the target',
    kind: 'mistake',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () => 'Rename or drop the table, or set conflictingTables to adopt.',
  }),
  SYNC4019: entry<Call & {host: string}>({
    title: 'the certificate of the target is not accepted',
    kind: 'mistake',
    cause: d => `${d.operation}: TLS to ${d.host} ended with ${d.code}.`,
    fix: () => 'Name the certificate authority in NODE_EXTRA_CA_CERTS, or correct target.endpoint.',
  }),
  SYNC4020: entry<Call & {statement: string}>({
    title: 'the target cannot run a SQL statement',
    kind: 'mistake',
    cause: d => `${d.statement}: the service answered ${said(d)}.`,
    fix: () => 'Correct the statement; when the product wrote it, report it.',
  }),
  SYNC4021: entry<Call & {statement: string}>({
    title: 'a SQL statement failed in the target',
    kind: 'trouble',
    cause: d => `${d.statement}: the service answered ${said(d)}.`,
    fix: () => 'Run it again; when it lasts, look at the instance in the target.',
  }),
  SYNC4022: entry<{statement: string; instance: string; minutes: number}>({
    title: 'a SQL statement runs too long in the target',
    kind: 'trouble',
    cause: d => `${d.statement}: instance ${d.instance} had not ended after ${d.minutes} minutes.`,
    fix: d => `Look at instance ${d.instance}; a waiting one needs more compute quota.`,
  }),
  SYNC4023: entry<{statement: string}>({
    title: 'it is not known whether a statement ran',
    kind: 'trouble',
    cause: d => `${d.statement}: the connection ended after it was sent and before an answer.`,
    fix: () => 'Resume the task: the target is compared with the state before and after.',
  }),
  SYNC4024: entry<{name: string; problem: string}>({
    title: 'a target name is not allowed',
    kind: 'mistake',
    cause: d => `The target name ${JSON.stringify(d.name)} ${d.problem}.`,
    fix: () => 'Give another name with `as`, or with columns.rename for a column.',
  }),
  SYNC4025: entry<{table: string; problem: string}>({
    title: 'a table is beyond the limits of the target',
    kind: 'mistake',
    cause: d => `${d.table}: ${d.problem}.`,
    fix: () => 'Leave columns out with columns.exclude, or correct the setting named.',
  }),
  SYNC4026: entry<{name: string; sources: string[]}>({
    title: 'two objects have one target name',
    kind: 'mistake',
    cause: d => `${d.sources.join(' and ')} would all be written to ${d.name}.`,
    fix: () => 'Give one of them another name with `as`.',
  }),
  SYNC4027: entry<{table: string; column: string; columns: string[]}>({
    title: 'two columns have one target name',
    kind: 'mistake',
    cause: d => `In ${d.table}, ${d.columns.join(' and ')} would all be called ${d.column}.`,
    fix: () => 'Rename one with columns.rename, or set naming.additionalColumns to the other rule.',
  }),
  SYNC4028: entry<{table: string}>({
    title: 'a target table exists already',
    kind: 'mistake',
    cause: d => `${d.table} exists and this task did not make it.`,
    fix: () => 'Rename or drop it, give another name with `as`, or set conflictingTables to adopt.',
  }),
  SYNC4029: entry<{table: string; differences: string[]}>({
    title: 'a target table differs from what is needed',
    kind: 'mistake',
    cause: d => `${d.table}: ${d.differences.join('; ')}.`,
    fix: () => 'Change or drop the table, or give another name with `as`.',
  }),
  SYNC4030: entry<{table: string; owner: string}>({
    title: 'another task writes this target table',
    kind: 'mistake',
    cause: d => `${d.table} carries the owner mark ${d.owner}, which is not this task's.`,
    fix: () => 'Stop the other task, or give another name with `as`.',
  }),
  SYNC4031: entry<{table: string; records: number | null}>({
    title: 'a log table holds rows this task did not write',
    kind: 'mistake',
    cause: d =>
      `${d.table} holds ${d.records ?? 'an unknown number of'} rows, and no checkpoint of this task stands beside it.`,
    fix: () =>
      'Restore the state folder, set conflictingTables to adopt to go on above its highest record id, or empty it.',
  }),
  SYNC4032: entry<Call>({
    title: 'a session is not in the state for this call',
    kind: 'trouble',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () => 'Resume the task: the state of the session is read and decides.',
  }),
  SYNC4034: entry<Call>({
    title: 'a table changed under an open session',
    kind: 'trouble',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () => 'Resume the task: the table is read again, and a new session is opened.',
  }),
  SYNC4035: entry<{table: string; session: string; records: number}>({
    title: 'it is not known whether streamed rows arrived',
    kind: 'trouble',
    cause: d =>
      `${d.records} rows of stream session ${d.session} on ${d.table} were sent without an answer; sent again they may stand there twice.`,
    fix: () => 'Look for the rows in the target first, or accept rows that arrive twice.',
  }),
  SYNC4036: entry<{operation: string}>({
    title: 'a download came damaged',
    kind: 'trouble',
    cause: d =>
      `${d.operation}: a checksum or the structure of the records is wrong, also when asked again.`,
    fix: () => 'Check what stands between here and the service; when nothing does, report it.',
  }),
  SYNC4037: entry<{table: string; session: string}>({
    title: 'a stream session is not ready',
    kind: 'trouble',
    cause: d => `Stream session ${d.session} on ${d.table} is still being made by the service.`,
    fix: () => 'Wait and resume; the tunnel quota may have no slot free.',
  }),
  SYNC4038: entry<{type: string}>({
    title: 'a type cannot be the key of a Delta table',
    kind: 'mistake',
    cause: d => `A key column is ${d.type}, for which the service has no bucket hash.`,
    fix: () => 'Choose key columns of a number, text, binary or time type.',
  }),
  SYNC4039: entry<{table: string; column: string}>({
    title: 'a key cell of an upsert is NULL',
    kind: 'mistake',
    cause: d => `Key column ${d.column} of ${d.table} is NULL in a row to upsert or delete.`,
    fix: () => 'Give every row a full key, or choose key columns that are never NULL.',
  }),
  SYNC4040: entry<{table: string; buckets: number}>({
    title: 'the buckets of an upsert session do not fit',
    kind: 'trouble',
    cause: d =>
      `An upsert session on ${d.table} names ${d.buckets} buckets, not each from 0 on once, or a hasher that is not known.`,
    fix: () => 'Resume the task; when it lasts, report it with the answer of the service.',
  }),
  SYNC4042: entry<{table: string; session: string}>({
    title: 'a session expired before its commit',
    kind: 'trouble',
    cause: d => `Session ${d.session} on ${d.table} is EXPIRED: it lives 24 hours.`,
    fix: () =>
      'Resume the task: the target is asked for the rows, and they are sent anew if absent.',
  }),
  SYNC4043: entry<Call>({
    title: 'the target no longer knows the session',
    kind: 'trouble',
    cause: d => `${d.operation}: the service answered ${said(d)}.`,
    fix: () => 'Resume the task: what the session did is decided from the rows in the target.',
  }),
  SYNC4033: entry<{place: string; problem: string}>({
    title: 'the credentials of the target cannot be had',
    kind: 'mistake',
    cause: d => `${d.place}: ${d.problem}.`,
    fix: () =>
      'Set what target.credentials names: the key of the task, the variables, or a RAM role of the machine.',
  }),
  SYNC4044: entry<{table: string; perDay: number; days: number}>({
    title: 'a log table would get too many partitions',
    kind: 'mistake',
    cause: d =>
      `${d.table} gets up to ${d.perDay} partitions a day; a table holds 60000, which is reached after ${d.days} days.`,
    fix: () => 'Set log.lifecycleDays lower, or leave the finest part of log.partitionBy out.',
  }),
  SYNC4045: entry<{table: string}>({
    title: 'a target table is missing',
    kind: 'mistake',
    cause: d => `${d.table} does not exist, and phases does not name schema, which would make it.`,
    fix: d => `Create ${d.table}, or add 'schema' to phases.`,
  }),
  SYNC4046: entry<{table: string; column: string; from: string; to: string}>({
    title: 'a column type cannot be changed in place',
    kind: 'mistake',
    cause: d =>
      `${d.table}.${d.column} is ${d.from}; the target makes ${d.to} of it only by rewriting the table.`,
    fix: () => 'Reload the table, or keep the type that is there.',
  }),
  SYNC4047: entry<{table: string}>({
    title: 'a Delta table does not take partial updates',
    kind: 'mistake',
    cause: d => `${d.table} does not let a row name the columns that it writes.`,
    fix: d =>
      `Run ALTER TABLE ${d.table} SET TBLPROPERTIES ('acid.partial.fields.update.enable'='true').`,
  }),
  SYNC4060: entry<{table: string; records: number | null}>({
    title: 'rows that stand in a base table stay',
    kind: 'mistake',
    cause: d =>
      `${d.table} ${d.records === null ? 'may hold rows' : `holds ${d.records} rows`}; conflictingTables is 'ignore', so it is not loaded again, and changes from now on go to its log.`,
    fix: d =>
      `Choose conflictingTables 'adopt' and empty ${d.table} to load it anew, where its rows are not those of the source.`,
  }),
};
