// What each error code of MaxCompute means to us: our code, and whether the same request may be sent again.
// One table for the REST side, the tunnel side and SQL. Codes are listed in the service's API, tunnel and SQL error pages.

/** Our codes for a refused or lost call. */
export type CallCode =
  | 'SYNC4002'
  | 'SYNC4003'
  | 'SYNC4004'
  | 'SYNC4005'
  | 'SYNC4006'
  | 'SYNC4007'
  | 'SYNC4008'
  | 'SYNC4009'
  | 'SYNC4043'
  | 'SYNC4011'
  | 'SYNC4017'
  | 'SYNC4018'
  | 'SYNC4020'
  | 'SYNC4021'
  | 'SYNC4032'
  | 'SYNC4034';

/**
 * `refused`: the service did nothing, so any request may be sent again. `doubt`: it may have acted, so only a
 * repeatable one may. `once`: worth one more try at once. `no`: the same request gets the same answer.
 */
export type Again = 'refused' | 'doubt' | 'once' | 'no';

export interface Meaning {
  code: CallCode;
  again: Again;
}

const throttled: Meaning = {code: 'SYNC4002', again: 'refused'};
const internal: Meaning = {code: 'SYNC4003', again: 'doubt'};
const credentials: Meaning = {code: 'SYNC4004', again: 'no'};
const skewed: Meaning = {code: 'SYNC4005', again: 'no'};
const forbidden: Meaning = {code: 'SYNC4006', again: 'no'};
const noProject: Meaning = {code: 'SYNC4007', again: 'no'};
const noTable: Meaning = {code: 'SYNC4008', again: 'no'};
const noPartition: Meaning = {code: 'SYNC4009', again: 'no'};
const noSession: Meaning = {code: 'SYNC4043', again: 'no'};
const wrongState: Meaning = {code: 'SYNC4032', again: 'no'};
const changed: Meaning = {code: 'SYNC4034', again: 'no'};
const refused: Meaning = {code: 'SYNC4011', again: 'no'};
const damaged: Meaning = {code: 'SYNC4017', again: 'once'};
const exists: Meaning = {code: 'SYNC4018', again: 'no'};
const badSql: Meaning = {code: 'SYNC4020', again: 'no'};
const failedSql: Meaning = {code: 'SYNC4021', again: 'no'};

const byCode: Readonly<Record<string, Meaning>> = {
  // Throttling: a budget to wait for.
  FlowExceeded: throttled,
  SlotExceeded: throttled,
  QPSExceeded: throttled,
  RequestQuotaExceeded: throttled,
  Throttling: throttled,
  // The service's own trouble.
  InternalServerError: internal,
  InternalError: internal,
  ServiceUnavailable: internal,
  DataStoreError: internal,
  ReadMetaError: internal,
  RequestTimeout: internal,
  DataUnderReplication: {code: 'SYNC4003', again: 'refused'},
  DataVersionConflict: {code: 'SYNC4003', again: 'refused'},
  IncompleteBody: {code: 'SYNC4003', again: 'refused'},
  // Credentials, clock, rights.
  Unauthorized: credentials,
  AuthorizationRequired: credentials,
  SignatureNotMatch: credentials,
  SignatureDoesNotMatch: credentials,
  AccessKeyIdNotFound: credentials,
  'ODPS-0410001': credentials,
  'ODPS-0410011': credentials,
  'ODPS-0410021': credentials,
  'ODPS-0410042': credentials,
  'ODPS-0410051': credentials,
  // Credentials are asked for anew with every attempt, so an expired token gets its second try.
  AuthenticationRequestExpired: {code: 'SYNC4004', again: 'once'},
  RequestTimeTooSkewed: skewed,
  RequestTimeTooSkewd: skewed,
  'ODPS-0410031': skewed,
  NoPermission: forbidden,
  AccessDenied: forbidden,
  'ODPS-0130013': forbidden,
  'ODPS-0420095': forbidden,
  // Missing things.
  NoSuchProject: noProject,
  NoSuchSchema: noProject,
  'ODPS-0420111': noProject,
  NoSuchTable: noTable,
  NoSuchObject: noTable,
  'ODPS-0130131': noTable,
  NoSuchPartition: noPartition,
  NoSuchUpload: noSession,
  NoSuchDownload: noSession,
  StreamSessionNotFound: noSession,
  UpsertSessionNotFound: noSession,
  StatusConflict: wrongState,
  TableModified: changed,
  SchemaModified: changed,
  // What stands in the way of a create.
  ObjectAlreadyExists: exists,
  'ODPS-0110061': {code: 'SYNC4021', again: 'no'},
  // Bodies.
  CorruptedDataStream: damaged,
  MalformedDataStream: damaged,
  // Requests that stay refused however often they are sent.
  InvalidParameter: refused,
  InvalidArgument: refused,
  InvalidProjectTable: refused,
  InvalidColumnSpec: refused,
  InvalidRowRange: refused,
  InvalidBlockID: refused,
  InvalidPartitionSpec: refused,
  InvalidResourceSpec: refused,
  MissingPartitionSpec: refused,
  InConsistentBlockList: refused,
  OverwriteModeNotAllowed: refused,
  MethodNotAllowed: refused,
  InvalidStateSetting: refused,
  InstanceTypeNotSupported: refused,
  'ODPS-0420411': refused,
  // SQL.
  'ODPS-0130161': badSql,
  'ODPS-0130071': badSql,
  'ODPS-0010000': failedSql,
  'ODPS-0110141': failedSql,
};

/** Statuses speak only where the code is missing or unknown. */
const byStatus: Readonly<Record<number, Meaning>> = {
  308: {code: 'SYNC4003', again: 'refused'},
  401: credentials,
  403: forbidden,
  404: noTable,
  408: internal,
  429: throttled,
};

/** The meaning of an HTTP answer with `status` whose body names `code` (null when it names none). */
export function meaningOf(status: number, code: string | null): Meaning {
  const known = code === null ? undefined : (byCode[code] ?? byCode[odpsCode(code) ?? '']);
  // A 429 is throttling whatever the body says: nothing was done.
  if (status === 429) return throttled;
  return known ?? byStatus[status] ?? (status >= 500 ? internal : refused);
}

/** The meaning of a failed SQL task whose message holds `code`; a code we do not know counts as a bad statement. */
export function meaningOfSql(code: string | null): Meaning {
  const known = code === null ? undefined : byCode[code];
  return known ?? (code !== null && code.startsWith('ODPS-001') ? failedSql : badSql);
}

/** The first `ODPS-nnnnnnn` in a text, which is where the service puts the code of a SQL failure. */
export function odpsCode(text: string): string | null {
  return /ODPS-\d{7}/.exec(text)?.[0] ?? null;
}

/** Connection errors that a new connection may cure, by their `code`. */
export const lostConnectionCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** Connection errors after which nothing can have reached the service. */
export const neverSentCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** TLS refusals: the same certificate comes again, so they are not tried again. */
export const certificateCodes: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
