// How a command refuses its arguments. What node:util parseArgs refuses itself is classified in main.ts.
import {fail, type SyncError} from '../base/errors.ts';

/** The error to throw when the arguments of `synctask <command>` do not fit. */
export function usageError(command: string, problem: string, cause?: unknown): SyncError {
  return fail('SYNC1006', {command: `synctask ${command}`, problem}, cause);
}

/** A port number from an option; 0 picks a free one. */
export function readPort(command: string, option: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw usageError(command, `${option} is ${JSON.stringify(text)}, not a port from 0 to 65535`);
  return port;
}
