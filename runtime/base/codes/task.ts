// Error codes of the task room: state, ledger, checkpoint and control.
import {entry} from './entry.ts';

export const taskCodes = {
  SYNC5001: entry<{stateDir: string}>({
    title: 'no runtime answers for this task',
    kind: 'mistake',
    cause: d => `${d.stateDir} names no runtime that lives and answers.`,
    fix: () => 'Start the task with `synctask run`, or name the right task or state folder.',
  }),
  SYNC5002: entry<{call: string; status: number}>({
    title: 'the runtime refused a control call',
    kind: 'mistake',
    cause: d => `The call ${d.call} was answered with HTTP status ${d.status}.`,
    fix: () => 'Use the token of runtime.json of the same runtime; it changes at every start.',
  }),
  SYNC5010: entry<{stateDir: string}>({
    title: 'another runtime holds this task',
    kind: 'mistake',
    cause: d => `The lease in ${d.stateDir} is held by a process that lives.`,
    fix: () =>
      'Stop the other runtime with `synctask stop`, or use another state folder for another task.',
  }),
  SYNC5011: entry<{path: string; problem: string}>({
    title: 'the ledger cannot be written',
    kind: 'mistake',
    cause: d => `SQLite says of ${d.path}: ${d.problem}.`,
    fix: () =>
      'Make room on the disk and check that the state folder is writable, then start the task again.',
  }),
  SYNC5012: entry<{path: string}>({
    title: 'this runtime lost its lease',
    kind: 'mistake',
    cause: d =>
      `Another runtime took over ${d.path}; this one stopped before it wrote anything more.`,
    fix: () =>
      'Let the other runtime go on, and find out why two were started on one state folder.',
  }),
  SYNC5013: entry<{path: string}>({
    title: 'the ledger was written by a newer version',
    kind: 'mistake',
    cause: d => `${d.path} has a format this version does not know.`,
    fix: () => 'Run the newer version again; going back is not possible with this state folder.',
  }),
  SYNC5014: entry<{stateDir: string}>({
    title: 'the state folder lies on NFS',
    kind: 'mistake',
    cause: d => `${d.stateDir} is on NFS, whose locks do not keep a second writer out.`,
    fix: () => 'Use a local disk, or a volume whose locks work, as the state folder.',
  }),
  SYNC5020: entry<{dir: string; problem: string}>({
    title: 'the spool cannot be written or read',
    kind: 'mistake',
    cause: d => `The system says ${d.problem} for a file in ${d.dir}; the position is kept.`,
    fix: () =>
      'Make room on the disk or mend it, then start the task again; it goes on where it was.',
  }),
  SYNC5021: entry<{table: string; time: string}>({
    title: 'a row change has an impossible time',
    kind: 'mistake',
    cause: d =>
      `A change of ${d.table} carries the event time ${d.time}, outside 400 days before the start and one day ahead.`,
    fix: () => 'Correct the clock of the source, or find the session that sets its own timestamp.',
  }),
  SYNC5030: entry<{
    table: string;
    partition: string;
    firstId: number;
    lastId: number;
    records: number;
    found: number;
  }>({
    title: 'the target holds a part of a batch',
    kind: 'mistake',
    cause: d =>
      `${d.table} (${d.partition}) holds ${d.found} of ${d.records} rows with record ids ${d.firstId} to ${d.lastId}, and the session that wrote them is not known any more.`,
    fix: () =>
      'Find out who else wrote or deleted there; then reload the table, or restore its rows and resume.',
  }),
  SYNC5031: entry<{what: string; position: string}>({
    title: 'the binlog holds what is not followed yet',
    kind: 'mistake',
    cause: d =>
      `${d.what} at ${d.position}. Passing it would lose or double rows, so the position stays before it.`,
    fix: () =>
      'Take the tables it concerns out of the task and resume; add them again for a new copy. docs/ddl.md says what is followed.',
  }),
  SYNC5032: entry<{table: string}>({
    title: 'no upload session could be made',
    kind: 'trouble',
    cause: d => `The queue of session creation for ${d.table} ended without one.`,
    fix: () => 'Resume the task.',
  }),
  SYNC5034: entry<{table: string; position: string}>({
    title: 'a row event lacks columns',
    kind: 'mistake',
    cause: d =>
      `An event of ${d.table} at ${d.position} was written with binlog_row_image other than FULL, so the row cannot be rebuilt.`,
    fix: () =>
      "SET PERSIST binlog_row_image = 'FULL', reconnect the writers, then take the table out of the task and add it again.",
  }),
  SYNC5041: entry<{reason: string}>({
    title: 'a load worker ended',
    kind: 'trouble',
    cause: d => `A worker thread of the full load ended: ${d.reason}.`,
    fix: () => 'Resume the task: chunks that did not arrive are read again.',
  }),
  SYNC5046: entry<{reason: string}>({
    title: 'the common snapshot of the load was lost',
    kind: 'trouble',
    cause: d => `A connection that held the snapshot of full.consistency ended: ${d.reason}`,
    fix: () =>
      'Nothing to do: tables that were not complete are read again in a new snapshot. Look at the timeouts of the source if it repeats.',
  }),
  SYNC5035: entry<{table: string; statement: string; differences: string[]}>({
    title: 'a target table is neither old nor new',
    kind: 'mistake',
    cause: d =>
      `While ${d.statement} was followed, ${d.table} was found changed by somebody else: ${d.differences.join('; ')}.`,
    fix: () => 'Give the table back the columns it had, or those it is to get, then resume.',
  }),
  SYNC5036: entry<{table: string; expected: number; found: number}>({
    title: 'stream sessions do not show an added column',
    kind: 'trouble',
    cause: d =>
      `Sessions on ${d.table} show ${d.found} columns; after the last schema change it has ${d.expected}.`,
    fix: () =>
      "Resume the task in some minutes; if it stays, use incremental.delivery 'exactly-once'.",
  }),
  SYNC5045: entry<{table: string}>({
    title: 'settings of a running table were changed',
    kind: 'mistake',
    cause: d =>
      `Columns, types, names or partitions of ${d.table} differ from those its target tables were made with.`,
    fix: () =>
      'Undo the change, or load the table again by a task with the phases schema and full.',
  }),
  SYNC5050: entry<{path: string; problem: string}>({
    title: 'the state folder cannot be used',
    kind: 'mistake',
    cause: d => `${d.path}: ${d.problem}.`,
    fix: d => `Make ${d.path} a folder on a local disk that the runtime may write.`,
  }),
  SYNC5051: entry<{path: string; freeMebibytes: number; neededMebibytes: number}>({
    title: 'the disk of the state folder is small',
    kind: 'mistake',
    cause: d =>
      `${d.path} has ${d.freeMebibytes} MiB free; spool and relay log of the task may take ${d.neededMebibytes} MiB.`,
    fix: d =>
      `Make room on the disk of ${d.path}, or set incremental.spool.mebibytes or incremental.relayLog.mebibytes lower.`,
  }),
  SYNC5052: entry<{what: string; seconds: number}>({
    title: 'the prechecks took too long',
    kind: 'trouble',
    cause: d => `The checks of the ${d.what} did not end within ${d.seconds} s.`,
    fix: d => `Check how busy the ${d.what} is, then run the prechecks again.`,
  }),
  SYNC5060: entry<{webhook: string}>({
    title: 'an alert address cannot be used',
    kind: 'mistake',
    cause: d => `alertWebhooks.${d.webhook} is no http or https address.`,
    fix: d => `Set alertWebhooks.${d.webhook} to the address that the chat or service gave.`,
  }),
  SYNC5080: entry<{table: string; known: readonly string[]}>({
    title: 'the task has no such table',
    kind: 'mistake',
    cause: d =>
      `${d.table} is none of its ${d.known.length} tables: ${d.known.slice(0, 5).join(', ')}${d.known.length > 5 ? ', …' : ''}.`,
    fix: () =>
      'Write it as database.table, as the source spells both; `synctask status` lists them.',
  }),
  SYNC5081: entry<{table: string; statement: string; kinds: string}>({
    title: 'a schema change is not to be carried out',
    kind: 'mistake',
    cause: d =>
      `The source ran ${d.statement}: ${d.kinds} of ${d.table}, which its setting ddl leaves out. The position stays before it.`,
    fix: d =>
      `Add ${d.kinds} to ddl of ${d.table} and resume, or set otherDdl to 'ignore' where the target may keep what it has.`,
  }),
  SYNC5082: entry<{table: string; statement: string; reason: string; why: string}>({
    title: 'a schema change asks for a new load of the table',
    kind: 'mistake',
    cause: d =>
      `The source ran ${d.statement}: ${d.reason}, so that rows of ${d.table} in the target are no longer those of the source; ${d.why}. The position stays before it.`,
    fix: d =>
      `Set reload of ${d.table} to 'auto' with the phases schema and full, then resume: it loads anew while the others stream on. Or take it out of the task.`,
  }),
  SYNC5083: entry<{runwaySeconds: number; expireSeconds: number; behindBytes: number}>({
    title: 'the binlog after our position is purged soon',
    kind: 'mistake',
    cause: d =>
      `The source keeps its binlog for ${d.expireSeconds} seconds; of what we need next ${d.runwaySeconds} are left, and ${d.behindBytes} bytes are to be read.`,
    fix: () =>
      'Raise binlog_expire_logs_seconds at the source now, then find what holds the task: its holds and throttles, or its target.',
  }),
  SYNC5084: entry<{gtid: string; position: string}>({
    title: 'the GTIDs of the source do not rise',
    kind: 'mistake',
    cause: d =>
      `Transaction ${d.gtid} at ${d.position} comes after one of the same domain and server with a higher number, or with the same.`,
    fix: () =>
      'SET GLOBAL gtid_strict_mode = ON on every server of the group, and load the tables again with `synctask reload`.',
  }),
  SYNC5070: entry<{table: string; entry: string}>({
    title: 'a new table waits to be named',
    kind: 'mistake',
    cause: d =>
      `${d.table} was created after the task began and matches ${d.entry}, whose newTables is 'ask': it is not copied.`,
    fix: d => `Add ${d.table} to tables by its name, or to exclude; then run the task again.`,
  }),
};
