// Foreign errors of the source become coded errors here, by `code` and `errno`, never by message text.
// Numbers: MySQL's messages_to_clients.txt; names: mysql2 and Node's system errors.
import {fail, isSyncError, type SyncError} from '../base/errors.ts';

interface ForeignError {
  code?: unknown;
  errno?: unknown;
  /** mysql2: the connection is of no use after this. */
  fatal?: unknown;
  message?: unknown;
  sqlMessage?: unknown;
}

type ServerCode =
  | 'SYNC2001'
  | 'SYNC2002'
  | 'SYNC2003'
  | 'SYNC2004'
  | 'SYNC2005'
  | 'SYNC2006'
  | 'SYNC2007'
  | 'SYNC2009'
  | 'SYNC2010'
  | 'SYNC2011'
  | 'SYNC2012'
  | 'SYNC2015';

const codesByErrno = new Map<number, ServerCode>([
  ...fan('SYNC2001', 1045, 1698, 3955, 1130),
  ...fan('SYNC2004', 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1317, 3169, 4031),
  ...fan('SYNC2005', 3024, 1969),
  ...fan('SYNC2006', 1040, 1129, 1203, 1226),
  ...fan('SYNC2009', 1205, 1213, 1223, 3572, 3058),
  ...fan('SYNC2010', 1046, 1049, 1051, 1054, 1109, 1146, 1176),
  ...fan('SYNC2011', 1044, 1142, 1143, 1227, 1290, 1370, 1401, 1410, 3619),
  ...fan('SYNC2012', 1251, 1524, 1827, 4052, 3159),
  ...fan('SYNC2015', 1820, 1862, 3118, 3957, 4068),
]);

const codesByName = new Map<string, ServerCode>([
  ...fan('SYNC2002', 'ENOTFOUND'),
  ...fan('SYNC2003', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN'),
  ...fan('SYNC2003', 'EADDRNOTAVAIL', 'EAI_AGAIN', 'EACCES', 'EMFILE'),
  ...fan('SYNC2004', 'ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', 'ECONNABORTED'),
  ...fan('SYNC2004', 'ERR_STREAM_DESTROYED', 'ERR_SOCKET_CLOSED', 'ERR_STREAM_PREMATURE_CLOSE'),
  ...fan('SYNC2004', 'ERR_STREAM_WRITE_AFTER_END'),
  ...fan('SYNC2005', 'ETIMEDOUT', 'PROTOCOL_SEQUENCE_TIMEOUT'),
  ...fan('SYNC2007', 'HANDSHAKE_SSL_ERROR'),
  ...fan('SYNC2012', 'AUTH_SWITCH_PLUGIN_ERROR', 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED'),
]);

/** The coded error for anything thrown while talking to `server` (host:port). */
export function classifySourceError(error: unknown, server: string): SyncError {
  if (isSyncError(error)) return error;
  const foreign: ForeignError = typeof error === 'object' && error !== null ? error : {};
  const errno = typeof foreign.errno === 'number' && foreign.errno > 0 ? foreign.errno : 0;
  const name = typeof foreign.code === 'string' ? foreign.code : '';
  const said = describe(foreign);
  const place = {where: `source ${server}`};
  const code =
    codesByErrno.get(errno) ??
    lostInHandshake(foreign) ??
    codesByName.get(name) ??
    tlsCode(name) ??
    lostBefore(foreign);
  if (code !== undefined) return fail(code, {server, said}, error, place);
  if (errno > 0) return fail('SYNC2013', {server, said, errno}, error, place);
  return fail('SYNC2014', {server, what: `something unknown (${said})`}, error, place);
}

/**
 * mysql2 gives every error of the TLS handshake its own name, a lost connection too. That one still has Node's marks:
 * the system call that failed, or the address of a socket whose other side went away.
 */
function lostInHandshake(foreign: ForeignError): ServerCode | undefined {
  const isLost = 'syscall' in foreign || 'localAddress' in foreign;
  return foreign.code === 'HANDSHAKE_SSL_ERROR' && isLost ? 'SYNC2004' : undefined;
}

/** A command for a connection that was lost meanwhile is refused by mysql2 without any name. */
function lostBefore(foreign: ForeignError): ServerCode | undefined {
  const isNameless = foreign.code === undefined && foreign.errno === undefined;
  return isNameless && foreign.fatal === true ? 'SYNC2004' : undefined;
}

/** Node names certificate refusals by OpenSSL's own names; they share a few beginnings. */
function tlsCode(name: string): ServerCode | undefined {
  const isTls = /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_OSSL)/.test(name);
  return isTls ? 'SYNC2007' : undefined;
}

function describe(foreign: ForeignError): string {
  const text = foreign.sqlMessage ?? foreign.message ?? foreign.code ?? 'no reason';
  return String(text).replace(/\.+$/, '');
}

function fan<K>(code: ServerCode, ...keys: K[]): Array<[K, ServerCode]> {
  return keys.map(key => [key, code]);
}
