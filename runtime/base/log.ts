// The runtime's log: one JSON line an entry on stderr (or a file), secrets removed by path and by value.
import {pino, type Logger} from 'pino';
import {hideSecrets} from './secretTexts.ts';

export type Log = Logger;

/** Keys whose values never reach a log, at any of the first three levels. */
const secretKeys = [
  'password',
  'sourcePassword',
  'sourceTlsKey',
  'targetAccessKeySecret',
  'targetSecurityToken',
  'accessKeySecret',
  'alertWebhooks',
  'hashKeys',
  'token',
  'authorization',
  'Authorization',
];
const redacted = secretKeys.flatMap(key => [key, `*.${key}`, `*.*.${key}`]);

/** A logger that writes to `destination`: a file path, or 2 for stderr. Synchronous, so a crash loses no line. */
export function openLog(destination: string | 2, level = 'info'): Log {
  return pino(
    {
      level,
      base: null,
      redact: {paths: redacted, censor: '[secret]'},
      hooks: {streamWrite: hideSecrets},
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({dest: destination, sync: true, mkdir: true}),
  );
}

/** A logger that drops everything, for tools and tests that need none. */
export function silentLog(): Log {
  return pino({enabled: false});
}
