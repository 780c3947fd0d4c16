// From an answer or a connection error to a coded error. The only place that reads error bodies; secrets are cut out.
import {fail, type SyncError} from '../base/errors.ts';
import {
  certificateCodes,
  lostConnectionCodes,
  meaningOf,
  neverSentCodes,
  type Again,
  type Meaning,
} from './errorCodes.ts';
import {httpErrors} from './httpAgent.ts';
import type {Credentials} from './sign.ts';
import {parseXml, textAt} from './xml.ts';

/** A failed attempt: what to raise, and whether another attempt is allowed. */
export interface CallFailure {
  error: SyncError;
  again: Again;
  /** How long the service asks to wait; 0 when it does not. */
  holdMs: number;
}

/** Longest message of the service that an error quotes. */
const messageLengthMax = 300;
/** The service may ask for long pauses; a task rather asks again every 5 minutes. */
const holdMsMax = 300_000;

/** The failure that an HTTP answer of status 300 and above stands for. */
export function failedAnswer(
  operation: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  credentials: Credentials,
): CallFailure {
  const said = readErrorBody(body);
  // A conflict that names a time is a busy service, not a refusal.
  const busy = status === 409 && headers['retry-after'] !== undefined;
  const meaning = meaningOf(busy ? 429 : status, said.code);
  const details = {
    operation,
    status,
    code: said.code ?? `status ${status}`,
    requestId: headers['x-odps-request-id'] ?? said.requestId,
    message: withoutSecrets(said.message, credentials),
  };
  const holdMs = Math.max(retryAfterMs(headers['retry-after']), said.holdMs);
  return {
    error: callError(meaning, details),
    again: meaning.again,
    holdMs: Math.min(holdMs, holdMsMax),
  };
}

interface CallDetails {
  operation: string;
  status: number;
  code: string;
  requestId: string | null;
  message: string;
}

/** The coded error of `meaning`. */
export function callError(meaning: Meaning, details: CallDetails): SyncError {
  if (meaning.code === 'SYNC4005')
    return fail('SYNC4005', {...details, localTime: new Date().toISOString()});
  if (meaning.code === 'SYNC4020' || meaning.code === 'SYNC4021')
    return fail(meaning.code, {...details, statement: details.operation});
  return fail(meaning.code, details);
}

/** The failure that a thrown connection error stands for; null for an error of another kind. */
export function failedConnection(
  operation: string,
  host: string,
  error: unknown,
): CallFailure | null {
  const code = connectionCode(error);
  if (code === null) return null;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    const refusal = fail('SYNC4012', {operation, what: 'the answer is too large to be one'}, error);
    return {error: refusal, again: 'no', holdMs: 0};
  }
  const details = {operation, host, code, requestId: null, message: ''};
  if (certificateCodes.has(code))
    return {error: fail('SYNC4019', details, error), again: 'no', holdMs: 0};
  if (lostConnectionCodes.has(code) || code.startsWith('HPE_')) {
    const again = neverSentCodes.has(code) ? 'refused' : 'doubt';
    return {error: fail('SYNC4001', details, error), again, holdMs: 0};
  }
  return null;
}

/** The innermost `code`: undici wraps the socket's error, and several addresses make an AggregateError. */
function connectionCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  const innerCode = connectionCode(inner);
  if (innerCode !== null) return innerCode;
  const {code} = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return code;
  // Some answers that are not HTTP carry no code of the parser's.
  return error instanceof httpErrors.HTTPParserError ? 'HPE_OTHER' : null;
}

interface ErrorBody {
  code: string | null;
  message: string;
  requestId: string | null;
  holdMs: number;
}

/** REST answers in XML, the tunnel in JSON; either may answer in the other's form. */
function readErrorBody(body: string): ErrorBody {
  if (body.trimStart().startsWith('{')) {
    const json = parseJson(body);
    const text = (key: string) => (typeof json[key] === 'string' ? (json[key] as string) : null);
    return {
      code: text('Code') ?? text('code'),
      message: text('Message') ?? '',
      requestId: text('RequestId'),
      holdMs: Number(json['HoldClientMillis'] ?? 0) || 0,
    };
  }
  const xml = parseXml(body);
  return {
    code: textAt(xml, 'Error', 'Code'),
    message: textAt(xml, 'Error', 'Message') ?? '',
    requestId: textAt(xml, 'Error', 'RequestId'),
    holdMs: 0,
  };
}

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function withoutSecrets(message: string, credentials: Credentials): string {
  let text = message.replaceAll(credentials.accessKeySecret, '[secret]');
  if (credentials.securityToken !== null)
    text = text.replaceAll(credentials.securityToken, '[secret]');
  text = text.replaceAll(/\s+/g, ' ').trim();
  return text.length > messageLengthMax ? `${text.slice(0, messageLengthMax)}…` : text;
}

/** Retry-After is seconds or a date. */
function retryAfterMs(value: string | undefined): number {
  if (value === undefined) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
