// Secrets of a task: a text, or {env: NAME} resolved where the runtime runs. Never logged, never in a task file we write.
import {z} from 'zod';
import {fail} from '../base/errors.ts';
import {rememberSecret} from '../base/secretTexts.ts';
import type {Task} from './task.ts';

export const secret = z.union(
  [
    z
      .string()
      .min(1)
      // A shell would fill it in, a task file does not; no password looks like that by chance.
      .regex(/^(?!\$\{\w+\}$)/, 'is written as a shell variable; write {"env": "NAME"}'),
    z.strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'),
    }),
  ],
  {error: 'must be a text or {"env": "NAME"}'},
);
export type Secret = z.infer<typeof secret>;

/** The secrets of one task in clear, held in memory only. */
export interface Secrets {
  sourcePassword: string;
  sourceTlsKey: string | null;
  targetAccessKeySecret: string | null;
  targetSecurityToken: string | null;
  /** Addresses by name, where there are any; whoever has one may write there. */
  alertWebhooks?: Readonly<Record<string, string>>;
  /** Keys of the transform `hash`, by name, where there are any. */
  hashKeys?: Readonly<Record<string, string>>;
}

/** Looks up every secret of `task` in `environment`; from then on logs and printed errors hide them. Raises SYNC1004 for a variable that is not set. */
export function resolveSecrets(task: Task, environment: NodeJS.ProcessEnv = process.env): Secrets {
  const resolve = (path: string, value: Secret | null): string | null => {
    if (value === null) return null;
    const found = typeof value === 'string' ? value : environment[value.env];
    if (found === undefined)
      throw fail('SYNC1004', {path, variable: (value as {env: string}).env}, undefined, {
        where: path,
      });
    rememberSecret(found);
    return found;
  };
  const named = (setting: 'alertWebhooks' | 'hashKeys') =>
    Object.fromEntries(
      Object.entries(task[setting]).map(([name, value]) => [
        name,
        resolve(`${setting}.${name}`, value)!,
      ]),
    );
  return {
    sourcePassword: resolve('sourcePassword', task.sourcePassword) ?? '',
    sourceTlsKey: resolve('sourceTlsKey', task.sourceTlsKey),
    targetAccessKeySecret: resolve('targetAccessKeySecret', task.targetAccessKeySecret),
    targetSecurityToken: resolve('targetSecurityToken', task.targetSecurityToken),
    ...(Object.keys(task.alertWebhooks).length > 0 && {alertWebhooks: named('alertWebhooks')}),
    ...(Object.keys(task.hashKeys).length > 0 && {hashKeys: named('hashKeys')}),
  };
}
