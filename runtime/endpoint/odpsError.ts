// What the endpoint answers when it refuses: a code of the service, an HTTP status, and a text (protocol section 4).
// These go to the client over the wire; the catalogue of SYNC codes is for the endpoint's own troubles.
import {fail, isSyncError, type SyncError} from '../base/errors.ts';
import {isStreamRefusal} from '../codec/recordReader.ts';

/** A refusal that is sent to the client. */
export class OdpsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Sent as Retry-After. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: string,
    status: number,
    message: string,
    retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
    this.name = 'OdpsError';
    this.code = code;
    this.status = status;
  }
}

type Kind =
  'Object' | 'Project' | 'Table' | 'Partition' | 'Schema' | 'Upload' | 'Download' | 'UpsertSession';

/** 404: `what` is the kind of object that is missing. */
export function missing(what: Kind, name: string): OdpsError {
  const code = what === 'UpsertSession' ? 'UpsertSessionNotFound' : `NoSuch${what}`;
  return new OdpsError(code, 404, `ODPS-0420111: ${what} not found - '${name}'`);
}

/** 400 with a code of the tunnel. */
export function badRequest(code: string, message: string): OdpsError {
  return new OdpsError(code, 400, message);
}

/** Any thrown value as a refusal: bad streams are 400, a full disk says so, everything else is 500 without its inner text. */
export function asOdpsError(error: unknown): OdpsError {
  if (error instanceof OdpsError) return error;
  if (isStreamRefusal(error) && isSyncError(error)) {
    const code = error.code === 'SYNC6011' ? 'CorruptedDataStream' : 'MalformedDataStream';
    return new OdpsError(code, 400, `${error.finding.title}: ${error.finding.cause}`);
  }
  const full = asFullDisk(error);
  if (full !== null) {
    const text = `${full.code}: ${full.finding.title}. ${full.finding.cause}`;
    return new OdpsError('InternalServerError', 500, text);
  }
  return new OdpsError('InternalServerError', 500, 'The endpoint could not answer; see its log.');
}

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const fullTexts = /No space left on device|Disk quota exceeded|File too large/;

/** SYNC6006 for an error of the system, or of DuckDB, that says that nothing more can be written; null for others. */
function asFullDisk(error: unknown): SyncError | null {
  if (isSyncError(error) && error.code === 'SYNC6006') return error;
  if (!(error instanceof Error)) return null;
  const {code = ''} = error as NodeJS.ErrnoException;
  const said = fullTexts.exec(error.message)?.[0];
  if (!fullCodes.has(code) && said === undefined) return null;
  return fail('SYNC6006', {problem: said ?? code}, error);
}

/** `text` for use between XML tags. */
export function xmlText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?');
}

/** `text` as CDATA. */
export function xmlData(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}
