// Where the keys of the target come from: the task, the environment, or the RAM role of the machine.
// Keys of a role rotate; they are fetched again before they expire. Nothing here is ever logged.
import {fail, isSyncError} from '../base/errors.ts';
import {minuteMs, secondMs} from '../base/sizes.ts';
import type {Secrets} from '../spec/secrets.ts';
import type {TargetSpec} from '../spec/task.ts';
import type {TargetOptions} from './client.ts';
import {HttpAgent} from './httpAgent.ts';
import type {CredentialSource, Credentials} from './sign.ts';

/** The metadata service of an Alibaba Cloud machine. */
const metadataHost = 'http://100.100.100.200';
const rolePath = '/latest/meta-data/ram/security-credentials/';
const metadataMsMax = 5 * secondMs;
/** Keys of a role live hours; new ones are there half an hour before the end. */
const renewalMs = 10 * minuteMs;

/** The client's options for a task's target. */
export function targetOptions(
  target: TargetSpec,
  secrets: Secrets,
  environment: NodeJS.ProcessEnv = process.env,
): TargetOptions {
  const {endpoint, project, schema, tunnelEndpoint, quota, region} = target;
  const credentials = credentialSource(target, secrets, environment);
  return {endpoint, project, schema, tunnelEndpoint, quota, region, credentials};
}

function credentialSource(
  target: TargetSpec,
  secrets: Secrets,
  environment: NodeJS.ProcessEnv,
): CredentialSource {
  if (target.credentials === 'ram-role') return roleCredentials(metadataHost);
  if (target.credentials === 'environment')
    return () => Promise.resolve(environmentCredentials(environment));
  return () => Promise.resolve(keyOfTask(target, secrets));
}

function keyOfTask(target: TargetSpec, secrets: Secrets): Credentials {
  const {accessKeyId} = target;
  const {targetAccessKeySecret, targetSecurityToken} = secrets;
  if (accessKeyId === null || targetAccessKeySecret === null)
    throw fail('SYNC4033', {
      place: 'the task',
      problem: `${accessKeyId === null ? 'target.accessKeyId' : 'targetAccessKeySecret'} is not set`,
    });
  return {
    accessKeyId,
    accessKeySecret: targetAccessKeySecret,
    securityToken: targetSecurityToken,
  };
}

/** The variables that Alibaba Cloud's own tools read. Raises SYNC4033 where one is missing. */
export function environmentCredentials(environment: NodeJS.ProcessEnv): Credentials {
  const read = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '')
      throw fail('SYNC4033', {place: 'the environment', problem: `${name} is not set`});
    return value;
  };
  return {
    accessKeyId: read('ALIBABA_CLOUD_ACCESS_KEY_ID'),
    accessKeySecret: read('ALIBABA_CLOUD_ACCESS_KEY_SECRET'),
    securityToken: environment['ALIBABA_CLOUD_SECURITY_TOKEN'] || null,
  };
}

/**
 * Keys of the machine's role, kept until shortly before they expire or the service refuses them as expired. `host` is
 * the metadata service. Where it does not answer, keys that still live are used on.
 */
export function roleCredentials(host: string): CredentialSource {
  let kept: RoleKeys | null = null;
  let askAgainMs = 0;
  let fetching: Promise<RoleKeys> | null = null;
  return async refused => {
    const isRefused = kept !== null && refused === kept.credentials;
    if (kept !== null && !isRefused && Date.now() < askAgainMs) return kept.credentials;
    try {
      // Many requests at once need one answer.
      fetching ??= fetchRole(host).finally(() => (fetching = null));
      kept = await fetching;
      askAgainMs = kept.expiresMs - renewalMs;
    } catch (error) {
      if (kept === null || isRefused || Date.now() >= kept.expiresMs) throw error;
      askAgainMs = Date.now() + minuteMs;
    }
    return kept.credentials;
  };
}

interface RoleKeys {
  credentials: Credentials;
  expiresMs: number;
}

async function fetchRole(host: string): Promise<RoleKeys> {
  const place = 'the RAM role of this machine';
  try {
    const role = (await readMetadata(host, rolePath)).trim().split('\n')[0]!;
    const keys = JSON.parse(await readMetadata(host, rolePath + role)) as Record<string, string>;
    const {AccessKeyId: id, AccessKeySecret: secret, SecurityToken: token} = keys;
    if (id === undefined || secret === undefined || token === undefined)
      throw fail('SYNC4033', {place, problem: 'the metadata service gives no keys'});
    const expiresMs = Date.parse(keys['Expiration'] ?? '');
    return {
      credentials: {accessKeyId: id, accessKeySecret: secret, securityToken: token},
      expiresMs: Number.isNaN(expiresMs) ? 0 : expiresMs,
    };
  } catch (error) {
    if (isSyncError(error)) throw error;
    throw fail('SYNC4033', {place, problem: `${host} does not give them`}, error);
  }
}

async function readMetadata(host: string, path: string): Promise<string> {
  const agent = new HttpAgent({connect: {timeout: metadataMsMax}, headersTimeout: metadataMsMax});
  try {
    const answer = await agent.request({origin: host, path, method: 'GET'});
    const text = await answer.body.text();
    if (answer.statusCode !== 200)
      throw fail('SYNC4033', {
        place: 'the RAM role of this machine',
        problem: `the metadata service answers status ${answer.statusCode}`,
      });
    return text;
  } finally {
    await agent.destroy();
  }
}
