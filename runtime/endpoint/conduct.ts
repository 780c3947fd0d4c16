// How the endpoint behaves where the real service is not known, or is less kind than it: set by tests (EndpointOptions.forTests),
// fixed to the kind answers otherwise.
import {appendFileSync, linkSync} from 'node:fs';
import {join} from 'node:path';
import {hourMs, secondMs} from '../base/sizes.ts';
import {missing, OdpsError} from './odpsError.ts';
import type {Session} from './sessions.ts';

export interface Conduct {
  /** What a commit of a committed session answers: 200 with CLOSED, StatusConflict, or NoSuchUpload. */
  secondCommit: 'closed' | 'conflict' | 'missing';
  /** ORDER BY needs LIMIT, as odps.sql.validate.orderby.limit asks by default. */
  orderNeedsLimit: boolean;
  /** What a statement meets; null for nothing. DDL is asynchronous, and may fail though it was carried out. */
  jobFault: ((sql: string) => JobFault | null) | null;
  /** How long after its life an uncommitted session is shown as EXPIRED; then it is forgotten. */
  expiredShownMs: number;
  /** Tables and partitions are in listings so long after they were made. */
  listingLagMs: number;
  /** Takes every block, stream write and commit as it happens, apart from the tables. */
  audit: ((entry: AuditEntry) => void) | null;
}

export interface JobFault {
  /** The statement begins when this resolves. */
  until?: Promise<void>;
  /** It fails: before it was carried out, or after. */
  fails?: 'before' | 'after';
}

export interface AuditEntry {
  what: 'block' | 'stream' | 'commit';
  session: string;
  table: string;
  partition: string[] | null;
  /** Of a block: its id. */
  block: string | null;
  /** Rows of the block or write; 0 of a commit. */
  rows: number;
  /** Parquet file of these rows, there while the audit is told; null of a commit. */
  file: string | null;
  /** When it was there, on the endpoint's clock. */
  arrivedMs: number;
}

/** What everybody but a test meets. */
export const kindConduct: Readonly<Conduct> = {
  secondCommit: 'closed',
  orderNeedsLimit: false,
  jobFault: null,
  expiredShownMs: 0,
  listingLagMs: 0,
  audit: null,
};

/** The conduct of fault tests: nothing that the real service may refuse is let pass. */
export const strictConduct: Readonly<Conduct> = {
  ...kindConduct,
  secondCommit: 'conflict',
  orderNeedsLimit: true,
  expiredShownMs: hourMs,
  listingLagMs: secondMs,
};

/**
 * An audit in a folder: `audit.jsonl` with a line an entry, and the rows of each in a file of its own (`rowsFile` of the line), which
 * no later change of the endpoint touches.
 */
export function auditTo(folder: string): (entry: AuditEntry) => void {
  let number = 0;
  return ({file, ...entry}) => {
    const rowsFile = file === null ? null : `${++number}.parquet`;
    if (file !== null) linkSync(file, join(folder, rowsFile!));
    appendFileSync(join(folder, 'audit.jsonl'), `${JSON.stringify({...entry, rowsFile})}\n`);
  };
}

/** Refuses the commit of a session that is committed, where the conduct says so. */
export function checkSecondCommit(conduct: Conduct, session: Session): void {
  if (session.status !== 'CLOSED' || conduct.secondCommit === 'closed') return;
  if (conduct.secondCommit === 'missing') throw missing('Upload', session.id);
  throw new OdpsError('StatusConflict', 409, `Session ${session.id} is ${session.status}`);
}
