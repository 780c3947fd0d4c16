// Coded errors and findings: how they are made, recognised and shown. The catalogue itself is codes.ts.
import {channel} from 'node:diagnostics_channel';
import {codes, type Code, type Details} from './codes.ts';
import type {Entry, ErrorKind} from './codes/entry.ts';

/** Every raised code is published here, so that a test run can tell which codes it never saw. */
const raised = channel('synctask:raised');

/** One precheck result, or an error shown in the same five lines. */
export interface Finding {
  /** The check, e.g. `P05`; null for an error that no precheck made. */
  id: string | null;
  code: Code;
  severity: 'error' | 'warning';
  title: string;
  /** Path of the input it concerns, e.g. `objects[0].tables[1]`, or a place such as `source db:3306`; null when none. */
  where: string | null;
  /** `database.table` or `database.table.column`; null when it concerns no single object. */
  object: string | null;
  /** The observed value, as text; null when the cause says it all. */
  observed: string | null;
  cause: string;
  fix: string;
  /** Docs anchor. */
  more: string;
}

/** The only error class: a code of the catalogue, its texts, and the error that led to it as `cause`. */
export class SyncError extends Error {
  readonly code: Code;
  readonly kind: ErrorKind;
  readonly finding: Finding;

  constructor(finding: Finding, kind: ErrorKind, cause?: unknown) {
    super(formatFinding(finding), cause === undefined ? undefined : {cause});
    this.name = 'SyncError';
    this.code = finding.code;
    this.kind = kind;
    this.finding = finding;
  }
}

export interface Place {
  id?: string | null;
  severity?: 'error' | 'warning';
  where?: string | null;
  object?: string | null;
  observed?: string | null;
}

/** A finding of `code`; `place` says what it concerns. */
export function finding<C extends Code>(code: C, details: Details<C>, place: Place = {}): Finding {
  const found = codes[code] as unknown as Entry<Details<C>>;
  raised.publish(code);
  return {
    id: place.id ?? null,
    code,
    severity: place.severity ?? 'error',
    title: found.title,
    where: place.where ?? null,
    object: place.object ?? null,
    observed: place.observed ?? null,
    cause: found.cause(details),
    fix: found.fix(details),
    more: `docs/errors.md#${code.toLowerCase()}`,
  };
}

/** The error to throw for `code`. Keeps `cause`; `place` says what it concerns. */
export function fail<C extends Code>(
  code: C,
  details: Details<C>,
  cause?: unknown,
  place: Place = {},
): SyncError {
  return new SyncError(finding(code, details, place), codes[code].kind, cause);
}

export function isSyncError(error: unknown): error is SyncError {
  return error instanceof SyncError;
}

/** Whether trying again can help: trouble only. */
export function isTrouble(error: unknown): boolean {
  return isSyncError(error) && error.kind === 'trouble';
}

/** Any thrown value as a SyncError; one without a code is a bug (SYNC9002). */
export function asSyncError(error: unknown): SyncError {
  if (isSyncError(error)) return error;
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return fail('SYNC9002', {what}, error);
}

/** The five lines every surface shows (terminal, Pulumi diagnostics, page, log). */
export function formatFinding(f: Finding): string {
  const where = [f.object, f.where].filter(part => part !== null).join(', ');
  const lines = [`${f.severity}[${f.code}]: ${f.title}${f.id === null ? '' : ` (${f.id})`}`];
  if (where !== '') lines.push(`  where: ${where}`);
  lines.push(`  cause: ${f.cause}`, `  fix:   ${f.fix}`, `  more:  ${f.more}`);
  return lines.join('\n');
}

/** Errors first, then by check id, object and code: the order in which findings are shown. */
export function sortFindings(findings: Finding[]): Finding[] {
  const rank = (f: Finding) =>
    `${f.severity === 'error' ? 0 : 1} ${f.id ?? 'P99'} ${f.object ?? ''} ${f.code}`;
  return findings.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}
