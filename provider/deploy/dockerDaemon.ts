// One Docker daemon: how it is found, and its answers as coded errors. Its own are classified by status here and nowhere else.
import Docker from 'dockerode';
import {fail, isSyncError} from '../../runtime/base/errors.ts';
import {secondMs} from '../../runtime/base/sizes.ts';

/** Silence this long is a daemon that hangs; only building and pulling take longer, and they talk meanwhile. */
const silenceMsMax = 150 * secondMs;

/** The daemon at `address` (`unix:///…`, `tcp://…`); null: the one of DOCKER_HOST, else this machine's. */
export function connectDocker(address: string | null): Docker {
  const place = address ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const url = new URL(place);
  if (url.protocol === 'unix:')
    return new Docker({socketPath: url.pathname, timeout: silenceMsMax});
  // Certificates, where DOCKER_CERT_PATH names them, are dockerode's own matter.
  if (address === null) return new Docker();
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port || '2375';
  return new Docker({host: url.hostname, port, protocol, timeout: silenceMsMax});
}

/** Does `act`; what Docker answers is raised as SYNC7012 (no daemon) or SYNC7016 (refused). */
export async function ask<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (isSyncError(error)) throw error;
    const problem = problemOf(error);
    const status = statusOf(error);
    if (status === null) throw fail('SYNC7012', {problem}, error);
    throw fail('SYNC7016', {what, status, problem}, error);
  }
}

/** Does `act`; `otherwise` where Docker answers with one of `statuses`: 404 is not there, 304 and 409 so already. */
export async function askUnless<T, O>(
  statuses: readonly number[],
  otherwise: O,
  what: string,
  act: () => Promise<T>,
): Promise<T | O> {
  return await ask(what, async () => {
    try {
      return await act();
    } catch (error) {
      if (statuses.includes(statusOf(error) ?? 0)) return otherwise;
      throw error;
    }
  });
}

function statusOf(error: unknown): number | null {
  const status = (error as {statusCode?: unknown} | null)?.statusCode;
  return typeof status === 'number' ? status : null;
}

/** Docker's own sentence. */
export function problemOf(error: unknown): string {
  const {json, message, code} = error as {
    json?: {message?: string};
    message?: string;
    code?: string;
  };
  const text = json?.message ?? (message || code) ?? 'no reason given';
  return text.trim().replace(/\.$/, '').split('\n')[0]!;
}
